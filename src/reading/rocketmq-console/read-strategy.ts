import type { Deadline } from '../../base/deadline.ts';
import { toFailure } from '../../base/errors.ts';
import type { Failure, Subscription, TopicReading } from '../../lag/readings.ts';
import { wantsGroup } from '../reader.ts';
import { allOrFirstError, askAllWithRetry, askWithoutRetry, askWithRetry, type Outcome } from '../retry.ts';
import { rotate } from '../topics.ts';
import { LoginError, NotAConsoleError, RefusedError, StatusError, WireError } from './answers.ts';
import { type GroupRows, type GroupsByTopic, readGroups, readTopicsByGroup } from './by-group.ts';
import { type BrokerList, isBrokerList, readByTopic } from './by-topic.ts';
import { BROKERS } from './cluster-endpoints.ts';
import { ask, type ConsoleContext } from './context.ts';
import { GROUPS_ON_TOPIC } from './topic-endpoints.ts';

/**
 * Reads every topic with its groups, and the list of brokers. The topics are read by group where the console supports it,
 * otherwise by topic. They are also read by topic where the list of brokers does not arrive in time: then a broker hangs,
 * every group would be asked at that broker in vain, and only an answer by topic tells which topics are not on it.
 */
export async function readTopics(
  topics: readonly string[],
  listedTopics: ReadonlySet<string>,
  context: ConsoleContext,
): Promise<{ topics: TopicReading[]; brokers: BrokerList }> {
  const hang = new AbortController();
  const hanging = new Promise<undefined>((resolve) => hang.signal.addEventListener('abort', () => resolve(undefined)));
  const asking = readBrokers(context, () => hang.abort());
  const deadline = halfOf(context.retry.deadline, hang.signal);
  const [brokers, found] = await allOrFirstError(asking, read());
  async function read() {
    const groupsByTopic = await readGroupsByTopic(topics, { ...context, retry: { ...context.retry, deadline } });
    const known = groupsByTopic === undefined ? undefined : await Promise.race([asking, hanging]);
    if (groupsByTopic === undefined || known === undefined || !isBrokerList(known)) return await readByTopic(topics, context);
    return { byGroup: await readTopicsByGroup({ groupsByTopic, listedTopics, brokers: known }, context) };
  }
  if ('byGroup' in found) return { topics: found.byGroup, brokers };
  return { topics: await fillInByGroup(found, brokers, context), brokers };
}

async function readBrokers(context: ConsoleContext, onHang: () => void): Promise<BrokerList> {
  const classify = (error: unknown) => {
    const failureClass = context.retry.classify(error);
    if (failureClass === 'slow') onHang();
    // This is one path of many: a proxy in front of the console may refuse it for ever.
    return failureClass === 'unavailable' ? 'passing' : failureClass;
  };
  return await askWithRetry(() => ask(context, BROKERS, {}), { ...context.retry, classify }).catch((error: unknown): Failure => {
    if (error instanceof LoginError) throw error;
    return toFailure(error);
  });
}

/** Half of the time, so that hanging first questions leave time for the others; none as soon as the signal aborts. */
function halfOf(deadline: Deadline, signal: AbortSignal): Deadline {
  const half = deadline.earlierBy(deadline.remainingMs() / 2);
  return { remainingMs: () => (signal.aborted ? 0 : half.remainingMs()), earlierBy: half.earlierBy };
}

/** The number of topics that show what the console does not support: one topic may be odd, and one answer an accident. */
const PROBES = 2;

