import pLimit from 'p-limit';
import { LagPusherError } from '../../base/errors.ts';
import { openHttp } from '../../http/client.ts';
import type { ClusterReadings, GroupAnswer, TopicReading } from '../../lag/readings.ts';
import { groupsToAsk } from '../../lag/rules.ts';
import { type ClusterReader, NoTopicsError, type ReadScope, wantsGroup } from '../reader.ts';
import { askInRounds, askOnce, type Outcome, type RoundOptions } from '../rounds.ts';
import { deadLettersOf, rotate, selectTopics } from '../topics.ts';
import { askConsole } from './client.ts';
import type { ConsoleMemory } from './memory.ts';
import { readProcesses } from './processes.ts';
import { type Questions, questionsTo, shareBrokers } from './questions.ts';
import { readGroupsAgain } from './reread.ts';
import { type Credentials, openSession } from './session.ts';
import { RefusedError, WireError } from './wire.ts';

export interface ConsoleSettings {
  url: string;
  ca?: string | undefined;
  credentials?: Credentials | undefined;
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
    const rounds: RoundOptions = { limit: pLimit(settings.concurrency), deadline: scope.deadline };
    const questions = questionsTo(ask, scope);
    const brokers = shareBrokers();
    const { wanted, ignored } = await listTopics(settings.url, questions, scope, rounds);
    const firstReading = await readTopics(wanted, questions, scope, rounds);
    const topics = await readGroupsAgain(firstReading, questions, brokers, memory, rounds);
    const groups = await askGroups(topics, questions, memory, rounds);
    const deadLetters = await readDeadLetters(topics, questions, scope, rounds);
    const processes = await readProcesses(topics, groups, brokers, questions, scope, rounds);
    return { topics, ignoredTopics: ignored, groups, deadLetters, processes };
  }

  return { read, requests: http.count, close: http.close };
}

async function listTopics(url: string, questions: Questions, scope: ReadScope, rounds: RoundOptions) {
  const listed = await askOnce(() => questions.topicList(), rounds).catch((error: unknown) => {
    if (!(error instanceof RefusedError || error instanceof WireError)) throw error;
    throw new LagPusherError(error.kind, `the console at ${url} did not list its topics: ${error.message}`);
  });
  if (listed.length === 0)
    throw new NoTopicsError(
      'the console lists no topic at all: a name server that has just restarted knows none until the brokers register again',
    );
  const selection = selectTopics(listed, scope.topics);
  if (selection.wanted.length > 0 || scope.topics.shard !== undefined) return selection;
  const { only } = scope.topics;
  throw new NoTopicsError(
    only === undefined
      ? `none of the ${listed.length} listed topics is left to read: all are system topics or match IGNORED_TOPICS`
      : `none of the ${listed.length} listed topics to read matches ${only.join(', ')}`,
  );
}

async function readTopics(
  wanted: readonly string[],
  questions: Questions,
  scope: ReadScope,
  rounds: RoundOptions,
): Promise<TopicReading[]> {
  let read = 0;
  const onAnswer = () => scope.onProgress?.(++read, wanted.length);
  const outcomes = await askInRounds(rotate(wanted, scope.now), (topic) => questions.subscriptions(topic), { ...rounds, onAnswer });
  return wanted.map((topic) => {
    const outcome = outcomes.get(topic);
    if (outcome?.ok) return { topic, outcome: 'read', subscriptions: outcome.answer };
    if (!outcome?.reached) return { topic, outcome: 'unread' };
    return { topic, outcome: 'failed', failure: { kind: outcome.failure.kind, message: adviseOnRoute(outcome.failure.message) } };
  });
}

function adviseOnRoute(message: string): string {
  return /No topic route info/i.test(message) ? `${message} (a topic that has no route for good belongs into IGNORED_TOPICS)` : message;
}

/** One answer for every group that the rows leave a question about. A known message model is not asked for again. */
async function askGroups(topics: readonly TopicReading[], questions: Questions, { messageModels }: ConsoleMemory, rounds: RoundOptions) {
  const { messageModel, presence } = groupsToAsk(topics);
  const answers = new Map<string, GroupAnswer>();
  const remembered = (group: string): GroupAnswer | undefined => {
    const model = messageModels.get(group);
    return model === undefined ? undefined : { answered: true, messageModel: model, presence: { kind: 'unknown' } };
  };
  const toAsk = [...presence];
  for (const group of messageModel) {
    const known = remembered(group);
    if (known === undefined) toAsk.push(group);
    else answers.set(group, known);
  }
  for (const [group, outcome] of await askInRounds(toAsk, (name) => questions.group(name), rounds)) {
    if (!outcome.ok) {
      // Whose clients are hung and cannot be asked about is still the broadcast group that it was.
      const known = messageModels.get(group) === 'BROADCASTING' ? remembered(group) : undefined;
      answers.set(group, known ?? { answered: false, failure: outcome.failure });
      continue;
    }
    answers.set(group, outcome.answer);
    if (outcome.answer.answered && outcome.answer.messageModel) messageModels.set(group, outcome.answer.messageModel);
  }
  return answers;
}

async function readDeadLetters(topics: readonly TopicReading[], questions: Questions, scope: ReadScope, rounds: RoundOptions) {
  const groupOfTopic = new Map<string, string>();
  for (const { topic, outcome } of topics) {
    const consumerGroup = deadLettersOf(topic);
    if (outcome === 'read' && consumerGroup !== undefined && wantsGroup(scope, consumerGroup)) groupOfTopic.set(topic, consumerGroup);
  }
  const outcomes: Map<string, Outcome<{ stored: number; everSent: number }>> = await askInRounds(
    [...groupOfTopic.keys()],
    (topic) => questions.stored(topic),
    rounds,
  );
  return [...outcomes].map(([topic, outcome]) => {
    const consumerGroup = groupOfTopic.get(topic) ?? topic;
    if (outcome.ok) return { topic, consumerGroup, ...outcome.answer };
    const failure = { kind: outcome.failure.kind, message: `dead letters of consumer group ${consumerGroup}: ${outcome.failure.message}` };
    return { topic, consumerGroup, failure };
  });
}
