import { isBroadcasting, isPhantom, queueBacklog } from './groups.ts';
import type { BrokerReading, ClusterReadings, MinOffsets, QueueReading, Subscription } from './readings.ts';

/** Retention: how close brokers are to deleting messages that a group has not consumed, and how many they have deleted. */

/** The brokers listed by the console, by name. */
export type BrokersByName = ReadonlyMap<string, BrokerReading>;

/**
 * The smallest margin of the queues with backlog, in seconds. The margin of a queue is the store time of the last message
 * consumed minus the store time of the earliest message that its broker still has. Both times come from the broker, so our
 * clock does not matter. Null without backlog, or if the margin of a queue is unknown. Exception: if one margin is 0, the
 * result is 0, because no unknown margin can be smaller.
 */
export function retentionMarginSeconds(
  queues: readonly QueueReading[],
  brokers: BrokersByName,
  minOffsets: MinOffsets | undefined,
  reportsTimes: boolean,
): number | null {
  const margins = queues
    .filter((queue) => queueBacklog(queue) > 0)
    .map((queue) => queueMarginSeconds(queue, brokers.get(queue.broker), minOffsets?.get(queue.broker)?.get(queue.queueId), reportsTimes));
  if (margins.includes(0)) return 0;
  let smallest = Infinity;
  for (const margin of margins) {
    if (margin === null) return null;
    smallest = Math.min(smallest, margin);
  }
  return smallest === Infinity ? null : smallest;
}

/**
 * A queue without a timestamp is one of two cases. If its consumer offset is above 0, every consumed message is deleted: the
 * margin is 0. Otherwise nothing was ever consumed, and the age of its first message is unknown; the margin is 0 if its
 * first messages are known to be deleted, and else unknown. If the server never reports timestamps, the margin is 0 only if
 * messages that the group has not consumed are known to be deleted.
 */
function queueMarginSeconds(
  queue: QueueReading,
  broker: BrokerReading | undefined,
  firstStored: number | undefined,
  reportsTimes: boolean,
): number | null {
  if (broker === undefined) return null;
  const { lastTimestamp, consumerOffset } = queue;
  if (!reportsTimes) return (firstStored ?? 0) > Math.max(0, consumerOffset) ? 0 : null;
  if (lastTimestamp === null) return consumerOffset > 0 || (firstStored ?? 0) > 0 ? 0 : null;
  return broker.earliestMessageAt === null ? null : Math.max(0, lastTimestamp - broker.earliestMessageAt) / 1000;
}

/**
 * Messages that were deleted before the group consumed them. This is a part of the backlog and a lower bound, because a
 * broker updates its first stored offset with a delay. Null without backlog, or if the first stored offset of a queue with
 * backlog is unknown.
 */
export function lostMessages(queues: readonly QueueReading[], minOffsets: MinOffsets | undefined): number | null {
  let lost: number | null = null;
  for (const queue of queues) {
    const backlog = queueBacklog(queue);
    if (backlog === 0) continue;
    const firstStored = minOffsets?.get(queue.broker)?.get(queue.queueId);
    if (firstStored === undefined) return null;
    // Offsets start at 0: a negative consumer offset does not mean more messages.
    lost = (lost ?? 0) + Math.min(backlog, Math.max(0, firstStored - Math.max(0, queue.consumerOffset)));
  }
  return lost;
}

/** The readings that decide which topics to ask about. */
export type LossReadings = Pick<ClusterReadings, 'topics' | 'listedTopics' | 'groups' | 'brokers'>;

/** Below this margin, in seconds, the first stored offsets are asked for. */
const ASK_OFFSETS_BELOW_MARGIN_SECONDS = 3_600;

/** Topics on which a group may have lost messages. Queues on brokers that the console does not list are not considered. */
export function topicsThatMayHaveLostMessages({ topics, listedTopics, groups, brokers }: LossReadings): string[] {
  const byName = new Map(brokers.map((broker) => [broker.broker, broker]));
  const isSuspect = (topic: string, subscription: Subscription) =>
    subscription.readable &&
    !isPhantom(topic, subscription, listedTopics) &&
    !isBroadcasting(groups.get(subscription.consumerGroup)) &&
    mayHaveLostMessages(subscription.queues, byName);
  return topics.flatMap((reading) =>
    reading.outcome === 'read' && reading.subscriptions.some((subscription) => isSuspect(reading.topic, subscription))
      ? [reading.topic]
      : [],
  );
}

/** Whether a queue with backlog is close enough to deletion that its first stored offset is worth asking for. */
export function mayHaveLostMessages(queues: readonly QueueReading[], brokers: BrokersByName): boolean {
  return queues.some((queue) => queueBacklog(queue) > 0 && isNearDeletion(queue, brokers.get(queue.broker)));
}

/** The margin is short, or the queue has no timestamp. */
function isNearDeletion(queue: QueueReading, broker: BrokerReading | undefined): boolean {
  if (broker === undefined) return false;
  if (queue.lastTimestamp === null) return true;
  const margin = queueMarginSeconds(queue, broker, undefined, true);
  return margin !== null && margin < ASK_OFFSETS_BELOW_MARGIN_SECONDS;
}