/** The groups on each topic; undefined where the console does not support the question. That is remembered for a while. */
async function readGroupsByTopic(topics: readonly string[], context: ConsoleContext): Promise<GroupsByTopic | undefined> {
  const { memory, retry, scope } = context;
  if (memory.unsupported.get('reading by group', retry.now)) return undefined;
  const enough = Math.min(PROBES, topics.length);
  const refusals: unknown[] = [];
  let isSupported = false;
  const isRefused = () => !isSupported && refusals.length >= enough;
  async function askTopic(topic: string): Promise<string[]> {
    if (isRefused()) throw refusals[0];
    try {
      const groups = await ask(context, GROUPS_ON_TOPIC, { topic });
      isSupported = true;
      return groups.filter((group) => wantsGroup(scope, group));
    } catch (error) {
      if (isUnsupported(error)) refusals.push(error);
      throw error;
    }
  }
  const outcomes = new Map<string, Outcome<string[]>>();
  for (const topic of rotate(topics, retry.now).slice(0, PROBES)) {
    const before = refusals.length;
    const outcome = await askWithoutRetry(() => askTopic(topic), retry);
    if (outcome.ok || outcome.failureClass === 'final') outcomes.set(topic, outcome);
    if (refusals.length === before) break;
  }
  const open = topics.filter((topic) => !outcomes.has(topic));
  for (const [topic, outcome] of await askAllWithRetry(isRefused() ? [] : open, askTopic, retry)) outcomes.set(topic, outcome);
  if (!isRefused()) return new Map(topics.map((topic) => [topic, outcomes.get(topic)]));
  // With one probe, the topic itself may be the cause.
  if (enough === PROBES) memory.unsupported.set('reading by group', true, retry.now);
  return undefined;
}

/** Statuses that mean "no such path, or not for you". 429 and others pass. */
const UNSUPPORTED_STATUSES: ReadonlySet<number> = new Set([400, 403, 404, 405]);

function isUnsupported(error: unknown): boolean {
  // A text with a code comes from a broker or a name server: the console does support the question.
  if (error instanceof RefusedError) return error.kind === 'refused' && !/\bCODE: *\d|No topic route info/i.test(error.words);
  return (
    error instanceof NotAConsoleError ||
    error instanceof WireError ||
    (error instanceof StatusError && UNSUPPORTED_STATUSES.has(error.status))
  );
}

/**
 * Reads by group the groups for which an answer by topic had no rows. A console 2.x in front of 4.x brokers leaves out the
 * rows of every group, because these brokers do not support the request that it uses by topic.
 */
async function fillInByGroup(topics: readonly TopicReading[], brokers: BrokerList, context: ConsoleContext): Promise<TopicReading[]> {
  const groups = groupsWithoutRows(topics);
  const rows = isBrokerList(brokers) ? await readGroups(groups, brokers, context) : failForAll(groups, brokers);
  return topics.map((reading) =>
    reading.outcome === 'read'
      ? { ...reading, subscriptions: reading.subscriptions.map((subscription) => fillIn(reading.topic, subscription, rows)) }
      : reading,
  );
}

function groupsWithoutRows(topics: readonly TopicReading[]): string[] {
  const subscriptions = topics.flatMap((reading) => (reading.outcome === 'read' ? reading.subscriptions : []));
  return [...new Set(subscriptions.filter(hasNoRows).map(({ consumerGroup }) => consumerGroup))];
}

function hasNoRows(subscription: Subscription): boolean {
  return !subscription.readable && subscription.failure.kind === 'no-rows';
}

function failForAll(groups: readonly string[], { kind, message }: Failure): Map<string, GroupRows> {
  const failure = { kind, message: `the brokers to ask for it are unknown: ${message}` };
  return new Map(groups.map((group) => [group, { outcome: 'failed', refused: false, failure }]));
}

function fillIn(topic: string, subscription: Subscription, rows: ReadonlyMap<string, GroupRows>): Subscription {
  const { consumerGroup } = subscription;
  const found = rows.get(consumerGroup);
  if (!hasNoRows(subscription) || found === undefined) return subscription;
  const unreadable = ({ kind, message }: Failure): Subscription => ({
    consumerGroup,
    readable: false,
    failure: { kind, message: `the console lists it without a row; ${message}` },
  });
  if (found.outcome === 'failed') return unreadable(found.failure);
  return found.byTopic.get(topic) ?? unreadable({ kind: 'no-rows', message: 'and no broker has one' });
}
