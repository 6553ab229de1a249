import type { Client } from './client-id.ts';
import type { BrokerReading, Failure, ProcessType } from './readings.ts';

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
  /** Backlog on queues that no known client holds; null where the server never tells who holds a queue. */
  readonly unassigned: number | null;
  /** Age of the last message consumed from the queue that is furthest behind; 0 when caught up, null when unknown. */
  readonly delaySeconds: number | null;
  /** Messages by which consumer offsets are ahead of the brokers': such a group consumes nothing until the brokers catch up. */
  readonly ahead: number;
  readonly consumerOffset: number;
  readonly brokerOffset: number;
  readonly queues: number;
  /** Processes that hold queues; null where the server never tells who holds a queue. */
  readonly processes: number | null;
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
  readonly unsubscribed: number;
}

export interface TopicCounts {
  readonly read: number;
  readonly failed: number;
  readonly unread: number;
  readonly ignored: number;
}

/** How many brokers the cluster lists, and which it listed a few minutes ago and does not now. */
export interface BrokerList {
  readonly seen: number;
  readonly missing: readonly string[];
}

/** Something that could not be read, with the topic on which it was noticed; the topic is empty where there is none. */
export interface TopicFailure extends Failure {
  readonly topic: string;
}

/** What one process does for one group on one topic. Rates are messages a second of the last minute; null is unknown. */
export interface ProcessOnTopic {
  readonly topic: string;
  readonly consumedPerSecond: number | null;
  readonly failedPerSecond: number | null;
  readonly pulledPerSecond: number | null;
  /** How long a call of the listener takes. */
  readonly secondsPerCall: number | null;
  /** Pulled and not finished. */
  readonly cachedMessages: number | null;
  /** How long the queue that waits longest has had messages in hand and finished none; 0 where nothing is in hand. */
  readonly idleSeconds: number | null;
}

/** One process of one group that was asked. Null is unknown. */
export interface ProcessReport {
  readonly consumerGroup: string;
  readonly client: Client;
  readonly responding: boolean | null;
  readonly threads: number | null;
  /** Time in the listener over the time of all threads: 1 is saturated. */
  readonly busyRatio: number | null;
  /** Epoch ms, by the process's own clock. */
  readonly startedAt: number | null;
  /** More than one where several clients show the same IP and PID. */
  readonly kinds: readonly { readonly version: string; readonly language: string; readonly type: ProcessType }[];
  readonly topics: readonly ProcessOnTopic[];
}

export interface GroupConsistency {
  readonly consumerGroup: string;
  readonly subscriptionsDiffer: boolean | null;
  readonly duplicateClientIds: number | null;
}

/** Why a group is behind on a topic. */
export type Reason =
  | 'nobody-online'
  | 'duplicate-client-id'
  | 'subscriptions-differ'
  | 'unresponsive'
  | 'blocked'
  | 'failing'
  | 'saturated'
  | 'starved'
  | 'catching-up'
  | 'unknown';

export interface Diagnosis {
  readonly reason: Reason;
  /** The evidence, one sentence, with the process in it. */
  readonly because: string;
}

/** The reason of one group on one topic. */
export interface ReasonReport extends Diagnosis {
  readonly topic: string;
  readonly consumerGroup: string;
}

/** Clients by what came of asking them. */
export interface ProcessCounts {
  readonly answered: number;
  readonly unresponsive: number;
  readonly failed: number;
  readonly unasked: number;
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
  /** One for each group on each topic that has backlog and whose processes were asked. */
  readonly reasons: readonly ReasonReport[];
  readonly processes: readonly ProcessReport[];
  readonly consistency: readonly GroupConsistency[];
  /** Undefined where the reader asks no processes. */
  readonly processCounts: ProcessCounts | undefined;
  readonly readableTopics: readonly { readonly topic: string; readonly readable: boolean }[];
  readonly unreadableGroups: readonly UnreadableGroup[];
  /** Groups that are online and no longer subscribe to a topic on which they are still listed. */
  readonly unsubscribedGroups: readonly { readonly topic: string; readonly consumerGroup: string }[];
  /** Each broker once. */
  readonly brokers: readonly BrokerReading[];
  readonly topics: TopicCounts;
  readonly groups: GroupCounts;
  /** Undefined where the brokers are not known. */
  readonly brokerList: BrokerList | undefined;
  /** Queues whose consumer offset is ahead of the broker's. */
  readonly negativeDiffs: number;
  /** Everything that should have been read but was not. Empty means that the tick is complete. */
  readonly failures: readonly TopicFailure[];
}
