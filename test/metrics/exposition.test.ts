import fc from 'fast-check';
import { Registry } from 'prom-client';
import { describe, expect, test } from 'vitest';
import { aggregate } from '../../src/lag/aggregate.ts';
import { exposeData, selectData } from '../../src/metrics/data.ts';
import { textOf } from '../../src/metrics/exposition.ts';
import { fill } from '../../src/metrics/metric.ts';
import { anyReadings } from '../support/arbitrary-readings.ts';
import { behind, group, NOW, readings, topic } from '../support/readings.ts';

/** The exposition of one group with one message waiting; all names in it are `name`. */
async function expositionWith(name: string): Promise<string> {
  const report = aggregate(readings([topic(name, group(`g${name}`, behind(1, { broker: name, clientId: `${name}@${name}` })))]), NOW);
  return textOf((await exposeData(report, { prefix: 'rocketmq', detail: 'all', maxSeries: 1000 })).exposition);
}

const CASES = [
  { n: 1, proves: 'a quote', name: 'a"b', written: 'a\\"b' },
  { n: 2, proves: 'a backslash', name: 'a\\b', written: 'a\\\\b' },
  { n: 3, proves: 'a line end', name: 'a\nb', written: 'a\\nb' },
  { n: 4, proves: 'a backslash before an n, which is no line end', name: 'a\\nb', written: 'a\\\\nb' },
  { n: 5, proves: 'a backslash at the end, which does not reach the quote', name: 'a\\', written: 'a\\\\' },
  { n: 6, proves: 'Chinese', name: '订单', written: '订单' },
  { n: 7, proves: 'beyond the basic plane', name: '📦', written: '📦' },
  { n: 8, proves: 'what looks like another label', name: 'a",queueId="9', written: 'a\\",queueId=\\"9' },
  { n: 9, proves: 'what looks like another series', name: 'a"} 9\nrocketmq_tick_success 1', written: 'a\\"} 9\\nrocketmq_tick_success 1' },
  { n: 10, proves: 'what looks like a comment', name: '\n# TYPE x counter', written: '\\n# TYPE x counter' },
  { n: 11, proves: 'what a replacement would take for a pattern', name: "$&$1$'", written: "$&$1$'" },
  { n: 12, proves: 'nothing at all', name: '', written: '' },
];

describe('a name in the exposition', () => {
  for (const { n, proves, name, written } of CASES)
    test(`${n}. ${proves}`, async () => {
      const lines = (await expositionWith(name)).split('\n');
      expect(lines).toContain(`rocketmq_msg_diff_topic{topic="${written}"} 1`);
      expect(lines).toContain(`rocketmq_msg_diff_broker{broker="${written}"} 1`);
      expect(lines).toContain(`rocketmq_msg_diff_topic_consumergroup{topic="${written}",consumerGroup="g${written}"} 1`);
    });

  test('13. any: one line a series, and what was written reads back as it was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (name) => {
        const lines = (await expositionWith(name)).split('\n').filter((line) => line !== '' && !line.startsWith('# '));
        expect(lines.every((line) => /^rocketmq_msg_diff_\w+\{(\w+="([^"\\\n]|\\["\\n])*",?)+\} \d+$/.test(line))).toBe(true);
        const [line] = lines.filter((one) => one.startsWith('rocketmq_msg_diff_topic{'));
        expect(readBack(/topic="(.*)"\} 1$/s.exec(line ?? '')?.[1])).toBe(name);
      }),
      { numRuns: 50 },
    );
  });
});

describe('the exposition as a whole', () => {
  const ALL = { detail: 'all', maxSeries: 1_000_000 } as const;

  test('14. is what prom-client writes for the same series, to the byte', async () => {
    const anyOptions = fc.record({
      detail: fc.constantFrom('all', 'nonzero', 'off'),
      maxSeries: fc.oneof(fc.nat(60), fc.constant(1_000_000)),
    });
    await fc.assert(
      fc.asyncProperty(anyReadings, anyOptions, async (readings, options) => {
        const report = aggregate(readings, NOW);
        const { exposition, series } = await exposeData(report, { prefix: 'rocketmq', ...options });
        const registry = new Registry();
        for (const part of selectData(report, options).parts) fill(registry, 'rocketmq', part);
        const ours = textOf(exposition);
        expect(ours === '' ? '\n' : ours).toBe(await registry.metrics());
        expect(series.pushed).toBe(ours.split('\n').filter((line) => line !== '' && !line.startsWith('# ')).length);
      }),
    );
  });

  test('15. comes in chunks of whole lines where it is long, and again where it is asked for again', async () => {
    const groups = Array.from({ length: 2_000 }, (_, nth) => group(`g_${nth}`, behind(nth)));
    const { exposition } = await exposeData(aggregate(readings([topic('orders', ...groups)]), NOW), { prefix: 'rocketmq', ...ALL });
    const chunks: string[] = [];
    exposition((chunk) => chunks.push(chunk));
    expect(chunks.length).toBeGreaterThan(5);
    for (const chunk of chunks) {
      expect(chunk).toMatch(/^(# |rocketmq_|\n# )/);
      expect(chunk.endsWith('\n')).toBe(true);
      expect(chunk.length).toBeLessThan(200_000);
    }
    expect(textOf(exposition)).toBe(chunks.join(''));
  });
});

/** A label value as Prometheus reads it. */
function readBack(written: string | undefined): string | undefined {
  return written?.replace(/\\(.)/g, (_, character) => (character === 'n' ? '\n' : character));
}
