/**
 * What a reader of a cluster returns: facts without conclusions. The shapes fit any kind of console; the rules of this folder
 * draw the conclusions.
 */

/**
 * One queue of one topic, as one consumer group has consumed it. Offsets count messages, and both are known: if an offset of
 * one queue is unknown, the group is `readable: false` on the topic.
 */
export interface QueueReading {
  readonly broker: string;
  readonly queueId: number;
  readonly brokerOffset: number;
  readonly consumerOffset: number;
  /** The owner of the queue; null if it has none, if the console could not find out, and if `tells.owners` is false. */
  readonly clientId: string | null;
  /** Store time of the last message consumed from the queue, epoch ms; null if none is known, and if `tells.times` is false. */
  readonly lastTimestamp: number | null;
  /** When the row was read, epoch ms. Without it the end of the tick stands in, which makes ages too large by seconds. */
  readonly readAt?: number;
}

/**
 * Why something could not be read: `kind` for machines, `message` for the person at the terminal. Each reader has kinds of its
 * own. Three kinds have a meaning to other code: `no-rows`, a group that is listed without a row (which happens if its processes
 * subscribe to different topics); `unsubscribed`, a group that is online and no longer subscribes to the topic, which is no
 * failure; and `deadline`, no time was left.
 */
export interface Failure {
  readonly kind: string;
  readonly message: string;
}

/** One consumer group on one topic. A group without a queue was not read, whatever `readable` says: its backlog is not zero. */
export type Subscription =
  | {
      readonly consumerGroup: string;
      readonly readable: true;
      readonly queues: readonly QueueReading[];
      /** The number of read queues in the topic's route; absent if there was no route. */
      readonly expectedQueues?: number;
    }
  | { readonly consumerGroup: string; readonly readable: false; readonly failure: Failure };

export type TopicReading =
  | { readonly topic: string; readonly outcome: 'read'; readonly subscriptions: readonly Subscription[] }
  | { readonly topic: string; readonly outcome: 'failed'; readonly failure: Failure }
  | { readonly topic: string; readonly outcome: 'unread' };

/**
 * Whether a group has clients. `offline` wakes people up, so a reader says `unknown` if it cannot be sure: a gRPC group looks
 * absent while it consumes.
 */
export type Presence = { readonly kind: 'online'; readonly clients: number } | { readonly kind: 'offline' } | { readonly kind: 'unknown' };

/**
 * What the server says about a group; `messageModel` is null if no client was online to report it. If the server knows no
 * clients, a null `messageModel` and an `unknown` presence are the answer, and not a failure.
 */
export type GroupAnswer =
  | { readonly answered: true; readonly messageModel: string | null; readonly presence: Presence }
  | { readonly answered: false; readonly failure: Failure };

/** The dead letters of one group, in messages: how many its dead-letter topic stores now, and how many it ever received. */
export type DeadLetterReading =
  | { readonly topic: string; readonly consumerGroup: string; readonly stored: number; readonly everSent: number }
  | { readonly topic: string; readonly consumerGroup: string; readonly failure: Failure };

/** One queue that a client owns, as the client reports it. Times are of the client's own clock, epoch ms. */
export interface OwnedQueue {
  readonly topic: string;
  readonly broker: string;
  readonly queueId: number;
  /** Messages that were pulled and not finished. */
  readonly inHand: number;
  /** The offset up to which the client has finished; it is committed to the broker some seconds later. Null if unknown. */
  readonly finishedOffset: number | null;
  readonly lastPull: number | null;
  /** When a message of the queue was last finished; before the first one, when the client became the owner. */
  readonly lastFinish: number | null;
}

/**
 * What a POP client has taken of one topic from one broker. Brokers hand out its messages one by one from all their queues,
 * so it owns no queue.
 */
export interface PoppedMessages {
  readonly topic: string;
  readonly broker: string;
  /** Messages that were popped and not acknowledged. */
  readonly inHand: number;
  /** Epoch ms, the client's clock. */
  readonly lastPop: number | null;
}

/** What a client did on one topic in the last minute. Rates are messages a second. */
export interface TopicActivity {
  readonly topic: string;
  readonly consumedPerSecond: number;
  readonly failedPerSecond: number;
  readonly pulledPerSecond: number;
  /** Average duration of a call of the listener; of the last hour if no call ended in the last minute, 0 if none did. */
  readonly secondsPerCall: number;
}

export interface TopicSubscription {
  readonly topic: string;
  readonly expressionType: string;
  readonly expression: string;
}

export type ProcessType = 'concurrent' | 'orderly' | 'pull';

/** The state that a client reports of itself. What its type does not have (a pull consumer has no threads) is null or not listed. */
export interface ClientState {
  readonly type: ProcessType | null;
  readonly version: string | null;
  readonly threads: number | null;
  /** The most messages that a call of the listener gets. */
  readonly messagesPerCall: number;
  /** Epoch ms, the client's clock. */
  readonly startedAt: number | null;
  readonly subscriptions: readonly TopicSubscription[];
  readonly activity: readonly TopicActivity[];
  readonly queues: readonly OwnedQueue[];
  readonly popped: readonly PoppedMessages[];
}

