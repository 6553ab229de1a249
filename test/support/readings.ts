import type {
  BrokerReading,
  ClusterReadings,
  DeadLetterReading,
  GroupAnswer,
  Presence,
  QueueReading,
  Subscription,
  TopicReading,
} from '../../src/lag/readings.ts';
import { collectEvidence, type GroupsToAsk, groupsToAsk } from '../../src/lag/rules.ts';

/** Epoch ms of every test of the pure part: no test looks at the real clock. */
export const NOW = Date.UTC(2024, 4, 1);

/** The client that holds a queue unless a test says otherwise. */
export const CLIENT = '192.0.2.1@100#900';

/** A queue that was consumed to its end, a minute ago. */
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

/** A queue on which so many messages wait. */
export function behind(messages: number, fields: Partial<QueueReading> = {}): QueueReading {
  return queue({ brokerOffset: 100 + messages, ...fields });
}

/** A queue that holds so many messages, of which the group never committed an offset. */
export function neverRead(messages: number, fields: Partial<QueueReading> = {}): QueueReading {
  return queue({ brokerOffset: messages, consumerOffset: 0, lastTimestamp: null, ...fields });
}

export function group(consumerGroup: string, ...queues: QueueReading[]): Subscription {
  return { consumerGroup, readable: true, queues };
}

export function unreadable(consumerGroup: string, message = 'no rows'): Subscription {
  return { consumerGroup, readable: false, failure: { kind: 'no-rows', message } };
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

/** What the console says of a group. */
export function says(messageModel: string | null, presence: Presence): GroupAnswer {
  return { answered: true, messageModel, presence };
}

export const online = (clients: number): Presence => ({ kind: 'online', clients });
export const OFFLINE: Presence = { kind: 'offline' };
export const UNKNOWN: Presence = { kind: 'unknown' };
export const UNANSWERED: GroupAnswer = { answered: false, failure: { kind: 'timeout', message: 'took too long' } };

/** One tick's readings, with answers about groups by their name; what is listed is what was read, unless told otherwise. */
export function readings(
  topics: readonly TopicReading[],
  answers: Readonly<Record<string, GroupAnswer>> = {},
  { deadLetters = [], listed = [], brokers = [] }: { deadLetters?: DeadLetterReading[]; listed?: string[]; brokers?: BrokerReading[] } = {},
): ClusterReadings {
  const listedTopics = new Set([...topics.map(({ topic: name }) => name), ...listed]);
  return { listedTopics, topics, ignoredTopics: 0, groups: new Map(Object.entries(answers)), deadLetters, brokers };
}

/** Which groups these topics leave a question about. */
export function asking({ topics, listedTopics }: Pick<ClusterReadings, 'topics' | 'listedTopics'>): GroupsToAsk {
  return groupsToAsk(collectEvidence(topics, listedTopics));
}
