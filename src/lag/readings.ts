/**
 * What a reader of a cluster hands over: plain facts, nothing judged yet.
 * Any kind of console can be read into these shapes; the rules that judge them are in this folder as well.
 */

/** One queue of one topic, as one consumer group has consumed it. Offsets count messages. */
export interface QueueReading {
  readonly broker: string;
  readonly queueId: number;
  readonly brokerOffset: number;
  readonly consumerOffset: number;
  /** The client that holds the queue; null when nobody does, or when the console could not ask who. */
  readonly clientId: string | null;
  /** Store time of the last message consumed from the queue, epoch ms; null when none is known. */
  readonly lastTimestamp: number | null;
}

/** Why something could not be read: `kind` for machines, `message` for the person at the terminal. */
export interface Failure {
  readonly kind: string;
  readonly message: string;
}

/** One consumer group on one topic. A group that is listed without a row was not read: that is not zero. */
export type Subscription =
  | { readonly consumerGroup: string; readonly readable: true; readonly queues: readonly QueueReading[] }
  | { readonly consumerGroup: string; readonly readable: false; readonly failure: Failure };

export type TopicReading =
  | { readonly topic: string; readonly outcome: 'read'; readonly subscriptions: readonly Subscription[] }
  | { readonly topic: string; readonly outcome: 'failed'; readonly failure: Failure }
  | { readonly topic: string; readonly outcome: 'unread' };

/** Whether a group has clients: `unknown` is an honest answer (a gRPC group looks absent while it consumes). */
export type Presence = { readonly kind: 'online'; readonly clients: number } | { readonly kind: 'offline' } | { readonly kind: 'unknown' };

/** The answer to "who is this group?"; `messageModel` is null when no client was there to tell. */
export type GroupAnswer =
  | { readonly answered: true; readonly messageModel: string | null; readonly presence: Presence }
  | { readonly answered: false; readonly failure: Failure };

/** The dead letters of one group, in messages: what its dead-letter topic stores now, and ever received. */
export type DeadLetterReading =
  | { readonly topic: string; readonly consumerGroup: string; readonly stored: number; readonly everSent: number }
  | { readonly topic: string; readonly consumerGroup: string; readonly failure: Failure };

/** One broker's runtime state; null means unknown. */
export interface BrokerReading {
  readonly broker: string;
  /** Store time of the earliest message that the broker still has, epoch ms. */
  readonly earliestMessageAt: number | null;
  /** How full the disk of its commit log is, 0 to 1. */
  readonly diskUsedRatio: number | null;
  /** Delayed messages that it has not delivered yet, by delay level. A level that is absent is unknown. */
  readonly delayed: ReadonlyMap<number, number>;
  readonly version: string | null;
}

/** The first offset that each queue still stores, by broker, then queue id. A queue that is absent is unknown. */
export type MinOffsets = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** One tick's readings of one cluster. */
export interface ClusterReadings {
  /** Every topic that the cluster lists, whether it was to be read or not: retry topics tell which groups exist. */
  readonly listedTopics: ReadonlySet<string>;
  readonly topics: readonly TopicReading[];
  /** Groups that could not be read at all, by a reader that asks by group and so does not know their topics. */
  readonly unreadGroups?: readonly { readonly consumerGroup: string; readonly failure: Failure }[];
  /** Topics that were listed and not asked for: system topics and those the settings ignore. */
  readonly ignoredTopics: number;
  /** One answer for every group that `groupsToAsk` names. */
  readonly groups: ReadonlyMap<string, GroupAnswer>;
  readonly deadLetters: readonly DeadLetterReading[];
  /** Empty where the brokers could not be asked. */
  readonly brokers: readonly BrokerReading[];
  /** By topic, for topics from `topicsSuspectedOfLoss` that were asked about and answered. */
  readonly minOffsets: ReadonlyMap<string, MinOffsets>;
}
