/**
 * What a reader of a cluster hands over: plain facts, nothing judged yet.
 * Any kind of console can be read into these shapes; the rules that judge them are in this folder as well.
 */

/**
 * One queue of one topic, as one consumer group has consumed it. Offsets count messages, and both are known: a group of which
 * one queue's offset is unknown is `readable: false` on the topic.
 */
export interface QueueReading {
  readonly broker: string;
  readonly queueId: number;
  readonly brokerOffset: number;
  readonly consumerOffset: number;
  /** The client that holds the queue; null when nobody does, when the console could not ask who, and where `tells.owners` is false. */
  readonly clientId: string | null;
  /** Store time of the last message consumed from the queue, epoch ms; null when none is known, and where `tells.times` is false. */
  readonly lastTimestamp: number | null;
}

/**
 * Why something could not be read: `kind` for machines, `message` for the person at the terminal. A reader chooses its kinds.
 * Three have a meaning to all: `no-rows` is a group that is listed without a row, as one whose processes subscribe to different
 * topics is; `unsubscribed` is a group that is online and no longer subscribes to the topic, which is no failure; `deadline`
 * means that there was no time.
 */
export interface Failure {
  readonly kind: string;
  readonly message: string;
}

/** One consumer group on one topic. A group without a queue was not read, whatever `readable` says: that is not zero. */
export type Subscription =
  | {
      readonly consumerGroup: string;
      readonly readable: true;
      readonly queues: readonly QueueReading[];
      /** How many queues the topic has for its consumers, where that is known. */
      readonly expectedQueues?: number;
    }
  | { readonly consumerGroup: string; readonly readable: false; readonly failure: Failure };

export type TopicReading =
  | { readonly topic: string; readonly outcome: 'read'; readonly subscriptions: readonly Subscription[] }
  | { readonly topic: string; readonly outcome: 'failed'; readonly failure: Failure }
  | { readonly topic: string; readonly outcome: 'unread' };

/**
 * Whether a group has clients: `unknown` is an honest answer (a gRPC group looks absent while it consumes), `offline` a claim that
 * somebody is alerted by.
 */
export type Presence = { readonly kind: 'online'; readonly clients: number } | { readonly kind: 'offline' } | { readonly kind: 'unknown' };

/**
 * The answer to "who is this group?"; `messageModel` is null when no client was there to tell. Where the server knows no clients,
 * a null `messageModel` and an `unknown` presence are the answer, and no failure.
 */
export type GroupAnswer =
  | { readonly answered: true; readonly messageModel: string | null; readonly presence: Presence }
  | { readonly answered: false; readonly failure: Failure };

/** The dead letters of one group, in messages: what its dead-letter topic stores now, and ever received. */
export type DeadLetterReading =
  | { readonly topic: string; readonly consumerGroup: string; readonly stored: number; readonly everSent: number }
  | { readonly topic: string; readonly consumerGroup: string; readonly failure: Failure };

/** One queue that a client holds, as the client says. Times are of the client's own clock, epoch ms. */
export interface OwnedQueue {
  readonly topic: string;
  readonly broker: string;
  readonly queueId: number;
  /** Messages that were pulled and are not finished. */
  readonly inHand: number;
  /** Up to here the client has finished, which the broker hears of some seconds later; null when unknown. */
  readonly finishedOffset: number | null;
  readonly lastPull: number | null;
  /** When a message of the queue was last finished; before the first one, since when the client holds the queue. */
  readonly lastFinish: number | null;
}

/** What a client did on one topic in the last minute. Rates are messages a second. */
export interface TopicActivity {
  readonly topic: string;
  readonly consumedPerSecond: number;
  readonly failedPerSecond: number;
  readonly pulledPerSecond: number;
  /** How long a call of the listener took; says something only where a call has ended. */
  readonly secondsPerCall: number;
}

export interface TopicSubscription {
  readonly topic: string;
  readonly expressionType: string;
  readonly expression: string;
}

export type ProcessType = 'concurrent' | 'orderly' | 'pull';

/** How a client is, in its own words. What this kind of client does not have (a pull consumer has no threads) is null or not listed. */
export interface ClientState {
  readonly type: ProcessType | null;
  readonly version: string | null;
  readonly threads: number | null;
  /** Messages that a call of the listener gets at most. */
  readonly messagesPerCall: number;
  /** Epoch ms, the client's clock. */
  readonly startedAt: number | null;
  readonly subscriptions: readonly TopicSubscription[];
  readonly activity: readonly TopicActivity[];
  readonly queues: readonly OwnedQueue[];
}

/**
 * What came of asking one client: `unresponsive` is a client that is connected and silent, `failed` a question that says
 * nothing about the client, `unasked` one for which there was no room or time.
 */
export type ClientAnswer =
  | { readonly outcome: 'answered'; readonly state: ClientState }
  | { readonly outcome: 'unresponsive' }
  | { readonly outcome: 'failed'; readonly failure: Failure }
  | { readonly outcome: 'unasked' };

/** One client id of a group that brokers know. */
export interface ClientReading {
  readonly clientId: string;
  /** At how many addresses one broker knows it: more than one is more than one process. */
  readonly addresses: number;
  readonly language: string | null;
  readonly version: string | null;
  readonly answer: ClientAnswer;
}

/** The clients of one group. */
export interface GroupProcesses {
  /** Every broker that holds the group's queues said who is connected. */
  readonly complete: boolean;
  /** There may be clients that brokers don't list: gRPC clients look like that. */
  readonly mayHaveGrpcClients: boolean;
  readonly clients: readonly ClientReading[];
}

/** What was asked of processes: of groups with backlog only, and never all of it for certain. */
export interface ProcessReadings {
  readonly groups: ReadonlyMap<string, GroupProcesses>;
  /** Clients that hold queues of groups that are not in `groups`: no room or time to ask, or nobody knew who is connected. */
  readonly elsewhere: { readonly failed: number; readonly unasked: number };
}

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

/** What the server tells of a queue at all. Where it never does, a null says nothing of the queue. */
export interface Tells {
  /** Who holds it. */
  readonly owners: boolean;
  /** When the last message consumed from it was stored. */
  readonly times: boolean;
}

/** One tick's readings of one cluster. */
export interface ClusterReadings {
  /**
   * Every topic that the cluster lists, whether it was to be read or not: retry topics tell which groups exist. Undefined where
   * the server has no such list. Topics that are known from groups alone are none: they cannot tell a phantom from a group.
   */
  readonly listedTopics: ReadonlySet<string> | undefined;
  readonly tells: Tells;
  readonly topics: readonly TopicReading[];
  /** Groups that could not be read at all, by a reader that asks by group and so does not know their topics. */
  readonly unreadGroups?: readonly { readonly consumerGroup: string; readonly failure: Failure }[];
  /** Topics that were listed and not asked for: system topics and those the settings ignore. */
  readonly ignoredTopics: number;
  /** One answer for every group that `groupsToAsk` names. */
  readonly groups: ReadonlyMap<string, GroupAnswer>;
  readonly deadLetters: readonly DeadLetterReading[];
  /** Why groups are behind, where the reader can ask that. */
  readonly processes?: ProcessReadings;
  /** Empty where the brokers could not be asked. */
  readonly brokers: readonly BrokerReading[];
  /** Brokers that the cluster had a few minutes ago and does not list now, by a reader that remembers. */
  readonly missingBrokers?: readonly string[];
  /** By topic, for topics from `topicsThatMayHaveLostMessages` that were asked about and answered. */
  readonly minOffsets: ReadonlyMap<string, MinOffsets>;
}
