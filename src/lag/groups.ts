import { compare } from '../base/names.ts';
import type { ClusterReadings, Failure, GroupAnswer, Presence, QueueReading, Subscription, TopicReading } from './readings.ts';
import { hasPopRetryTopic, popConsumersOf, retryTopicOf } from './rocketmq-names.ts';

type ListedTopics = ClusterReadings['listedTopics'];

/** Number of messages waiting on one queue. A negative difference (offset reset, deleted messages) counts as no backlog. */
export function queueBacklog(queue: QueueReading): number {
  return Math.max(0, queue.brokerOffset - queue.consumerOffset);
}

/** Whether no row shows a committed offset of the group on these queues. */
export function neverCommitted(queues: readonly QueueReading[]): boolean {
  return queues.every((queue) => queue.consumerOffset <= 0 && queue.lastTimestamp === null);
}

function hasOwner(queues: readonly QueueReading[]): boolean {
  return queues.some((queue) => queue.clientId !== null);
}

/** Why the rows of a group are not its backlog; undefined if they are. */
export function whyUnread(subscription: Subscription): Failure | undefined {
  if (!subscription.readable) return subscription.failure;
  return subscription.queues.length === 0 ? { kind: 'no-rows', message: 'none of its queues was read' } : undefined;
}

/**
 * For every subscribed topic, brokers of RocketMQ 5.3.3 list a group that has the topic's name and does not exist. Its
 * backlog would be every message ever sent. A group that was ever online has a retry topic; a phantom has none. Without a list
 * of topics the two look alike, so no group counts as a phantom.
 */
export function isPhantom(topic: string, subscription: Subscription, listedTopics: ListedTopics): boolean {
  const { consumerGroup } = subscription;
  if (listedTopics === undefined) return false;
  if (consumerGroup !== topic || listedTopics.has(retryTopicOf(consumerGroup)) || hasPopRetryTopic(consumerGroup, topic, listedTopics))
    return false;
  return !subscription.readable || (!hasOwner(subscription.queues) && neverCommitted(subscription.queues));
}

/** The group is online and no longer subscribes to the topic: it has no backlog there, and that is no failure. */
export function isUnsubscribed(subscription: Subscription): boolean {
  return !subscription.readable && subscription.failure.kind === 'unsubscribed';
}

/** What the rows of one group show on all topics that were read. A phantom has no evidence. */
export interface GroupEvidence {
  /** On some topic the group was not read. */
  unreadable: boolean;
  hasBacklog: boolean;
  /** At least one queue has a known owner. */
  hasOwner: boolean;
  neverCommitted: boolean;
  /** The group is a POP consumer. A console reports such a group as offline even while it consumes. Undefined is unknown. */
  isPopConsumer: boolean | undefined;
}

export function collectEvidence(topics: readonly TopicReading[], listedTopics: ListedTopics): Map<string, GroupEvidence> {
  const evidence = new Map<string, GroupEvidence>();
  // The retry topic may be that of a topic that was not read: one of another shard, or one that failed.
  const popConsumers = listedTopics && popConsumersOf(listedTopics, groupNames(topics));
  for (const reading of topics) {
    if (reading.outcome !== 'read') continue;
    for (const subscription of reading.subscriptions) {
      if (isPhantom(reading.topic, subscription, listedTopics) || isUnsubscribed(subscription)) continue;
      let group = evidence.get(subscription.consumerGroup);
      if (group === undefined) {
        group = {
          unreadable: false,
          hasBacklog: false,
          hasOwner: false,
          neverCommitted: true,
          isPopConsumer: popConsumers?.has(subscription.consumerGroup),
        };
        evidence.set(subscription.consumerGroup, group);
      }
      if (!subscription.readable || whyUnread(subscription)) {
        group.unreadable = true;
        continue;
      }
      group.hasBacklog ||= subscription.queues.some((queue) => queueBacklog(queue) > 0);
      group.hasOwner ||= hasOwner(subscription.queues);
      group.neverCommitted &&= neverCommitted(subscription.queues);
    }
  }
  return evidence;
}

