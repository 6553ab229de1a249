import { describe, expect, test } from 'vitest';
import { live } from '../../../scripts/demo/cluster.ts';
import { loadRecording } from '../../../scripts/servers/recordings.ts';
import { SHAPES } from '../../support/label-shapes.ts';
import { asSeries, tickThrough } from '../../support/minutes.ts';
import { runPromtool, type Series } from '../../support/promtool.ts';
import { pushgateway } from '../../support/run.ts';

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
  const chapterAt = (minute: number) => STORY.findLast(({ from }) => from <= minute) ?? STORY[0];
  const minutes = await tickThrough({
    gateway,
    clusterName: 'test',
    beginMs: BEGIN_MS,
    minutes: END + 1,
    consoleAt: (minute, now) => {
      const { recording, from } = chapterAt(minute);
      return recording && live(loadRecording(recording), { minute, since: minute - from, now });
    },
  });
  return asSeries(minutes, BEGIN_MS);
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
    const story = { name: 'the story', series, at };
    const unhonoured = SHAPES['scraped without honor_labels']?.({ ...story, name: 'scraped without honor_labels' });
    expect(Object.keys(unhonoured?.series ?? {}).join()).toContain('exported_job="rocketmq-monitor"');
    expect(await runPromtool(unhonoured ? [story, unhonoured] : [])).toBe('');
  });
});
