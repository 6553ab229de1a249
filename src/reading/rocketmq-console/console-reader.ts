import { LagPusherError } from '../../base/errors.ts';
import { type BodyBudget, type HttpClient, openHttp } from '../../http/client.ts';
import type { ClusterReadings, MinOffsets, TopicReading } from '../../lag/readings.ts';
import { type LossReadings, topicsThatMayHaveLostMessages } from '../../lag/retention.ts';
import { deadLettersOf } from '../../lag/rocketmq-names.ts';
import { type ClusterReader, type ReadScope, wantsGroup } from '../reader.ts';
import { allOrFirstError, askAllWithRetry, askWithRetry, startAdaptiveLimit, startProgress } from '../retry.ts';
import { NoTopicsError, rotate, selectFromAll } from '../topics.ts';
import { classifyFailure, LoginError, RefusedError, WireError } from './answers.ts';
import { readProcesses } from './ask-processes.ts';
import { CURRENT_NAME_SERVER } from './cluster-endpoints.ts';
import { ask, type ConsoleContext, type ConsoleMemory, emptyConsoleMemory } from './context.ts';
import { toMasters } from './masters.ts';
import { askGroups } from './presence.ts';
import { type BrokerList, isBrokerList, readTopics } from './read-strategy.ts';
import { openSession, type SessionCredentials, type SessionTools } from './session.ts';
import { MIN_OFFSETS, STORED_MESSAGES, TOPIC_LIST } from './topic-endpoints.ts';

export { type ConsoleMemory, emptyConsoleMemory };

export interface ConsoleSettings {
  url: string;
  ca?: string | undefined;
  /** For the console's own login, and for what is in front of it. */
  credentials: SessionCredentials;
  /** The name servers that the console should read from, as NAMESRV_ADDR has them. */
  nameServer?: string | undefined;
  concurrency: number;
  requestTimeoutMs: number;
}

/** One answer holds one topic, or the list of all: a body beyond this is not one of them. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;

export interface ConsoleTools extends Omit<SessionTools, 'memory'> {
  readonly memory: ConsoleMemory;
  readonly bodyBudget?: BodyBudget;
}

/** A reader of rocketmq-console 1.0.0 to rocketmq-dashboard 2.1.x; its sockets live until `close`. */
export function openRocketmqConsole(settings: ConsoleSettings, tools: ConsoleTools): ClusterReader {
  const http = openHttp({
    baseUrl: settings.url,
    peer: 'the console',
    urlSetting: 'CONSOLE_URL',
    caSetting: 'CONSOLE_CA',
    ca: settings.ca,
    requestTimeoutMs: settings.requestTimeoutMs,
    maxSockets: settings.concurrency,
    maxBodyBytes: MAX_BODY_BYTES,
    bodyBudget: tools.bodyBudget,
  });
  return consoleReader(http, settings, tools);
}

/** The reader behind `openRocketmqConsole`, over any HTTP client. */
export function consoleReader(
  http: HttpClient,
  settings: Pick<ConsoleSettings, 'credentials' | 'nameServer' | 'concurrency'>,
  { memory, ...tools }: ConsoleTools,
): ClusterReader {
  const session = openSession(http, settings.credentials, { ...tools, memory: memory.session });

  async function readCluster(scope: ReadScope): Promise<ClusterReadings> {
    const { deadline, now } = scope;
    const retry = { limit: startAdaptiveLimit(settings.concurrency), deadline, now, classify: classifyFailure };
    const first: ConsoleContext = { session, scope, memory, clock: tools.clock, retry };
    const [{ wanted, ignored, listed }] = await allOrFirstError(listTopics(first), refuseAnotherNameServer(settings.nameServer, first));
    const context: ConsoleContext = { ...first, retry: { ...retry, progress: startProgress(scope.onProgress) } };
    const read = await readTopics(wanted, listed, context, settings.concurrency);
    const { topics, brokers: brokerList } = read;
    const masters = toMasters(read);
    const groups = await askGroups(topics, listed, masters, context);
    const deadLetters = await readDeadLetters(topics, context);
    const brokers = isBrokerList(brokerList) ? brokerList : [];
    const backlog = {
      listedTopics: listed,
      tells: { owners: true, times: true },
      topics,
      ignoredTopics: ignored,
      groups,
      deadLetters,
      brokers,
    };
    const readings = { ...backlog, ...missingFrom(brokerList, memory, now), minOffsets: await askMinOffsets(backlog, context) };
    // Progress counts the questions about the backlog only: how many follow about processes is not known before.
    const processes = await readProcesses(readings, masters, first, settings.concurrency);
    return { ...readings, processes };
  }

  return { read: readCluster, usage: http.usage, close: http.close, whyNoGroup };
}

function whyNoGroup(kinds: ReadonlySet<string>): string | undefined {
  return [...kinds].every((kind) => kind === 'no-rows' || kind === 'refused')
    ? 'most likely this console does not fit its brokers (a console 2.x in front of brokers 4.x lists every group without a row)'
    : undefined;
}

/** Brokers that are missing from the list; nothing where there is no list. */
function missingFrom(brokers: BrokerList, { brokersSeenAt }: ConsoleMemory, now: number): Pick<ClusterReadings, 'missingBrokers'> {
  if (!isBrokerList(brokers)) return {};
  return {
    missingBrokers: missingBrokers(
      brokersSeenAt,
      brokers.map(({ broker }) => broker),
      now,
    ),
  };
}