function groupNames(topics: readonly TopicReading[]): Set<string> {
  const names = new Set<string>();
  for (const reading of topics)
    if (reading.outcome === 'read') for (const { consumerGroup } of reading.subscriptions) names.add(consumerGroup);
  return names;
}

/**
 * Whether the group has backlog and never committed an offset. A broadcast group looks like this, because it keeps its
 * offsets on its clients. A suspect needs no known owner: a broker does not know its clients for some seconds after a restart.
 */
export function isBroadcastSuspect(group: GroupEvidence): boolean {
  return group.hasBacklog && group.neverCommitted;
}

/** The console answered that the group broadcasts. */
export function isBroadcasting(answer: GroupAnswer | undefined): boolean {
  return answer?.answered === true && answer.messageModel === 'BROADCASTING';
}

/** Whether the group has backlog and no known owner: either no client is online, or the console cannot name those that are. */
export function isUnattended(group: GroupEvidence): boolean {
  return group.hasBacklog && !group.hasOwner;
}

/** The console's answer to whether anybody is online. It reports POP consumers as offline, so there "offline" means unknown. */
export function presenceOf({ presence }: Extract<GroupAnswer, { answered: true }>, { isPopConsumer }: GroupEvidence): Presence {
  return presence.kind === 'offline' && isPopConsumer !== false ? { kind: 'unknown' } : presence;
}

/** Groups with a question that their rows cannot answer, and a request about the group itself can. */
export interface GroupsToAsk {
  /** Is it a broadcast group? The answer may be cached for a while. */
  readonly messageModel: ReadonlySet<string>;
  /** Is anybody online? The answer is valid for this tick only. */
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

/** A group whose processes are worth asking, by its rows on all topics. */
export interface GroupBehind {
  readonly consumerGroup: string;
  /** In messages, on all its topics. */
  readonly backlog: number;
  /** Brokers that hold its queues. */
  readonly brokers: ReadonlySet<string>;
  /** Client ids of the owners that the rows name. */
  readonly owners: ReadonlySet<string>;
}

/**
 * The groups that have backlog, the largest first; with `all`, the others after them. Phantoms and broadcast groups are left
 * out, because their rows are not their backlog.
 *
 * A group without backlog that has rows on one topic and none on another is included: if processes of one group subscribe
 * to different topics, it looks like this and loses messages.
 */
export function groupsBehind(
  topics: readonly TopicReading[],
  listedTopics: ClusterReadings['listedTopics'],
  answers: ReadonlyMap<string, GroupAnswer>,
  all = false,
): GroupBehind[] {
  const groups = new Map<string, { consumerGroup: string; backlog: number; brokers: Set<string>; owners: Set<string> }>();
  const rowless = new Set<string>();
  for (const reading of topics) {
    if (reading.outcome !== 'read') continue;
    for (const subscription of reading.subscriptions) {
      if (isPhantom(reading.topic, subscription, listedTopics)) continue;
      const { consumerGroup } = subscription;
      const failure = whyUnread(subscription);
      if (failure?.kind === 'no-rows') rowless.add(consumerGroup);
      if (!subscription.readable || failure !== undefined) continue;
      const answer = answers.get(consumerGroup);
      if (answer?.answered && answer.messageModel === 'BROADCASTING') continue;
      const group = groups.get(consumerGroup) ?? { consumerGroup, backlog: 0, brokers: new Set(), owners: new Set() };
      groups.set(consumerGroup, group);
      for (const queue of subscription.queues) {
        group.backlog += queueBacklog(queue);
        group.brokers.add(queue.broker);
        if (queue.clientId !== null) group.owners.add(queue.clientId);
      }
    }
  }
  return [...groups.values()]
    .filter(({ consumerGroup, backlog }) => all || backlog > 0 || rowless.has(consumerGroup))
    .sort((a, b) => b.backlog - a.backlog || compare(a.consumerGroup, b.consumerGroup));
}
