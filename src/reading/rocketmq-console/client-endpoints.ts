import * as v from 'valibot';
import { excerpt } from '../../base/text.ts';
import type {
  ClientState,
  GroupAnswer,
  OwnedQueue,
  PoppedMessages,
  Presence,
  ProcessType,
  TopicActivity,
  TopicSubscription,
} from '../../lag/readings.ts';
import { atLeast0, check, count, type Endpoint, entries, list, name, parseQueueName, RefusedError, WireError } from './answers.ts';

/** Questions about a group's clients: is anybody online, who is connected, and what does each client report of itself? */

type Answered = Extract<GroupAnswer, { answered: true }>;

const Group = v.object({ count, messageModel: v.nullish(v.string()), diffTotal: v.nullish(count) });

/** The console writes this if it could not read a total. */
const NO_TOTAL = -1;

/**
 * Without a client the message model is null. A total then proves that the group is offline, even a negative one. Only -1
 * proves nothing: a gRPC group has it while it consumes, and so does a group that does not exist.
 */
export function decodeGroup(data: unknown): Answered {
  const { count: clients, messageModel, diffTotal } = check(Group, data, 'data');
  const presence: Presence =
    clients > 0 ? { kind: 'online', clients } : (diffTotal ?? NO_TOTAL) === NO_TOTAL ? { kind: 'unknown' } : { kind: 'offline' };
  return { answered: true, messageModel: messageModel ?? null, presence };
}

/** Number of clients online, and their message model. Without an address the console asks a broker of its choice; 1.0.0 always does. */
export const GROUP: Endpoint<{ consumerGroup: string; address?: string }, Answered> = {
  path: '/consumer/group.query',
  decode: decodeGroup,
};

const MessageModel = v.object({ messageModel: v.nullish(v.string()) });

export function decodeMessageModel(data: unknown): string | null {
  return check(MessageModel, data, 'data').messageModel ?? null;
}

/** The message model of the clients that one broker knows of a group; null if the broker does not report it. */
export const MESSAGE_MODEL: Endpoint<{ consumerGroup: string; address: string }, string | null> = {
  path: '/consumer/consumerConnection.query',
  decode: decodeMessageModel,
};

const text = v.nullish(v.string('expected a string'));
const Connection = v.object({ clientId: name, clientAddr: v.string('expected a string'), language: text, versionDesc: text });
const Connections = v.object({ connectionSet: list(Connection) });

/** A client as one broker knows it. */
export interface Connected {
  readonly clientId: string;
  /** Its addresses as this broker sees them: each of two brokers sees the same client at another one. */
  readonly addresses: ReadonlySet<string>;
  readonly language: string | null;
  readonly version: string | null;
}

/** The clients of a group that one broker knows, each once. */
export function decodeConnections(data: unknown): Connected[] {
  const clients = new Map<string, Connected & { readonly addresses: Set<string> }>();
  for (const { clientId, clientAddr, language, versionDesc } of check(Connections, data, 'data').connectionSet) {
    const client = clients.get(clientId) ?? { clientId, addresses: new Set(), language: language ?? null, version: versionDesc ?? null };
    client.addresses.add(clientAddr);
    clients.set(clientId, client);
  }
  return [...clients.values()];
}

/** The clients of a group that one broker knows. */
export const CONNECTIONS: Endpoint<{ consumerGroup: string; address: string }, Connected[]> = {
  path: '/consumer/consumerConnection.query',
  decode: decodeConnections,
};

/** Whether a broker answered that it knows no client of the group. */
export function saysNobodyIsOnline(error: unknown): boolean {
  return error instanceof RefusedError && /\bCODE: 206\b/.test(error.words);
}

/** Whether the client was asked and did not answer until the console or the broker gave up. */
export function saysClientIsSilent(error: unknown): boolean {
  return error instanceof RefusedError && /RemotingTimeoutException|\bCODE: 207\b/.test(error.words);
}

/** A few of some sixty properties. All are texts; a client's type, language and version decide which of them it has. */
const Properties = v.object({
  PROP_CONSUMEORDERLY: text,
  PROP_CONSUME_TYPE: text,
  PROP_THREADPOOL_CORE_SIZE: text,
  PROP_CONSUMER_START_TIMESTAMP: text,
  PROP_CLIENT_VERSION: text,
  consumeMessageBatchMaxSize: text,
});
const SubscriptionOfClient = v.object({ topic: name, subString: v.nullish(name), expressionType: text });
const rate = v.pipe(v.number('expected a number'), v.finite('expected a number'), v.minValue(0, 'expected a number, not below 0'));
const Status = v.object({ consumeOKTPS: rate, consumeFailedTPS: rate, pullTPS: rate, consumeRT: rate });
const OwnedByClient = v.object({
  cachedMsgCount: atLeast0,
  transactionMsgCount: v.nullish(atLeast0),
  commitOffset: v.nullish(count),
  droped: v.nullish(v.boolean('expected true or false')),
  lastPullTimestamp: v.nullish(count),
  lastConsumeTimestamp: v.nullish(count),
});
const PoppedByClient = v.object({
  waitAckCount: atLeast0,
  droped: v.nullish(v.boolean('expected true or false')),
  lastPopTimestamp: v.nullish(count),
});
const RunningInfo = v.object({
  properties: Properties,
  subscriptionSet: list(SubscriptionOfClient),
  mqTable: v.unknown(),
  mqPopTable: v.nullish(v.unknown()),
  statusTable: v.nullish(v.unknown()),
});

