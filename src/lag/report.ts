import type { Client } from './client-id.ts';
import type { BrokerReading, Failure } from './readings.ts';

/** One queue of one group. Backlog in messages. */
export interface DetailRow {
  readonly topic: string;
  readonly consumerGroup: string;
  readonly broker: string;
  readonly queueId: number;
  readonly client: Client;
  readonly backlog: number;
}

/** One group on one topic. */
export interface SubscriptionReport {
  readonly topic: string;
  readonly consumerGroup: string;
  readonly backlog: number;
  /** Backlog on queues that no known client holds. */
  readonly unassigned: number;
  /** Age of the last message consumed from the queue that is furthest behind; 0 when caught up, null when unknown. */
  readonly delaySeconds: number | null;
  /** Messages by which consumer offsets are ahead of the brokers': such a group consumes nothing until the brokers catch up. */
  readonly ahead: number;
  readonly consumerOffset: number;
  readonly brokerOffset: number;
  readonly queues: number;
  readonly processes: number;
  /** Store time of the last message consumed minus that of the broker's earliest message; null without backlog or if unknown. */
  readonly retentionMarginSeconds: number | null;
  /** Messages of the backlog that are already deleted, a lower bound; null if not asked or unknown. */
  readonly lostMessages: number | null;
}

export interface UnreadableGroup {
  /** Empty when the topic is not known. */
  readonly topic: string;
  readonly consumerGroup: string;
  readonly failure: Failure;
}

/** Number of distinct consumer groups by outcome. A group that is unreadable on any topic counts as unreadable. */
export interface GroupCounts {
  readonly read: number;
  readonly unreadable: number;
  readonly phantom: number;
  readonly broadcast: number;
}

export interface TopicCounts {
  readonly read: number;
  readonly failed: number;
  readonly unread: number;
  readonly ignored: number;
}

/** Something that could not be read, with the topic on which it was noticed; the topic is empty where there is none. */
export interface TopicFailure extends Failure {
  readonly topic: string;
}

/** Everything that a tick knows about a cluster. Unknown values are absent; they are never represented by a number. */
export interface Report {
  readonly backlog: number;
  readonly detail: readonly DetailRow[];
  readonly subscriptions: readonly SubscriptionReport[];
  readonly byTopic: ReadonlyMap<string, number>;
  readonly byGroup: ReadonlyMap<string, number>;
  /** Broker, then queue id. */
  readonly byQueue: ReadonlyMap<string, ReadonlyMap<number, number>>;
  readonly byBroker: ReadonlyMap<string, number>;
  readonly byProcess: readonly { readonly client: Client; readonly backlog: number }[];
  /** Number of clients online, for groups with backlog and no known client. Where that is unknown, the group is absent. */
  readonly clientsOnline: ReadonlyMap<string, number>;
  readonly deadLetters: readonly { readonly consumerGroup: string; readonly stored: number; readonly everSent: number }[];
  readonly readableTopics: readonly { readonly topic: string; readonly readable: boolean }[];
  readonly unreadableGroups: readonly UnreadableGroup[];
  /** Each broker once. */
  readonly brokers: readonly BrokerReading[];
  readonly topics: TopicCounts;
  readonly groups: GroupCounts;
  /** Queues whose consumer offset is ahead of the broker's. */
  readonly negativeDiffs: number;
  /** Everything that should have been read but was not. Empty means that the tick is complete. */
  readonly failures: readonly TopicFailure[];
}
