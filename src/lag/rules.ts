import type { GroupAnswer, Presence, QueueReading, Subscription, TopicReading } from './readings.ts';

/** Messages that wait on one queue. A negative difference (offset reset, messages deleted) is no backlog. */
export function queueBacklog(queue: QueueReading): number {
  return Math.max(0, queue.brokerOffset - queue.consumerOffset);
}

/** Nothing shows that the group ever committed an offset on these queues. */
export function neverCommitted(queues: readonly QueueReading[]): boolean {
  return queues.every((queue) => queue.consumerOffset <= 0 && queue.lastTimestamp === null);
}

function isHeld(queues: readonly QueueReading[]): boolean {
  return queues.some((queue) => queue.clientId !== null);
}

const RETRY_PREFIX = '%RETRY%';

/**
 * Brokers of RocketMQ 5.3.3 list, for every subscribed topic, a group that is named like the topic and does not
 * exist: its backlog would be every message ever sent. A group that ever was online has a retry topic; a phantom has none.
 */
export function isPhantom(topic: string, subscription: Subscription, listedTopics: ReadonlySet<string>): boolean {
  const { consumerGroup } = subscription;
  if (consumerGroup !== topic || listedTopics.has(RETRY_PREFIX + consumerGroup)) return false;
  return !subscription.readable || (!isHeld(subscription.queues) && neverCommitted(subscription.queues));
}

/** A POP consumer (every gRPC client is one) has a retry topic for each topic; its name depends on the broker's version. */
function hasPopRetryTopic(consumerGroup: string, topic: string, listedTopics: ReadonlySet<string>): boolean {
  return ['_', '+'].some((separator) => listedTopics.has(RETRY_PREFIX + consumerGroup + separator + topic));
}

/** What the rows of one group say, over all topics that were read; phantoms left out. */
export interface GroupEvidence {
  /** Some topic lists the group without a row. */
  unreadable: boolean;
  hasBacklog: boolean;
  /** At least one queue has a known client. */
  held: boolean;
  neverCommitted: boolean;
  /** It pops: a console says of such a group that nobody is online, whether or not it consumes. */
  pops: boolean;
}

export function collectEvidence(topics: readonly TopicReading[], listedTopics: ReadonlySet<string>): Map<string, GroupEvidence> {
  const evidence = new Map<string, GroupEvidence>();
  for (const reading of topics) {
    if (reading.outcome !== 'read') continue;
    for (const subscription of reading.subscriptions) {
      if (isPhantom(reading.topic, subscription, listedTopics)) continue;
      let group = evidence.get(subscription.consumerGroup);
      if (group === undefined) {
        group = { unreadable: false, hasBacklog: false, held: false, neverCommitted: true, pops: false };
        evidence.set(subscription.consumerGroup, group);
      }
      group.pops ||= hasPopRetryTopic(subscription.consumerGroup, reading.topic, listedTopics);
      if (!subscription.readable) {
        group.unreadable = true;
        continue;
      }
      group.hasBacklog ||= subscription.queues.some((queue) => queueBacklog(queue) > 0);
      group.held ||= isHeld(subscription.queues);
      group.neverCommitted &&= neverCommitted(subscription.queues);
    }
  }
  return evidence;
}

/**
 * Backlog, and never an offset: a broadcast group keeps its offsets on its clients and looks like this. Also while nobody
 * holds it: for some seconds after a restart a broker does not know its clients.
 */
export function isBroadcastSuspect(group: GroupEvidence): boolean {
  return group.hasBacklog && group.neverCommitted;
}

/** Backlog and not one known client: nobody is there, or only clients that the console cannot name. */
export function isUnattended(group: GroupEvidence): boolean {
  return group.hasBacklog && !group.held;
}

/** What the answer about a group says of its presence, given what is known of the group otherwise. */
export function presenceOf({ presence }: Extract<GroupAnswer, { answered: true }>, { pops }: GroupEvidence): Presence {
  return presence.kind === 'offline' && pops ? { kind: 'unknown' } : presence;
}

/** Which groups leave a question that only an answer about the group itself can settle. */
export interface GroupsToAsk {
  /** Is it a broadcast group? The answer holds for a while. */
  readonly messageModel: ReadonlySet<string>;
  /** Is anybody online? The answer holds for this tick only. */
  readonly presence: ReadonlySet<string>;
}

export function groupsToAsk(evidence: ReadonlyMap<string, GroupEvidence>): GroupsToAsk {
  const messageModel = new Set<string>();
  const presence = new Set<string>();
  for (const [consumerGroup, group] of evidence) {
    if (isUnattended(group)) presence.add(consumerGroup);
    else if (group.unreadable || isBroadcastSuspect(group)) messageModel.add(consumerGroup);
  }
  return { messageModel, presence };
}
