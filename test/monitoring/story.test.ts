import { describe, expect, test } from 'vitest';
import { emptyWarmState } from '../../src/invocation.ts';
import { live } from '../support/living.ts';
import { runPromtool, type Series } from '../support/promtool.ts';
import { loadRecording } from '../support/replay-console.ts';
import { envFor, type Gateway, pushgateway, replayConsole, run } from '../support/run.ts';

/** From a minute on, the console answers from this recording; `undefined` is a console that is gone. */
const STORY = [
  { from: 0, recording: '2.1.0.healthy' },
  { from: 30, recording: '2.1.0.process-killed' },
  { from: 55, recording: '2.1.0.broker-down' },
  { from: 80, recording: undefined },
] as const;
const END = 94;
const BEGIN_MS = Date.UTC(2026, 0, 1);

/** A tick a minute of a real collector, at a clock of the story's own; gives what stood at a real gateway each minute. */
async function tellStory(): Promise<Series> {
  const gateway = await pushgateway();
  const source = await replayConsole('2.1.0.healthy', (request) => {
    if (recording !== undefined) return false;
    request.socket.destroy();
    return true;
  });
  const env = envFor(source.url, gateway.url, { NAMESRV_ADDR: '192.0.2.9:9876', CONCURRENCY: '32' });
  const warm = emptyWarmState();
  const minutes: Map<string, number>[] = [];
  let recording: string | undefined;
  for (let minute = 0; minute <= END; minute += 1) {
    const now = BEGIN_MS + minute * 60_000;
    const chapter = STORY.findLast(({ from }) => from <= minute) ?? STORY[0];
    recording = chapter.recording;
    if (recording !== undefined) source.replay(live(loadRecording(recording), { minute, since: minute - chapter.from, now }));
    // A console that is gone is given up on at once: what a tick tries again is not told here.
    const { error } = await run({}, env, { clock: () => now, warm, budgetMs: recording === undefined ? 300 : 20_000 });
    expect(error === undefined).toBe(recording !== undefined);
    minutes.push(await standing(gateway));
  }
  return asSeries(minutes);
}

/** Every sample at the gateway; times as the story counts them. */
async function standing(gateway: Gateway): Promise<Map<string, number>> {
  return new Map(
    (await gateway.samples()).map((line) => {
      const end = line.lastIndexOf(' ');
      const value = Number(line.slice(end + 1));
      return [line.slice(0, end), line.includes('timestamp_seconds') ? value - BEGIN_MS / 1000 : value];
    }),
  );
}

/** One sample a minute; what is there no longer is marked stale, as a scrape marks it. */
function asSeries(minutes: readonly ReadonlyMap<string, number>[]): Series {
  const names = new Set(minutes.flatMap((samples) => [...samples.keys()]));
  return Object.fromEntries(
    [...names].map((name) => {
      const values = minutes.map((samples, minute) => samples.get(name) ?? (minutes[minute - 1]?.has(name) ? 'stale' : '_'));
      return [name, values.join(' ')];
    }),
  );
}

describe('ticks over recorded consoles, at the shipped timings', () => {
  test('healthy, a process killed, a broker down, the console gone: each is told by its alerts, and by no others', async () => {
    const series = await tellStory();
    const nobody = (...groups: string[]) => groups.map((group) => `NobodyConsumes{consumerGroup="${group}"}`);
    const fails = 'RetriesMany{consumerGroup="g_fail"}';
    const at = {
      5: [],
      25: [...nobody('g_offline'), fails],
      50: [...nobody('g_billing', 'g_fail', 'g_multi', 'g_offline', 'g_unit'), fails, 'RetryBacklog{consumerGroup="g_fail"}'],
      78: [...nobody('g_offline'), 'BrokerVanished{broker="broker-b"}', ...Array(10).fill('QueuesVanished')],
      93: ['CollectorStale'],
    };
    expect(await runPromtool([{ name: 'the story', series, at }])).toBe('');
  });
});
