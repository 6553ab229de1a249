import { LagPusherError, toFailure } from '../../base/errors.ts';
import { matchesAny } from '../../base/names.ts';
import { openHttp } from '../../http/client.ts';
import type { ClusterReadings, Failure, TopicReading } from '../../lag/readings.ts';
import { type ClusterReader, NoTopicsError, type ReadScope } from '../reader.ts';
import { askInRounds, askOnce, type Progress, type RoundOptions } from '../rounds.ts';
import { openSlots } from '../slots.ts';
import { deadLettersOf, rotate, selectTopics } from '../topics.ts';
import { type Consumers, readTopicsByGroup } from './by-group.ts';
import { fillInByGroup, type KnownBrokers, readByTopic } from './by-topic.ts';
import { askConsole, NotAConsoleError } from './client.ts';
import { type ConsoleMemory, emptyConsoleMemory } from './memory.ts';
import { askMinOffsets } from './min-offsets.ts';
import { refuseAnotherNameServer } from './name-server.ts';
import { askGroups } from './presence.ts';
import { type Questions, questionsTo } from './questions.ts';
import { LoginError, openSession, type SessionCredentials } from './session.ts';
import { StatusError } from './status.ts';
import { judgeFailure } from './verdicts.ts';
import { RefusedError, WireError } from './wire.ts';

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

/** A reader of rocketmq-console 1.0.0 to rocketmq-dashboard 2.1.x; its sockets live until `close`. */
export function openRocketmqConsole(settings: ConsoleSettings, memory: ConsoleMemory): ClusterReader {
  const http = openHttp({
    baseUrl: settings.url,
    peer: 'the console',
    urlSetting: 'CONSOLE_URL',
    caSetting: 'CONSOLE_CA',
    ca: settings.ca,
    requestTimeoutMs: settings.requestTimeoutMs,
    maxSockets: settings.concurrency,
    maxBodyBytes: MAX_BODY_BYTES,
  });
  const ask = askConsole(http, openSession(http, settings.credentials, memory.session));

  async function read(scope: ReadScope): Promise<ClusterReadings> {
    const { deadline, now } = scope;
    const questions = questionsTo(ask, scope);
    const first: RoundOptions = { slots: openSlots(settings.concurrency), deadline, now, judge: judgeFailure };
    const [{ wanted, ignored, listed }] = await Promise.all([
      listTopics(settings.url, questions, scope, first),
      refuseAnotherNameServer(settings.nameServer, questions, memory, first),
    ]);
    const rounds = { ...first, progress: startProgress(scope) };
    const { topics, brokers: known } = await readTopics(wanted, questions, memory, rounds);
    const groups = await askGroups(topics, listed, known, questions, memory, rounds);
    const deadLetters = await readDeadLetters(topics, questions, scope, rounds);
    const brokers = 'length' in known ? known : [];
    const readings = { listedTopics: listed, topics, ignoredTopics: ignored, groups, deadLetters, brokers };
    return { ...readings, minOffsets: await askMinOffsets(readings, questions, rounds) };
  }

  return { read, requests: http.count, close: http.close };
}

async function listTopics(url: string, questions: Questions, scope: ReadScope, rounds: RoundOptions) {
  const topics = await askOnce(() => questions.topicList(), rounds).catch((error: unknown) => {
    if (!(error instanceof RefusedError || error instanceof WireError)) throw error;
    throw new LagPusherError(error.kind, `the console at ${url} did not list its topics: ${error.message}`);
  });
  if (topics.length === 0)
    throw new NoTopicsError(
      'the console lists no topic at all: a name server that has just restarted knows none until the brokers register again',
    );
  const selection = selectTopics(topics, scope.topics);
  if (selection.wanted.length > 0 || scope.topics.shard !== undefined) return { ...selection, listed: new Set(topics) };
  const { only } = scope.topics;
  throw new NoTopicsError(
    only === undefined
      ? `none of the ${topics.length} listed topics is left to read: all are system topics or match IGNORED_TOPICS`
      : `none of the ${topics.length} listed topics to read matches ${only.join(', ')}`,
  );
}

