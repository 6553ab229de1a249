import type { BrokerReading, ClusterReadings, MinOffsets, QueueReading, Subscription } from './readings.ts';
import { isBroadcasting, isPhantom, queueBacklog } from './rules.ts';

/** Before messages are lost: how near a broker's deletion of old messages has come to what a group has not read. */

/** The brokers that tell of themselves, by name. */
export type BrokersByName = ReadonlyMap<string, BrokerReading>;

/**
 * Seconds by which deletion is behind the group, on the queue with backlog where it is nearest: between the store times of the
 * last message consumed and of the earliest one that the broker still has. Both are times of the broker: no clock of ours
 * takes part. Null without backlog, and where some queue is unknown; 0 is the least there is, whatever the other queues are.
 */
export function retentionMarginSeconds(
  queues: readonly QueueReading[],
  brokers: BrokersByName,
  minOffsets: MinOffsets | undefined,
): number | null {
  const margins = queues
    .filter((queue) => queueBacklog(queue) > 0)
    .map((queue) => queueMarginSeconds(queue, brokers.get(queue.broker), minOffsets?.get(queue.broker)?.get(queue.queueId)));
  if (margins.includes(0)) return 0;
  let smallest = Infinity;
  for (const margin of margins) {
    if (margin === null) return null;
    smallest = Math.min(smallest, margin);
  }
  return smallest === Infinity ? null : smallest;
}

/**
 * A queue without a time of its own is one of two kinds. Either all that was consumed from it is deleted: deletion has overtaken
 * the group. Or nothing ever was consumed: its oldest message may be the broker's earliest or its newest, and only where
 * its beginning is known to be deleted is there a margin, 0.
 */
function queueMarginSeconds(queue: QueueReading, broker: BrokerReading | undefined, firstStored: number | undefined): number | null {
  if (broker === undefined) return null;
  const { lastTimestamp, consumerOffset } = queue;
  if (lastTimestamp === null) return consumerOffset > 0 || (firstStored ?? 0) > 0 ? 0 : null;
  return broker.earliestMessageAt === null ? null : Math.max(0, lastTimestamp - broker.earliestMessageAt) / 1000;
}

/**
 * Messages that were deleted before the group consumed them: never more than its backlog, and a lower bound, because a broker may
 * tell late where a queue begins. Null without backlog, and where a queue with backlog has an unknown beginning.
 */
export function lostMessages(queues: readonly QueueReading[], minOffsets: MinOffsets | undefined): number | null {
  let lost: number | null = null;
  for (const queue of queues) {
    const backlog = queueBacklog(queue);
    if (backlog === 0) continue;
    const firstStored = minOffsets?.get(queue.broker)?.get(queue.queueId);
    if (firstStored === undefined) return null;
    // Nothing was ever stored before offset 0, whatever a consumer offset says.
    lost = (lost ?? 0) + Math.min(backlog, Math.max(0, firstStored - Math.max(0, queue.consumerOffset)));
  }
  return lost;
}

/** What is needed to know who may have lost messages. */
export type Suspicious = Pick<ClusterReadings, 'topics' | 'listedTopics' | 'groups' | 'brokers'>;

/** Seconds: a margin below this is a reason to ask. */
const SUSPECT_MARGIN = 3_600;

/** Topics on which some group may have lost messages; none of a broker that does not tell of itself. */
export function topicsSuspectedOfLoss({ topics, listedTopics, groups, brokers }: Suspicious): string[] {
  const byName = new Map(brokers.map((broker) => [broker.broker, broker]));
  const isSuspect = (topic: string, subscription: Subscription) =>
    subscription.readable &&
    !isPhantom(topic, subscription, listedTopics) &&
    !isBroadcasting(groups.get(subscription.consumerGroup)) &&
    subscription.queues.some((queue) => queueBacklog(queue) > 0 && isNearDeletion(queue, byName.get(queue.broker)));
  return topics.flatMap((reading) =>
    reading.outcome === 'read' && reading.subscriptions.some((subscription) => isSuspect(reading.topic, subscription))
      ? [reading.topic]
      : [],
  );
}

/** Near, overtaken, or without a time to tell. */
function isNearDeletion(queue: QueueReading, broker: BrokerReading | undefined): boolean {
  if (broker === undefined) return false;
  const margin = queueMarginSeconds(queue, broker, undefined);
  return queue.lastTimestamp === null || (margin !== null && margin < SUSPECT_MARGIN);
}