/** The state that one client reports of itself. */
export function decodeClientState(data: unknown): ClientState {
  const { properties, subscriptionSet, mqTable, mqPopTable, statusTable } = check(RunningInfo, data, 'data');
  return {
    type: typeOf(properties),
    version: properties.PROP_CLIENT_VERSION ?? null,
    threads: wholeNumber(properties.PROP_THREADPOOL_CORE_SIZE),
    messagesPerCall: wholeNumber(properties.consumeMessageBatchMaxSize) || 1,
    startedAt: wholeNumber(properties.PROP_CONSUMER_START_TIMESTAMP) || null,
    subscriptions: subscriptionSet.map(toSubscription),
    activity: entries(statusTable ?? {}, 'data.statusTable').map(toActivity),
    queues: entries(mqTable, 'data.mqTable').flatMap(toOwnedQueue),
    popped: entries(mqPopTable ?? {}, 'data.mqPopTable').flatMap(toPoppedMessages),
  };
}

/** The state that a client reports of itself. The console asks it through a broker. `jstack` would ask for its threads as well. */
export const CLIENT_STATE: Endpoint<{ consumerGroup: string; clientId: string; jstack: 'false' }, ClientState> = {
  path: '/consumer/consumerRunningInfo.query',
  decode: decodeClientState,
};

function typeOf({ PROP_CONSUME_TYPE: consumeType, PROP_CONSUMEORDERLY: orderly }: v.InferOutput<typeof Properties>): ProcessType | null {
  if (consumeType === 'CONSUME_ACTIVELY') return 'pull';
  if (orderly === 'true') return 'orderly';
  return orderly === 'false' ? 'concurrent' : null;
}

function wholeNumber(value: string | null | undefined): number | null {
  return value != null && /^\d{1,15}$/.test(value) ? Number(value) : null;
}

function toSubscription({ topic, subString, expressionType }: v.InferOutput<typeof SubscriptionOfClient>): TopicSubscription {
  return { topic, expressionType: expressionType || 'TAG', expression: subString ?? '*' };
}

const MS_PER_SECOND = 1000;

function toActivity([topic, value]: [string, unknown]): TopicActivity {
  const { consumeOKTPS, consumeFailedTPS, pullTPS, consumeRT } = check(
    Status,
    value,
    `data.statusTable[${excerpt(JSON.stringify(topic))}]`,
  );
  return {
    topic: topic.toWellFormed(),
    consumedPerSecond: consumeOKTPS,
    failedPerSecond: consumeFailedTPS,
    pulledPerSecond: pullTPS,
    secondsPerCall: consumeRT / MS_PER_SECOND,
  };
}

/** One queue that the client owns; none if it has dropped the queue and only finishes what it has in hand. */
function toOwnedQueue([key, value]: [string, unknown]): OwnedQueue[] {
  const where = `data.mqTable[${excerpt(JSON.stringify(key))}]`;
  const queue = parseQueueName(key);
  if (queue === undefined) throw new WireError(`${where} is not the name of a queue`);
  const owned = check(OwnedByClient, value, where);
  if (owned.droped === true) return [];
  return [
    {
      ...queue,
      // An orderly client moves the message that it works on from the first count to the second.
      inHand: owned.cachedMsgCount + (owned.transactionMsgCount ?? 0),
      finishedOffset: owned.commitOffset != null && owned.commitOffset >= 0 ? owned.commitOffset : null,
      lastPull: owned.lastPullTimestamp || null,
      lastFinish: owned.lastConsumeTimestamp || null,
    },
  ];
}

/** What a POP client has of one topic from one broker; none if it has dropped that broker's queues. */
function toPoppedMessages([key, value]: [string, unknown]): PoppedMessages[] {
  const where = `data.mqPopTable[${excerpt(JSON.stringify(key))}]`;
  // -1 stands for all queues of the broker.
  const queue = parseQueueName(key.replace(/queueId=-1\]$/, 'queueId=0]'));
  if (queue === undefined) throw new WireError(`${where} is not the name of a queue`);
  const popped = check(PoppedByClient, value, where);
  if (popped.droped === true) return [];
  return [{ topic: queue.topic, broker: queue.broker, inHand: popped.waitAckCount, lastPop: popped.lastPopTimestamp || null }];
}
