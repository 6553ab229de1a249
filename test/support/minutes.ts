import { openLog } from '../../src/base/log.ts';
import { emptyWarmState, invoke } from '../../src/invocation.ts';
import { type RecordedExchange, startReplayConsole } from '../../src/reading/rocketmq-console/replay.ts';
import { collect } from './collect.ts';
import type { Gateway } from './gateway.ts';
import type { Series } from './promtool.ts';

/** Every sample that stood at a gateway in one minute. */
export type Standing = ReadonlyMap<string, number>;

export interface MinutesOptions {
  readonly gateway: Gateway;
  readonly clusterName: string;
  /** Epoch ms of the first tick. */
  readonly beginMs: number;
  readonly minutes: number;
  /** What the console answers in a minute; undefined where it is gone. */
  readonly consoleAt: (minute: number, now: number) => readonly RecordedExchange[] | undefined;
}

/** Real ticks, one for each minute of a clock of their own, as fast as they can; gives what stood at the gateway after each. */
export async function tickThrough({ gateway, clusterName, beginMs, minutes, consoleAt }: MinutesOptions): Promise<Standing[]> {
  let exchanges: readonly RecordedExchange[] | undefined;
  const source = await startReplayConsole([], (request) => {
    if (exchanges !== undefined) return false;
    request.socket.destroy();
    return true;
  });
  const settings = { CONSOLE_URL: source.url, PUSHGATEWAY_URL: gateway.url, CLUSTER_NAME: clusterName };
  const env = { ...settings, NAMESRV_ADDR: '192.0.2.9:9876', CONCURRENCY: '32' };
  const warm = emptyWarmState();
  const standing: Standing[] = [];
  try {
    for (let minute = 0; minute < minutes; minute += 1) {
      const now = beginMs + minute * 60_000;
      const begun = Date.now();
      exchanges = consoleAt(minute, now);
      if (exchanges !== undefined) source.replay(exchanges);
      // A console that is gone is given up on at once: what a tick tries again is not told here.
      const budgetMs = exchanges === undefined ? 300 : 20_000;
      const clock = () => now + Date.now() - begun;
      const tick = await invoke({}, { env, budgetMs, warm, clock, log: openLog(collect().stream) }).catch((error: Error) => error);
      if (tick instanceof Error !== (exchanges === undefined)) throw new Error(`minute ${minute} is not as told`, { cause: tick });
      standing.push(await samplesAt(gateway));
    }
    return standing;
  } finally {
    await source.close();
  }
}

async function samplesAt(gateway: Gateway): Promise<Standing> {
  return new Map(
    (await gateway.samples()).map((line) => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), Number(line.slice(end + 1))];
    }),
  );
}

/** One sample a minute, times counted from `epochMs`; what is there no longer is marked stale, as a scrape marks it. */
export function asSeries(minutes: readonly Standing[], epochMs: number): Series {
  const names = new Set(minutes.flatMap((samples) => [...samples.keys()]));
  return Object.fromEntries(
    [...names].map((name) => {
      const epoch = name.includes('timestamp_seconds') ? epochMs / 1000 : 0;
      const values = minutes.map((samples, minute) => {
        const value = samples.get(name);
        return value === undefined ? (minutes[minute - 1]?.has(name) ? 'stale' : '_') : value - epoch;
      });
      return [name, values.join(' ')];
    }),
  );
}