async function listTopics(context: ConsoleContext) {
  const topics = await askWithRetry(() => ask(context, TOPIC_LIST, {}), context.retry).catch((error: unknown) => {
    if (!(error instanceof RefusedError || error instanceof WireError)) throw error;
    throw new LagPusherError(error.kind, `the console at ${context.session.baseUrl} did not list its topics: ${error.message}`);
  });
  if (topics.length === 0)
    throw new NoTopicsError(
      'the console lists no topic at all: a name server that has just restarted knows none until the brokers register again',
    );
  return { ...selectFromAll(topics, context.scope.topics), listed: new Set(topics) };
}

async function readDeadLetters(topics: readonly TopicReading[], context: ConsoleContext) {
  const groupOfTopic = new Map<string, string>();
  for (const { topic, outcome } of topics) {
    const consumerGroup = deadLettersOf(topic);
    if (outcome === 'read' && consumerGroup !== undefined && wantsGroup(context.scope, consumerGroup))
      groupOfTopic.set(topic, consumerGroup);
  }
  const outcomes = await askAllWithRetry([...groupOfTopic.keys()], (topic) => ask(context, STORED_MESSAGES, { topic }), context.retry);
  return [...outcomes].map(([topic, outcome]) => {
    const consumerGroup = groupOfTopic.get(topic) ?? topic;
    if (outcome.ok) return { topic, consumerGroup, ...outcome.answer };
    const failure = { kind: outcome.failure.kind, message: `dead letters of consumer group ${consumerGroup}: ${outcome.failure.message}` };
    return { topic, consumerGroup, failure };
  });
}

/** The console shows another cluster than the one under whose name the numbers would be pushed. */
export class NameServerError extends LagPusherError {
  constructor(message: string) {
    super('name-server', message);
  }
}

/**
 * Throws a `NameServerError` where the console reads from other name servers than `expected`. Since 2.0 anybody can switch
 * them on a page of the console, and another cluster's numbers would appear under this cluster's name. Where the console
 * does not answer, nothing is known and nothing is refused: 1.0.0 lacks the question, and a console may keep it from
 * ordinary users.
 */
async function refuseAnotherNameServer(expected: string | undefined, context: ConsoleContext): Promise<void> {
  const { memory, retry } = context;
  if (expected === undefined || memory.unsupported.get('current name server', retry.now)) return;
  let current: string | undefined;
  try {
    current = await retry.limit.run(() => ask(context, CURRENT_NAME_SERVER, {}));
  } catch (error) {
    if (error instanceof LoginError) throw error;
    if (retry.classify(error) !== 'final') return;
  }
  if (current === undefined) return memory.unsupported.set('current name server', true, retry.now);
  if (toAddresses(current) === toAddresses(expected)) return;
  throw new NameServerError(
    `the console now reads from the name server ${current}, and NAMESRV_ADDR is ${expected}: somebody switched it on the console's Ops page, or NAMESRV_ADDR needs the console's spelling; nothing is pushed, for it would be another cluster's numbers under this one's name`,
  );
}

/** One spelling of a list of addresses: the order and the separator do not matter. */
function toAddresses(list: string): string {
  return list
    .split(/[;,\s]+/)
    .filter((address) => address !== '')
    .sort()
    .join(';');
}

/** After a name server's restart brokers register one by one. A broker that is not back after this time is gone. */
const MISSING_FOR_AT_MOST_MS = 5 * 60_000;

/**
 * Brokers that a tick of the last minutes saw in the list of the cluster and that are not in it now, sorted by name. While
 * they are missing, what they hold is in no number, and nothing else shows it. `seenAt` holds when each broker was last
 * seen, epoch ms, and is updated.
 */
export function missingBrokers(seenAt: Map<string, number>, present: readonly string[], now: number): string[] {
  for (const broker of present) seenAt.set(broker, now);
  const missing: string[] = [];
  for (const [broker, at] of seenAt) {
    // A time in the future means that the clock was set back: the age is unknown.
    if (at > now || now - at >= MISSING_FOR_AT_MOST_MS) seenAt.delete(broker);
    else if (at < now) missing.push(broker);
  }
  return missing.sort();
}

/** The maximum number of topics to ask about in one tick. The selection rotates. */
const MAX_OFFSET_QUESTIONS = 50;

/**
 * The first stored offsets of topics on which a group may have lost messages, by topic. There are no retries: a topic whose
 * question fails is absent, and the tick counts as complete all the same.
 */
async function askMinOffsets(readings: LossReadings, context: ConsoleContext): Promise<Map<string, MinOffsets>> {
  const { retry } = context;
  const topics = rotate(topicsThatMayHaveLostMessages(readings), retry.now).slice(0, MAX_OFFSET_QUESTIONS);
  const outcomes = await askAllWithRetry(topics, (topic) => ask(context, MIN_OFFSETS, { topic }), {
    ...retry,
    classify: (error) => (retry.classify(error) === 'fatal' ? 'fatal' : 'final'),
  });
  return new Map([...outcomes].flatMap(([topic, outcome]) => (outcome.ok ? [[topic, outcome.answer] as const] : [])));
}
