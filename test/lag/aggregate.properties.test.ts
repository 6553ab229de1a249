import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aggregate } from '../../src/lag/aggregate.ts';
import type { ClusterReadings } from '../../src/lag/readings.ts';
import type { Report } from '../../src/lag/report.ts';
import { anyReadings, inAnotherOrder } from '../support/arbitrary-readings.ts';
import { asking, NOW } from '../support/readings.ts';
import { identity, numbers, type Series, seriesOf } from '../support/series.ts';

/** The seven views, each by the labels that it keeps of the detail. */
const VIEWS: Record<string, readonly string[]> = {
  detail: ['topic', 'consumerGroup', 'broker', 'queueId', 'consumerClientIP', 'consumerClientPID'],
  topic: ['topic'],
  consumergroup: ['consumerGroup'],
  topic_consumergroup: ['topic', 'consumerGroup'],
  broker: ['broker'],
  queue: ['broker', 'queueId'],
  clientinfo: ['consumerClientIP', 'consumerClientPID'],
};

describe('whatever a console tells', () => {
  test('the order of topics, groups and queues does not matter', () => {
    const twoOrders = anyReadings.chain((readings) => fc.tuple(fc.constant(readings), inAnotherOrder(readings)));
    fc.assert(
      fc.property(twoOrders, ([one, other]) => {
        expect(canonical(aggregate(other, NOW))).toEqual(canonical(aggregate(one, NOW)));
        expect(canonical(asking(other))).toEqual(canonical(asking(one)));
      }),
    );
  });

  test('each of the seven sums agrees with the detail, label by label', async () => {
    await fc.assert(
      fc.asyncProperty(anyReadings, async (readings) => {
        const report = aggregate(readings, NOW);
        const series = seriesOf(report);
        const detail = series.filter(({ metric }) => metric === 'detail');
        expect(sum(detail)).toBe(report.backlog);
        for (const [metric, labels] of Object.entries(VIEWS)) {
          const view = numbers(series.filter((one) => one.metric === metric));
          expect(view).toEqual(sumBy(metric, labels, detail));
        }
      }),
    );
  });

  test('no series is there twice, and every value is a number that a gauge can hold', async () => {
    await fc.assert(
      fc.asyncProperty(anyReadings, async (readings) => {
        const series = seriesOf(aggregate(readings, NOW));
        expect(new Set(series.map(identity)).size).toBe(series.length);
        for (const { value } of series) expect(Number.isFinite(value) && value >= 0).toBe(true);
      }),
    );
  });

  test('every listed group on a topic is read, unreadable, phantom or broadcast, and has rows only if it is read', () => {
    fc.assert(
      fc.property(anyReadings, (readings) => {
        const { subscriptions, unreadableGroups, detail, groups } = aggregate(readings, NOW);
        const key = ({ topic, consumerGroup }: { topic: string; consumerGroup: string }) => JSON.stringify([topic, consumerGroup]);
        const read = new Set(subscriptions.map(key));
        expect(new Set(detail.map(key))).toEqual(read);
        for (const group of unreadableGroups) expect(read.has(key(group))).toBe(false);
        expect(groups.unreadable).toBe(new Set(unreadableGroups.map(({ consumerGroup }) => consumerGroup)).size);
        const unreadableNames = new Set(unreadableGroups.map(({ consumerGroup }) => consumerGroup));
        expect(groups.read).toBe(new Set(subscriptions.map((one) => one.consumerGroup).filter((name) => !unreadableNames.has(name))).size);
      }),
    );
  });

  test('one group is asked one question, and only the answers to these questions count', () => {
    fc.assert(
      fc.property(anyReadings, (readings) => {
        const { messageModel, presence } = asking(readings);
        for (const group of presence) expect(messageModel.has(group)).toBe(false);
        const asked = new Map([...readings.groups].filter(([group]) => messageModel.has(group) || presence.has(group)));
        expect(aggregate({ ...readings, groups: asked }, NOW)).toEqual(aggregate(readings, NOW));
      }),
    );
  });

  test('readings are left as they were', () => {
    fc.assert(
      fc.property(anyReadings, (readings) => {
        const before = structuredClone(readings);
        aggregate(readings, NOW);
        expect(readings).toEqual(before);
      }),
    );
  });
});

/** The report with its lists and maps sorted. */
function canonical(value: object): unknown {
  const sorted = (items: readonly unknown[]) => items.map((item) => JSON.stringify(plain(item))).sort();
  const plain = (item: unknown): unknown => {
    if (item instanceof Map || item instanceof Set) return sorted([...item]);
    if (Array.isArray(item)) return item.map(plain);
    if (typeof item !== 'object' || item === null) return item;
    return Object.entries(item).map(([key, inner]) => [key, plain(inner)]);
  };
  return Object.entries(value satisfies object as Report | ClusterReadings).map(([key, item]) => [
    key,
    Array.isArray(item) ? sorted(item) : plain(item),
  ]);
}

const sum = (series: readonly Series[]) => series.reduce((total, { value }) => total + value, 0);

function sumBy(metric: string, labels: readonly string[], detail: readonly Series[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const row of detail) {
    const key = identity({ metric, labels: Object.fromEntries(labels.map((label) => [label, row.labels[label]])) });
    sums[key] = (sums[key] ?? 0) + row.value;
  }
  return sums;
}
