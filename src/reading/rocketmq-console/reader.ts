import { LagPusherError } from '../../base/errors.ts';
import type { AddSecret } from '../../base/keep-secret.ts';
import { openHttp } from '../../http/client.ts';
import type { ClusterReadings, TopicReading } from '../../lag/readings.ts';
import { type ClusterReader, type ReadScope, wantsGroup } from '../reader.ts';
import { allOrFirstError, askAllWithRetry, askWithRetry, type Progress, type RetryOptions } from '../rounds.ts';
import { startAdaptiveLimit } from '../slots.ts';
import { deadLettersOf, NoTopicsError, selectFromAll } from '../topics.ts';
import { isBrokerList, type KnownBrokers } from './by-topic.ts';
import { askConsole } from './client.ts';
import { type ConsoleMemory, emptyConsoleMemory } from './memory.ts';
import { askMinOffsets } from './min-offsets.ts';
import { missingBrokers } from './missing-brokers.ts';
import { refuseAnotherNameServer } from './name-server.ts';
import { askGroups } from './presence.ts';
import { readProcesses } from './processes.ts';
import { type Questions, questionsTo } from './questions.ts';
import { openSession, type SessionCredentials } from './session.ts';
import { classifyFailure } from './verdicts.ts';
import { readTopics } from './ways.ts';
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
export function openRocketmqConsole(settings: ConsoleSettings, memory: ConsoleMemory, addSecret: AddSecret): ClusterReader {
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
  const ask = askConsole(http, openSession(http, settings.credentials, memory.session, addSecret));

  async function read(scope: ReadScope): Promise<ClusterReadings> {
    const { deadline, now } = scope;
    const questions = questionsTo(ask, scope);
    const first: RetryOptions = { limit: startAdaptiveLimit(settings.concurrency), deadline, now, classify: classifyFailure };
    const [{ wanted, ignored, listed }] = await allOrFirstError(
      listTopics(settings.url, questions, scope, first),
      refuseAnotherNameServer(settings.nameServer, questions, memory, first),
    );
    const rounds = { ...first, progress: startProgress(scope) };
    const { topics, brokers: known } = await readTopics(wanted, listed, questions, memory, rounds);
    const groups = await askGroups(topics, listed, known, questions, memory, rounds);
    const deadLetters = await readDeadLetters(topics, questions, scope, rounds);
    const brokers = isBrokerList(known) ? known : [];
    const soFar = {
      listedTopics: listed,
      tells: { holders: true, times: true },
      topics,
      ignoredTopics: ignored,
      groups,
      deadLetters,
      brokers,
    };
    const readings = { ...soFar, ...missedBy(known, memory, now), minOffsets: await askMinOffsets(soFar, questions, rounds) };
    const processes = await readProcesses(readings, brokers, questions, scope, { ...first, concurrency: settings.concurrency });
    return { ...readings, processes };
  }

  return { read, usage: http.usage, close: http.close, whyNoGroup };
}

function whyNoGroup(kinds: ReadonlySet<string>): string | undefined {
  return [...kinds].every((kind) => kind === 'no-rows' || kind === 'refused')
    ? 'most likely this console does not fit its brokers (a console 2.x in front of brokers 4.x lists every group without a row)'
    : undefined;
}

/** Brokers that are missing from the list, where there is one. */
function missedBy(known: KnownBrokers, { brokersSeenAt }: ConsoleMemory, now: number): Pick<ClusterReadings, 'missingBrokers'> {
  if (!isBrokerList(known)) return {};
  const names = known.map(({ broker }) => broker);
  return { missingBrokers: missingBrokers(brokersSeenAt, names, now) };
}

async function listTopics(url: string, questions: Questions, scope: ReadScope, rounds: RetryOptions) {
  const topics = await askWithRetry(() => questions.topicList(), rounds).catch((error: unknown) => {
    if (!(error instanceof RefusedError || error instanceof WireError)) throw error;
    throw new LagPusherError(error.kind, `the console at ${url} did not list its topics: ${error.message}`);
  });
  if (topics.length === 0)
    throw new NoTopicsError(
      'the console lists no topic at all: a name server that has just restarted knows none until the brokers register again',
    );
  return { ...selectFromAll(topics, scope.topics), listed: new Set(topics) };
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

async function readDeadLetters(topics: readonly TopicReading[], questions: Questions, scope: ReadScope, rounds: RetryOptions) {
  const groupOfTopic = new Map<string, string>();
  for (const { topic, outcome } of topics) {
    const consumerGroup = deadLettersOf(topic);
    if (outcome === 'read' && consumerGroup !== undefined && wantsGroup(scope, consumerGroup)) groupOfTopic.set(topic, consumerGroup);
  }
  const outcomes = await askAllWithRetry([...groupOfTopic.keys()], (topic) => questions.stored(topic), rounds);
  return [...outcomes].map(([topic, outcome]) => {
    const consumerGroup = groupOfTopic.get(topic) ?? topic;
    if (outcome.ok) return { topic, consumerGroup, ...outcome.answer };
    const failure = { kind: outcome.failure.kind, message: `dead letters of consumer group ${consumerGroup}: ${outcome.failure.message}` };
    return { topic, consumerGroup, failure };
  });
}
