import { compare } from '../base/names.ts';
import type { ClusterReadings, Failure, GroupAnswer, Presence, QueueReading, Subscription, TopicReading } from './readings.ts';
import { hasPopRetryTopic, popConsumersOf, retryTopicOf } from './topic-names.ts';

type ListedTopics = ClusterReadings['listedTopics'];

/** Number of messages waiting on one queue. A negative difference (offset reset, deleted messages) counts as no backlog. */
export function queueBacklog(queue: QueueReading): number {
  return Math.max(0, queue.brokerOffset - queue.consumerOffset);
}

/** No row shows that the group ever committed an offset on these queues. */
export function neverCommitted(queues: readonly QueueReading[]): boolean {
  return queues.every((queue) => queue.consumerOffset <= 0 && queue.lastTimestamp === null);
}

function hasOwner(queues: readonly QueueReading[]): boolean {
  return queues.some((queue) => queue.clientId !== null);
}

/** Why the rows of a group are not its backlog, or undefined where it was read. */
export function whyUnread(subscription: Subscription): Failure | undefined {
  if (!subscription.readable) return subscription.failure;
  return subscription.queues.length === 0 ? { kind: 'no-rows', message: 'none of its queues was read' } : undefined;
}

/**
 * For every subscribed topic, brokers of RocketMQ 5.3.3 list a group that has the topic's name and does not exist. Its
 * backlog would be every message ever sent. A group that was ever online has a retry topic; a phantom has none. Without a list
 * of topics nobody is called a phantom.
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

/** What the rows of one group show, over all topics that were read. Phantoms are left out. */
export interface GroupEvidence {
  /** On some topic the group was not read. */
  unreadable: boolean;
  hasBacklog: boolean;
  /** At least one queue has a known client. */
  held: boolean;
  neverCommitted: boolean;
  /** It is a POP consumer: a console reports nobody online for such a group, whether or not it consumes. Undefined is unknown. */
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
          held: false,
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
      group.held ||= hasOwner(subscription.queues);
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
 * Backlog, but never a committed offset: a broadcast group looks like this, because it keeps its offsets on its clients.
 * The group is suspect even if no client holds its queues, because for some seconds after its restart a broker does not
 * know its clients.
 */
export function isBroadcastSuspect(group: GroupEvidence): boolean {
  return group.hasBacklog && group.neverCommitted;
}

/** The console answered that the group broadcasts. */
export function isBroadcasting(answer: GroupAnswer | undefined): boolean {
  return answer?.answered === true && answer.messageModel === 'BROADCASTING';
}

/** Backlog and no known client: either no client is online, or the console cannot name those that are. */
export function isUnattended(group: GroupEvidence): boolean {
  return group.hasBacklog && !group.held;
}

/** Whether anybody is online, by the console's answer about the group. Of what is or may be a POP consumer, "offline" means unknown. */
export function presenceOf({ presence }: Extract<GroupAnswer, { answered: true }>, { isPopConsumer }: GroupEvidence): Presence {
  return presence.kind === 'offline' && isPopConsumer !== false ? { kind: 'unknown' } : presence;
}

/** Groups whose rows leave a question open that only a request about the group itself can answer. */
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
  /** Client ids that the rows name. */
  readonly owners: ReadonlySet<string>;
}

/**
 * The groups that have backlog, those furthest behind first; with `all`, the others after them. Phantoms and broadcast
 * groups have none: what their rows say is not theirs.
 *
 * A group without backlog that has rows on one topic and none on another is among them: processes of one group that
 * subscribe to different topics look like that, and lose messages.
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
