import type { BrokerReading, Failure, ProcessType } from './readings.ts';
import type { Client } from './rocketmq-names.ts';

/** One queue of one group. Backlog in messages. */
export interface DetailRow {
  readonly topic: string;
  readonly consumerGroup: string;
  readonly broker: string;
  readonly queueId: number;
  readonly client: Client;
  /** Null without a known owner. */
  readonly clientId: string | null;
  readonly backlog: number;
  /** 0 without backlog, null if unknown. */
  readonly delaySeconds: number | null;
}

/** What one process owns of the queues of a group on a topic. */
export interface OwnerReport {
  readonly client: Client;
  readonly backlog: number;
  /** 0 without backlog, null if unknown. */
  readonly delaySeconds: number | null;
}

/** One group on one topic. */
export interface SubscriptionReport {
  readonly topic: string;
  readonly consumerGroup: string;
  readonly backlog: number;
  /** Backlog on queues without a known owner; null if the server never reports owners. */
  readonly unassigned: number | null;
  /** Age of the last message consumed from the queue that is furthest behind; 0 when caught up, null when unknown. */
  readonly delaySeconds: number | null;
  /** Messages by which consumer offsets are ahead of the brokers'. Such a group consumes nothing until the brokers catch up. */
  readonly ahead: number;
  readonly consumerOffset: number;
  readonly brokerOffset: number;
  readonly queues: number;
  /** The number of read queues in the topic's route; null if unknown. */
  readonly expectedQueues: number | null;
  /** Backlog of the queue with the most. */
  readonly largestQueue: number;
  /** Each process that owns queues; the queues without a known owner are those of a process with empty names. */
  readonly owners: readonly OwnerReport[];
  /** Processes that own queues; null if the server never reports owners. */
  readonly processes: number | null;
  /** Store time of the last message consumed minus that of the broker's earliest message; null without backlog or if unknown. */
  readonly retentionMarginSeconds: number | null;
  /** Messages of the backlog that are already deleted, a lower bound; null if not asked or unknown. */
  readonly lostMessages: number | null;
  /** Whether messages are close enough to deletion that the broker was asked for its first offsets. */
  readonly lostMessagesAsked: boolean;
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

/** The number of brokers that the cluster lists, and those that it listed a few minutes ago and does not list now. */
export interface BrokerList {
  readonly seen: number;
  readonly missing: readonly string[];
}

/** Something that could not be read, with the topic on which this was noticed; empty without a topic. */
export interface TopicFailure extends Failure {
  readonly topic: string;
}

/** What one process does for one group on one topic. Rates are messages a second of the last minute; null is unknown. */
export interface ProcessOnTopic {
  readonly topic: string;
  readonly consumedPerSecond: number | null;
  readonly failedPerSecond: number | null;
  readonly pulledPerSecond: number | null;
  /** Average duration of a call of the listener. */
  readonly secondsPerCall: number | null;
  /** Messages that were pulled and not finished. */
  readonly cachedMessages: number | null;
  /** For how long the slowest queue has had messages in hand without finishing one; 0 if nothing is in hand. */
  readonly idleSeconds: number | null;
}

/** Empty where it is unknown. */
export interface ProcessKind {
  readonly version: string;
  readonly language: string;
  readonly type: ProcessType;
  /** The IP address at which brokers see it. */
  readonly address: string;
}

/** One process of one group whose processes were asked. Null is unknown. */
export interface ProcessReport {
  readonly consumerGroup: string;
  readonly client: Client;
  /** More than one if several clients have the same IP and PID. */
  readonly clientIds: readonly string[];
  readonly responding: boolean | null;
  readonly threads: number | null;
  /** Time in the listener divided by the time of all threads that can work, at most 1: 1 is saturated. */
  readonly busyRatio: number | null;
  /** Epoch ms, by the process's own clock. */
  readonly startedAt: number | null;
  /** More than one if several clients have the same IP and PID. */
  readonly kinds: readonly ProcessKind[];
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
  | 'stuck-queue'
  | 'failing'
  | 'saturated'
  | 'starved'
  | 'catching-up'
  | 'unknown';

export interface Diagnosis {
  readonly reason: Reason;
  /** The evidence: one sentence that names the process. */
  readonly because: string;
}

/** The reason of one group on one topic. */
export interface ReasonReport extends Diagnosis {
  readonly topic: string;
  readonly consumerGroup: string;
}

/** Processes of a group that are connected and own no queue of a topic. */
export interface IdleProcesses {
  readonly topic: string;
  readonly consumerGroup: string;
  readonly processes: number;
}

/** The runtime state of a broker, as it was read. */
export type BrokerReport = BrokerReading;

/** A broker that slows its consumers down. */
export interface BrokerProblem {
  readonly broker: string;
  readonly problem: string;
}

/** Number of clients by the outcome of asking them. */
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
  /** Number of clients online, for groups with backlog and no known owner. The group is absent if the number is unknown. */
  readonly clientsOnline: ReadonlyMap<string, number>;
  readonly deadLetters: readonly { readonly consumerGroup: string; readonly stored: number; readonly everSent: number }[];
  /** One for each group with backlog on a topic whose processes were asked. */
  readonly reasons: readonly ReasonReport[];
  readonly processes: readonly ProcessReport[];
  readonly consistency: readonly GroupConsistency[];
  /** Absent where it is unknown. */
  readonly idleProcesses: readonly IdleProcesses[];
  /** Undefined if the reader asks no processes. */
  readonly processCounts: ProcessCounts | undefined;
  readonly readableTopics: readonly { readonly topic: string; readonly readable: boolean }[];
  readonly unreadableGroups: readonly UnreadableGroup[];
  /** Groups that are online and no longer subscribe to a topic on which they are still listed. */
  readonly unsubscribedGroups: readonly { readonly topic: string; readonly consumerGroup: string }[];
  /** Each broker once. */
  readonly brokers: readonly BrokerReport[];
  readonly brokerProblems: readonly BrokerProblem[];
  /** Groups of the cluster by their retry topics; empty if a group of this report was read. */
  readonly otherGroups: readonly string[];
  readonly topics: TopicCounts;
  readonly groups: GroupCounts;
  /** Undefined if the brokers are unknown. */
  readonly brokerList: BrokerList | undefined;
  /** Queues whose consumer offset is ahead of the broker's. */
  readonly negativeDiffs: number;
  /** Everything that should have been read but was not. Empty means that the tick is complete. */
  readonly failures: readonly TopicFailure[];
}