function startProgress({ onProgress }: ReadScope): Progress {
  let expected = 0;
  let answered = 0;
  return {
    expect(items) {
      expected += items;
    },
    answered() {
      answered += 1;
      onProgress?.(answered, expected);
    },
  };
}

/** By group where the console can, else by topic. */
async function readTopics(
  wanted: readonly string[],
  questions: Questions,
  memory: ConsoleMemory,
  rounds: RoundOptions,
): Promise<{ topics: TopicReading[]; brokers: KnownBrokers }> {
  const [brokers, consumers] = await Promise.all([askBrokers(questions, rounds), askConsumers(wanted, questions, memory, rounds)]);
  if (consumers !== undefined && 'length' in brokers)
    return { topics: await readTopicsByGroup(consumers, brokers, questions, memory, rounds), brokers };
  const topics = await readByTopic(wanted, questions, rounds);
  return { topics: await fillInByGroup(topics, brokers, questions, rounds), brokers };
}

async function askBrokers(questions: Questions, rounds: RoundOptions): Promise<KnownBrokers> {
  return await askOnce(() => questions.brokers(), rounds).catch((error: unknown): Failure => {
    if (error instanceof LoginError) throw error;
    return toFailure(error);
  });
}

const BY_GROUP = 'by group';

/** Who is on each topic; undefined where this console does not tell: seen at the first topic, and remembered for a while. */
async function askConsumers(
  wanted: readonly string[],
  questions: Questions,
  memory: ConsoleMemory,
  rounds: RoundOptions,
): Promise<Consumers | undefined> {
  const [first] = rotate(wanted, rounds.now);
  if (first === undefined || memory.refusedWays.get(BY_GROUP, rounds.now)) return undefined;
  let isRefused = false;
  const ask = async (topic: string) =>
    await questions.topicConsumers(topic).catch((error: unknown) => {
      isRefused ||= lacksTheWay(error);
      throw error;
    });
  const probed = await askInRounds([first], ask, rounds);
  if (isRefused) {
    memory.refusedWays.set(BY_GROUP, true, rounds.now);
    return undefined;
  }
  const others = wanted.filter((topic) => topic !== first);
  const outcomes = new Map([...probed, ...(await askInRounds(others, ask, rounds))]);
  return new Map(wanted.map((topic) => [topic, outcomes.get(topic)]));
}

/** Not 429 and the like: those pass. */
const NO_SUCH_WAY: ReadonlySet<number> = new Set([400, 403, 404, 405]);

/** A topic without a route is refused as well, by a console that knows the way. */
function lacksTheWay(error: unknown): boolean {
  if (error instanceof RefusedError) return error.kind === 'refused' && !/No topic route info/i.test(error.words);
  return error instanceof NotAConsoleError || error instanceof WireError || (error instanceof StatusError && NO_SUCH_WAY.has(error.status));
}

async function readDeadLetters(topics: readonly TopicReading[], questions: Questions, { ignoredGroups }: ReadScope, rounds: RoundOptions) {
  const groupOfTopic = new Map<string, string>();
  for (const { topic, outcome } of topics) {
    const consumerGroup = deadLettersOf(topic);
    if (outcome === 'read' && consumerGroup !== undefined && !matchesAny(consumerGroup, ignoredGroups))
      groupOfTopic.set(topic, consumerGroup);
  }
  const outcomes = await askInRounds([...groupOfTopic.keys()], (topic) => questions.stored(topic), rounds);
  return [...outcomes].map(([topic, outcome]) => {
    const consumerGroup = groupOfTopic.get(topic) ?? topic;
    if (outcome.ok) return { topic, consumerGroup, ...outcome.answer };
    const failure = { kind: outcome.failure.kind, message: `dead letters of consumer group ${consumerGroup}: ${outcome.failure.message}` };
    return { topic, consumerGroup, failure };
  });
}
