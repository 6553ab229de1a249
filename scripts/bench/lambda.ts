import { print } from './table.ts';

/** Lambda gives a function a share of a core in proportion to its memory, and a whole one at this many MB. */
const WHOLE_CORE_MB = 1769;
/** US dollars, arm64, us-east-1; the free tier left out. */
const PER_GB_SECOND = 0.0000133334;
const PER_MILLION_REQUESTS = 0.2;
const TICKS_A_MONTH = 30 * 24 * 60;

/**
 * What measured CPU and waiting come to at each memory size: wall = waiting + CPU / share of a core. That is an upper
 * bound, for some of the waiting passes while the CPU works; and a core of Lambda's counts as one of this machine's.
 */
export function priceOnLambda({ cpuMs, wallMs }: { cpuMs: number; wallMs: number }): void {
  const waitingMs = Math.max(0, wallMs - cpuMs);
  print(
    `On Lambda, from ${cpuMs.toFixed(0)} ms of CPU and ${waitingMs.toFixed(0)} ms of waiting a tick: wall = waiting + CPU / (MB / ${WHOLE_CORE_MB})`,
    ['MB', 'share of a core', 'wall s', '$ a month'],
    [128, 256, 512, 1024, WHOLE_CORE_MB].map((memoryMb) => {
      const seconds = (waitingMs + (cpuMs * WHOLE_CORE_MB) / memoryMb) / 1000;
      const price = TICKS_A_MONTH * (seconds * (memoryMb / 1024) * PER_GB_SECOND + PER_MILLION_REQUESTS / 1_000_000);
      return [memoryMb, `${((100 * memoryMb) / WHOLE_CORE_MB).toFixed(0)} %`, seconds.toFixed(1), price.toFixed(2)];
    }),
  );
  console.log(
    `Price: ${TICKS_A_MONTH} ticks a month at $${PER_GB_SECOND} a GB-second (arm64) and $${PER_MILLION_REQUESTS.toFixed(2)} a million requests.`,
  );
}
