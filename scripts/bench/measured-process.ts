import { readFileSync } from 'node:fs';

/** What one run of a handler cost. CPU is user and system time of the whole process, its threads included. */
export interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
  /** Most memory the process has held so far, its start included. */
  readonly peakRssMb: number;
}

// Runs another module's handler as Lambda would, again and again in one process, and tells its parent what each run cost.
const [, , module, runs = '1', event = '{}', budgetMs = '600000'] = process.argv;
if (process.send && module !== undefined) {
  const { handler } = (await import(module)) as { handler(event: unknown, context: unknown): Promise<unknown> };
  for (let run = 0; run < Number(runs); run += 1) {
    const started = performance.now();
    const before = process.cpuUsage();
    await handler(JSON.parse(event), { getRemainingTimeInMillis: () => Number(budgetMs) });
    const { user, system } = process.cpuUsage(before);
    const cost: Cost = { wallMs: performance.now() - started, cpuMs: (user + system) / 1000, peakRssMb: peakRssMb() };
    await new Promise((resolve) => process.send?.(cost, resolve));
  }
  process.disconnect();
}

/** On Linux the kernel's own mark: `resourceUsage` there begins with what the parent held when it forked. */
function peakRssMb(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS / 1024;
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;
}