/**
 * The outcome of asking one client. `unresponsive`: it is connected and does not answer. `failed`: the request failed for another
 * reason, which says nothing about the client. `unasked`: no request or no time was left.
 */
export type ClientAnswer =
  | { readonly outcome: 'answered'; readonly state: ClientState }
  | { readonly outcome: 'unresponsive' }
  | { readonly outcome: 'failed'; readonly failure: Failure }
  | { readonly outcome: 'unasked' };

/** One client id that brokers know of a group. */
export interface ClientReading {
  readonly clientId: string;
  /**
   * The smallest number of addresses at which a broker knows it. Above 1, several processes may have the id: if only one broker
   * knows a second address, that is a dead connection which this broker has not dropped.
   */
  readonly addresses: number;
  /** The largest number of addresses at which a broker knows it. */
  readonly connections?: number;
  /** The IP address at which brokers see it; containers hide it from the process itself. */
  readonly address?: string | null;
  readonly language: string | null;
  readonly version: string | null;
  readonly answer: ClientAnswer;
}

/** The clients of one group. */
export interface GroupProcesses {
  /** Every broker with queues of the group answered who is connected. */
  readonly complete: boolean;
  /** Brokers do not list gRPC clients. True if the group may have some. */
  readonly mayHaveGrpcClients: boolean;
  readonly clients: readonly ClientReading[];
}

/** The processes that were asked: those of groups with backlog, as far as requests and time allowed. */
export interface ProcessReadings {
  readonly groups: ReadonlyMap<string, GroupProcesses>;
  /** Clients that own queues of groups that are not in `groups`: no request or time was left, or no broker answered who is connected. */
  readonly elsewhere: { readonly failed: number; readonly unasked: number };
}

/** One broker's runtime state; null means unknown. */
export interface BrokerReading {
  readonly broker: string;
  /** Store time of the earliest message that the broker still has, epoch ms. */
  readonly earliestMessageAt: number | null;
  /** How full the disk of its commit log is, 0 to 1. */
  readonly diskUsedRatio: number | null;
  /** Delayed messages that it has not delivered yet, by delay level. An absent level is unknown. */
  readonly delayed: ReadonlyMap<number, number>;
  readonly version: string | null;
  /** For how long the first request in its queue of pulls, or of sends, has been waiting. */
  readonly pullWaitSeconds: number | null;
  readonly sendWaitSeconds: number | null;
  /** For how long the message that it writes at the moment has held the lock of the commit log. */
  readonly pageCacheLockSeconds: number | null;
  /** Bytes of its commit log that consumers cannot see yet. */
  readonly dispatchBehindBytes: number | null;
  /** How far its timer is behind, and how many messages the timer holds. RocketMQ 4 has no timer. */
  readonly timerBehindSeconds: number | null;
  readonly timerMessages: number | null;
}

/** The first offset that each queue still stores, by broker, then queue id. An absent queue is unknown. */
export type MinOffsets = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** What the server can report of a queue. If it never reports a value, a null is no evidence. */
export interface Tells {
  /** Its owner. */
  readonly owners: boolean;
  /** When the last message consumed from it was stored. */
  readonly times: boolean;
}

/** One tick's readings of one cluster. */
export interface ClusterReadings {
  /**
   * Every topic that the cluster lists, including those that are not read: retry topics show which groups exist. Undefined if
   * the server has no such list. Topics that are known only from their groups do not replace it, because they cannot tell a
   * phantom from a group.
   */
  readonly listedTopics: ReadonlySet<string> | undefined;
  readonly tells: Tells;
  readonly topics: readonly TopicReading[];
  /** Groups that could not be read at all. A reader that asks by group does not know the topics of such a group. */
  readonly unreadGroups?: readonly { readonly consumerGroup: string; readonly failure: Failure }[];
  /** Number of topics that were listed and not asked for: system topics and those that the settings ignore. */
  readonly ignoredTopics: number;
  /** One answer for every group that `groupsToAsk` names. */
  readonly groups: ReadonlyMap<string, GroupAnswer>;
  readonly deadLetters: readonly DeadLetterReading[];
  /** The processes of groups that are behind, if the reader can ask them. */
  readonly processes?: ProcessReadings;
  /** Empty if the brokers could not be asked. */
  readonly brokers: readonly BrokerReading[];
  /** Brokers that the cluster listed a few minutes ago and does not list now, from a reader that remembers them. */
  readonly missingBrokers?: readonly string[];
  /** By topic, for topics from `topicsThatMayHaveLostMessages` that were asked about and answered. */
  readonly minOffsets: ReadonlyMap<string, MinOffsets>;
}
