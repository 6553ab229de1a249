import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aggregate } from '../../src/lag/aggregate.ts';
import { collectEvidence } from '../../src/lag/groups.ts';
import type { ClusterReadings, GroupAnswer, QueueReading, TopicReading } from '../../src/lag/readings.ts';
import { anyReadings } from '../support/arbitrary-readings.ts';
import { asking, failedTopic, NOW, UNANSWERED, unreadable, unreadTopic } from '../support/readings.ts';
import { identity, numbers, seriesOf } from '../support/series.ts';

/** A name that no arbitrary reading has. */
const NEW = 'only-here';

const numbersOf = async (readings: ClusterReadings) => numbers(seriesOf(aggregate(readings, NOW)));

describe('an unknown never becomes a number', () => {
  test('a topic that was not read changes no number, and has none but "not readable"', async () => {
    const notRead = fc.constantFrom<TopicReading>(failedTopic(NEW), unreadTopic(NEW));
    await fc.assert(
      fc.asyncProperty(anyReadings, notRead, async (readings, reading) => {
        const before = await numbersOf(readings);
        const after = await numbersOf({ ...readings, topics: [...readings.topics, reading] });
        expect(after).toEqual({ ...before, [identity({ metric: 'topic_readable', labels: { topic: NEW } })]: 0 });
        expect(aggregate({ ...readings, topics: [reading] }, NOW).failures.some(({ topic }) => topic === NEW)).toBe(true);
      }),
    );
  });

  test('a topic that fails takes its numbers with it, and nothing that others have', async () => {
    await fc.assert(
      fc.asyncProperty(anyReadings, async (readings) => {
        for (const { topic } of readings.topics) {
          const failed = await numbersOf({
            ...readings,
            topics: readings.topics.map((one) => (one.topic === topic ? failedTopic(topic) : one)),
          });
          const removed = await numbersOf({ ...readings, topics: readings.topics.filter((one) => one.topic !== topic) });
          expect(failed).toEqual({ ...removed, [identity({ metric: 'topic_readable', labels: { topic } })]: 0 });
        }
      }),
      { numRuns: 40 },
    );
  });

  test('a group that could not be read changes no number, and has none but "unreadable"', async () => {
    await fc.assert(
      fc.asyncProperty(anyReadings, async (readings) => {
        const before = await numbersOf(readings);
        for (const [index, reading] of readings.topics.entries()) {
          if (reading.outcome !== 'read') continue;
          const more: TopicReading = { ...reading, subscriptions: [...reading.subscriptions, unreadable(NEW)] };
          const after = await numbersOf({ ...readings, topics: readings.topics.with(index, more) });
          const mark = identity({ metric: 'unreadable_group', labels: { topic: reading.topic, consumerGroup: NEW } });
          expect(after).toEqual({ ...before, [mark]: 1 });
        }
      }),
      { numRuns: 40 },
    );
  });

  test('an unanswered presence takes away that one number, and is a failure', async () => {
    await fc.assert(
      fc.asyncProperty(anyReadings, async (readings) => {
        const evidence = collectEvidence(readings.topics, readings.listedTopics);
        for (const group of asking(readings).presence) {
          // Whether one that never committed broadcasts is told by the same answer: the cases of broadcast groups hold that.
          if (evidence.get(group)?.neverCommitted) continue;
          const answer = readings.groups.get(group);
          // Without the message model a broadcast group is another one: the cases of broadcast groups hold that.
          if (!answer?.answered || answer.messageModel === 'BROADCASTING') continue;
          const { [identity({ metric: 'clients_online', labels: { consumerGroup: group } })]: _online, ...others } =
            await numbersOf(readings);
          const unanswered = { ...readings, groups: new Map<string, GroupAnswer>([...readings.groups, [group, UNANSWERED]]) };
          expect(await numbersOf(unanswered)).toEqual(others);
          const { failures } = aggregate(unanswered, NOW);
          expect(failures.some(({ message }) => message.includes(`consumer group ${group}`))).toBe(true);
          // Nor does "unknown" become one; but that is an answer.
          const unknown = new Map<string, GroupAnswer>([...readings.groups, [group, { ...answer, presence: { kind: 'unknown' } }]]);
          expect(await numbersOf({ ...readings, groups: unknown })).toEqual(others);
        }
      }),
    );
  });

  test('an unknown time takes away delays, and margins where it leaves any, and no other number', async () => {
    const committed = (row: QueueReading) => ({ ...row, consumerOffset: row.consumerOffset + 1 });
    const timeless = (row: QueueReading) => ({ ...row, lastTimestamp: null });
    await fc.assert(
      fc.asyncProperty(anyReadings.map(mapQueues(committed)), async (readings) => {
        const known = seriesOf(aggregate(readings, NOW));
        const without = seriesOf(aggregate({ ...mapQueues(timeless)(readings), brokers: [] }, NOW));
        const isDelay = ({ metric }: { metric: string }) => metric === 'delay_seconds';
        const isOther = ({ metric }: { metric: string }) =>
          !/^(delay_seconds|process_delay_seconds|retention_margin_seconds|broker_.*)$/.test(metric);
        expect(numbers(without.filter(isOther))).toEqual(numbers(known.filter(isOther)));
        expect(without.filter(({ metric }) => metric === 'retention_margin_seconds')).toEqual([]);
        expect(without.filter(({ metric }) => metric === 'process_delay_seconds')).toEqual([]);
        for (const { value } of without.filter(isDelay)) expect(value).toBe(0);
        const caughtUp = without.filter(({ metric, value }) => metric === 'topic_consumergroup' && value === 0);
        expect(without.filter(isDelay)).toHaveLength(caughtUp.length);
      }),
    );
  });
});

function mapQueues(change: (row: QueueReading) => QueueReading) {
  return (readings: ClusterReadings): ClusterReadings => ({
    ...readings,
    topics: readings.topics.map((reading) =>
      reading.outcome === 'read'
        ? {
            ...reading,
            subscriptions: reading.subscriptions.map((one) => (one.readable ? { ...one, queues: one.queues.map(change) } : one)),
          }
        : reading,
    ),
  });
}
