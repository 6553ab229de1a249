import { collectEvidence, type GroupsToAsk, groupsToAsk } from '../../src/lag/groups.ts';
import type {
  BrokerReading,
  ClusterReadings,
  DeadLetterReading,
  GroupAnswer,
  MinOffsets,
  Presence,
  QueueReading,
  Subscription,
  TopicReading,
} from '../../src/lag/readings.ts';

/** Epoch ms, for all tests of the pure part: none of them reads the real clock. */
export const NOW = Date.UTC(2024, 4, 1);

/** The client that holds a queue unless a test says otherwise. */
export const CLIENT = '192.0.2.1@100#900';

/** A queue without backlog, last consumed a minute ago. */
export function queue(fields: Partial<QueueReading> = {}): QueueReading {
  return {
    broker: 'broker-a',
    queueId: 0,
    brokerOffset: 100,
    consumerOffset: 100,
    clientId: CLIENT,
    lastTimestamp: NOW - 60_000,
    ...fields,
  };
}

/** A queue with this backlog, in messages. */
export function behind(messages: number, fields: Partial<QueueReading> = {}): QueueReading {
  return queue({ brokerOffset: 100 + messages, ...fields });
}

/** A queue with this many messages on which the group never committed an offset. */
export function neverRead(messages: number, fields: Partial<QueueReading> = {}): QueueReading {
  return queue({ brokerOffset: messages, consumerOffset: 0, lastTimestamp: null, ...fields });
}

export function group(consumerGroup: string, ...queues: QueueReading[]): Subscription {
  return { consumerGroup, readable: true, queues };
}

export function unreadable(consumerGroup: string, message = 'no rows'): Subscription {
  return { consumerGroup, readable: false, failure: { kind: 'no-rows', message } };
}

/** Online, and no longer subscribed to the topic. */
export function unsubscribed(consumerGroup: string): Subscription {
  return { consumerGroup, readable: false, failure: { kind: 'unsubscribed', message: 'it no longer subscribes to the topic' } };
}

export function topic(name: string, ...subscriptions: Subscription[]): TopicReading {
  return { topic: name, outcome: 'read', subscriptions };
}

export function failedTopic(name: string): TopicReading {
  return { topic: name, outcome: 'failed', failure: { kind: 'timeout', message: 'took too long' } };
}

export function unreadTopic(name: string): TopicReading {
  return { topic: name, outcome: 'unread' };
}

/** The console's answer about a group. */
export function says(messageModel: string | null, presence: Presence): GroupAnswer {
  return { answered: true, messageModel, presence };
}

export const online = (clients: number): Presence => ({ kind: 'online', clients });
export const OFFLINE: Presence = { kind: 'offline' };
export const UNKNOWN: Presence = { kind: 'unknown' };
export const UNANSWERED: GroupAnswer = { answered: false, failure: { kind: 'timeout', message: 'took too long' } };

/** A broker whose runtime table has only the given fields. */
export function broker(fields: Partial<BrokerReading> = {}): BrokerReading {
  return {
    broker: 'broker-a',
    earliestMessageAt: null,
    diskUsedRatio: null,
    delayed: new Map(),
    version: null,
    pullWaitSeconds: null,
    sendWaitSeconds: null,
    pageCacheLockSeconds: null,
    dispatchBehindBytes: null,
    timerBehindSeconds: null,
    timerMessages: null,
    ...fields,
  };
}

/** The first stored offsets of the queues of one broker, starting at queue 0. */
export function beginsAt(offsets: readonly number[], name = 'broker-a'): MinOffsets {
  return new Map([[name, new Map(offsets.entries())]]);
}

interface AlsoRead {
  readonly deadLetters?: DeadLetterReading[];
  readonly listed?: string[];
  readonly brokers?: BrokerReading[];
  readonly minOffsets?: Readonly<Record<string, MinOffsets>>;
}

/** The readings of one tick, with answers about groups by name. By default the listed topics are those that were read. */
export function readings(
  topics: readonly TopicReading[],
  answers: Readonly<Record<string, GroupAnswer>> = {},
  { deadLetters = [], listed = [], brokers = [], minOffsets = {} }: AlsoRead = {},
): ClusterReadings {
  const listedTopics = new Set([...topics.map(({ topic: name }) => name), ...listed]);
  return {
    listedTopics,
    tells: { owners: true, times: true },
    topics,
    ignoredTopics: 0,
    groups: new Map(Object.entries(answers)),
    deadLetters,
    brokers,
    minOffsets: new Map(Object.entries(minOffsets)),
  };
}

/** The groups about which these topics leave a question open. */
export function asking({ topics, listedTopics }: Pick<ClusterReadings, 'topics' | 'listedTopics'>): GroupsToAsk {
  return groupsToAsk(collectEvidence(topics, listedTopics));
}
