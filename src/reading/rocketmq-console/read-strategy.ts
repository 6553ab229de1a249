import { groupBy } from '../../base/collections.ts';
import type { Deadline } from '../../base/deadline.ts';
import { toFailure } from '../../base/errors.ts';
import { isPhantom } from '../../lag/groups.ts';
import type { Failure, QueueReading, Subscription, TopicReading } from '../../lag/readings.ts';
import { wantsGroup } from '../reader.ts';
import { allOrFirstError, askAllWithRetry, askWithoutRetry, askWithRetry, type Outcome } from '../retry.ts';
import { rotate } from '../topics.ts';
import { LoginError, NotAConsoleError, RefusedError, StatusError } from './answers.ts';
import {
  type FoundByGroup,
  findByGroup,
  type GroupAnswers,
  queuesOf,
  readGroups,
  readGroupsEverywhere,
  startGroupAnswers,
} from './by-group.ts';
import { readByTopic, toTopicReading } from './by-topic.ts';
import { BROKERS, type BrokerAddress } from './cluster-endpoints.ts';
import { ask, type ConsoleContext } from './context.ts';
import { countQueues, isWhole, type Route } from './route.ts';
import { GROUPS_ON_TOPIC, NO_ROWS, ROUTE } from './topic-endpoints.ts';
import { findUnsubscribed, UNSUBSCRIBED } from './unsubscribed.ts';

/** All brokers of the cluster, or why they are unknown. */
export type BrokerList = readonly BrokerAddress[] | Failure;

export function isBrokerList(brokers: BrokerList): brokers is readonly BrokerAddress[] {
  return 'length' in brokers;
}

export interface TopicsRead {
  readonly topics: TopicReading[];
  readonly brokers: BrokerList;
  /** By topic; undefined where the console does not support the question. */
  readonly routes: ReadonlyMap<string, Route> | undefined;
}

/**
 * Reads every topic with its groups, and the list of brokers.
 *
 * The groups on each topic and the topic's route come first. The route says which rows to expect: each group is then read
 * at the brokers of its topics, and the topics on which rows are missing are read by topic as well. What is still missing is
 * unreadable, unless the group's own clients say that they no longer subscribe to the topic.
 *
 * A console that does not support these questions is read by topic alone. Nothing can be checked against a route then.
 */
export async function readTopics(
  topics: readonly string[],
  listedTopics: ReadonlySet<string>,
  context: ConsoleContext,
  concurrency: number,
): Promise<TopicsRead> {
  const found = await readGroupsAndRoutes(topics, context);
  if (found === undefined) {
    const [read, brokers] = await allOrFirstError(readByTopic(topics, context), readBrokers(context));
    return { topics: await fillInByGroup(read, brokers, context, concurrency), brokers, routes: undefined };
  }
  const routes = new Map<string, Route>();
  for (const [topic, outcome] of found) if (outcome?.ok && outcome.answer.route !== undefined) routes.set(topic, outcome.answer.route);
  const [answers, brokers] = await allOrFirstError(readAllGroups(found, routes, context, concurrency), readBrokers(context));
  const pairs = toPairs(routes, answers);
  return { topics: await settlePairs(pairs, found, listedTopics, brokers, context), brokers, routes };
}

/** A topic's groups and its route; no route where no group is on it. */
interface OnTopic {
  readonly groups: readonly string[];
  readonly route: Route | undefined;
}

type FoundTopics = Map<string, Outcome<OnTopic> | undefined>;

/** The number of topics that show what the console does not support: one topic may be odd, and one answer an accident. */
const PROBES = 2;

/** By topic; undefined where the console does not support one of the questions. That is remembered for a while. */
async function readGroupsAndRoutes(topics: readonly string[], context: ConsoleContext): Promise<FoundTopics | undefined> {
  const { memory, scope } = context;
  if (memory.unsupported.get('reading by group', context.retry.now)) return undefined;
  // What hangs here must leave time for reading what does not.
  const retry = { ...context.retry, deadline: halfOf(context.retry.deadline) };
  const first = { ...context, retry };
  const refusals: unknown[] = [];
  let isSupported = false;
  const isRefused = () => !isSupported && refusals.length >= PROBES;
  const groupsOf = new Map<string, readonly string[]>();
  async function askTopic(topic: string): Promise<OnTopic> {
    if (isRefused()) throw refusals[0];
    try {
      const groups = groupsOf.get(topic) ?? (await ask(first, GROUPS_ON_TOPIC, { topic })).filter((group) => wantsGroup(scope, group));
      groupsOf.set(topic, groups);
      if (groups.length === 0) return { groups, route: undefined };
      const route = await ask(first, ROUTE, { topic });
      isSupported = true;
      return { groups, route };
    } catch (error) {
      if (isUnsupported(error)) refusals.push(error);
      throw error;
    }
  }
  const outcomes: FoundTopics = new Map();
  for (const topic of rotate(topics, retry.now).slice(0, PROBES)) {
    const before = refusals.length;
    const outcome = await askWithoutRetry(() => askTopic(topic), retry);
    if (outcome.ok || outcome.failureClass === 'final') outcomes.set(topic, outcome);
    if (refusals.length === before) break;
  }
  const open = topics.filter((topic) => !outcomes.has(topic));
  for (const [topic, outcome] of await askAllWithRetry(isRefused() ? [] : open, askTopic, retry)) outcomes.set(topic, outcome);
  if (isRefused()) {
    memory.unsupported.set('reading by group', true, retry.now);
    return undefined;
  }
  // The only topic with groups is refused: that may be because of the topic, so it is not remembered.
  const isOnlyTopic = refusals.length === 1 && [...outcomes.values()].filter((outcome) => !isWithoutGroups(outcome)).length === 1;
  return isOnlyTopic ? undefined : new Map(topics.map((topic) => [topic, outcomes.get(topic)]));
}

function isWithoutGroups(outcome: Outcome<OnTopic> | undefined): boolean {
  return outcome?.ok === true && outcome.answer.groups.length === 0;
}

function halfOf(deadline: Deadline): Deadline {
  return deadline.earlierBy(deadline.remainingMs() / 2);
}

/** Statuses that mean "no such path, or not for you". 429 and others pass. */
const UNSUPPORTED_STATUSES: ReadonlySet<number> = new Set([400, 403, 404, 405]);

function isUnsupported(error: unknown): boolean {
  // A text with a code comes from a broker or a name server: the console does support the question.
  // One with an exception from within the console tells of a fault: rows by topic could not be held against a route then.
  if (error instanceof RefusedError)
    return error.kind === 'refused' && !/\bCODE: *\d|No topic route info|NullPointerException/i.test(error.words);
  return error instanceof NotAConsoleError || (error instanceof StatusError && UNSUPPORTED_STATUSES.has(error.status));
}

/** The list of brokers with their state. It waits for every broker, so a hanging one is not waited for a second time. */
async function readBrokers(context: ConsoleContext): Promise<BrokerList> {
  const classify = (error: unknown) => {
    const failureClass = context.retry.classify(error);
    if (failureClass === 'slow') return 'final';
    // This is one path of many: a proxy in front of the console may refuse it for ever.
    return failureClass === 'unavailable' ? 'passing' : failureClass;
  };
  return await askWithRetry(() => ask(context, BROKERS, {}), { ...context.retry, classify }).catch((error: unknown): Failure => {
    if (error instanceof LoginError) throw error;
    return toFailure(error);
  });
}

/**
 * Every group at the brokers of its topics. A group may show rows on a topic whose list of groups lacks it; the route of such
 * a topic is asked for then, and the group's open brokers after it.
 */
async function readAllGroups(
  found: FoundTopics,
  routes: Map<string, Route>,
  context: ConsoleContext,
  concurrency: number,
): Promise<ReadonlyMap<string, GroupAnswers>> {
  const topicsOf = new Map<string, string[]>();
  for (const [topic, outcome] of found)
    for (const group of outcome?.ok ? outcome.answer.groups : []) topicsOf.set(group, [...(topicsOf.get(group) ?? []), topic]);
  const answers = new Map(Array.from(topicsOf, ([group, topics]) => [group, startGroupAnswers(group, topics)]));
  await readGroups([...answers.values()], routes, context, concurrency);

  const unlisted = [...answers.values()].filter((ofGroup) =>
    topicsShown(ofGroup).some((topic) => found.has(topic) && !ofGroup.topics.has(topic)),
  );
  const withoutRoute = [...new Set(unlisted.flatMap(topicsShown))].filter((topic) => found.get(topic)?.ok && !routes.has(topic));
  const asked = await askAllWithRetry(withoutRoute, (topic) => ask(context, ROUTE, { topic }), context.retry);
  for (const topic of withoutRoute) {
    const outcome = asked.get(topic);
    if (outcome?.ok) routes.set(topic, outcome.answer);
    else found.set(topic, outcome);
  }
  for (const ofGroup of unlisted) for (const topic of topicsShown(ofGroup)) if (found.has(topic)) ofGroup.topics.add(topic);
  await readGroups(unlisted, routes, context, concurrency);
  return answers;
}

/** The topics on which the brokers showed the group, whether or not the console listed it there. */
function topicsShown({ rows, invalid, emptyAt }: GroupAnswers): string[] {
  return [...new Set([...rows.keys(), ...invalid.keys(), ...emptyAt])];
}

/** A group on a topic: what the brokers answered, held against the topic's route. */
interface Pair {
  readonly topic: string;
  readonly group: string;
  readonly route: Route;
  readonly answers: GroupAnswers;
  readonly byGroup: FoundByGroup;
}

/** Every group on every topic that has a route: those that the console lists there, and those that have rows there. */
function toPairs(routes: ReadonlyMap<string, Route>, answers: ReadonlyMap<string, GroupAnswers>): Pair[] {
  return [...answers.values()].flatMap((ofGroup) =>
    [...ofGroup.topics].flatMap((topic) => {
      const route = routes.get(topic);
      return route === undefined
        ? []
        : { topic, group: ofGroup.group, route, answers: ofGroup, byGroup: findByGroup(ofGroup, topic, route) };
    }),
  );
}

/** What comes of each pair, and the topics around them. */
async function settlePairs(
  pairs: readonly Pair[],
  found: FoundTopics,
  listedTopics: ReadonlySet<string>,
  brokers: BrokerList,
  context: ConsoleContext,
): Promise<TopicReading[]> {
  const pairsOf = groupBy(pairs, ({ topic }) => topic);
  const open = pairs.filter((pair) => isOpen(pair, listedTopics));
  const readings = await readByTopic([...new Set(open.map(({ topic }) => topic))], context, (topic) =>
    (pairsOf.get(topic) ?? []).map(({ group }) => group),
  );
  const byTopic = new Map(readings.map((reading) => [reading.topic, reading]));
  const isBlind = areAllOfVersion4(brokers) && hasNoRows(readings) && !pairs.some(isAnsweredForOthers);
  const settled = new Map(pairs.map((pair) => [pair, settle(pair, byTopic.get(pair.topic), isBlind)]));

  const withoutRows = open.filter((pair) => !settled.get(pair)?.readable && byTopic.get(pair.topic)?.outcome === 'read');
  for (const pair of await findUnsubscribed(withoutRows, context))
    settled.set(pair, { consumerGroup: pair.group, readable: false, failure: UNSUBSCRIBED });

  return Array.from(found, ([topic, outcome]) =>
    toTopicReading(topic, outcome, () => (pairsOf.get(topic) ?? []).flatMap((pair) => settled.get(pair) ?? [])),
  );
}

/**
 * Whether an answer by topic may have the rows that are missing by group: it has those of a broadcast group, of a group that
 * never finished a message, of one whose last heartbeat was another process's, and the logical queues of a static topic.
 * Console 1.0.0 refuses gRPC groups by group. About a phantom an answer by topic tells no more.
 */
function isOpen({ topic, group, byGroup }: Pair, listedTopics: ReadonlySet<string>): boolean {
  if (byGroup.kind === 'failed') return byGroup.isRefused;
  if (byGroup.kind === 'missing') return !isPhantom(topic, { consumerGroup: group, readable: false, failure: NO_ROWS }, listedTopics);
  return byGroup.kind === 'static';
}

/** The rows that are whole by the route, or why there are none. Fewer rows never stand for whole. */
function settle({ topic, group, route, answers, byGroup }: Pair, reading: TopicReading | undefined, isBlind: boolean): Subscription {
  const rows = (queues: readonly QueueReading[]): Subscription => ({
    consumerGroup: group,
    readable: true,
    queues,
    expectedQueues: countQueues(route),
  });
  const unreadable = (failure: Failure): Subscription => ({ consumerGroup: group, readable: false, failure });
  if (byGroup.kind === 'whole') return rows(byGroup.queues);
  const byTopic = reading?.outcome === 'read' ? reading.subscriptions.find(({ consumerGroup }) => consumerGroup === group) : undefined;
  if (byTopic?.readable && isWhole(byTopic.queues, route)) return rows(byTopic.queues);
  if (byGroup.kind === 'failed') return unreadable(byGroup.failure);
  if (reading?.outcome === 'failed') return unreadable(reading.failure);
  if (reading?.outcome === 'unread') return unreadable({ kind: 'deadline', message: 'not reached before the deadline' });
  const invalid = answers.invalid.get(topic) ?? (byTopic?.readable === false && byTopic.failure !== NO_ROWS ? byTopic.failure : undefined);
  if (invalid !== undefined) return unreadable(invalid);
  const queues = byGroup.kind === 'missing' ? byGroup.queues : [];
  // Nobody can tell more about a group that has not committed at every broker: the admin tool shows these rows as well. A
  // broker that shows some of its queues and not the others has lost rows on the way.
  const hasPart = byGroup.kind === 'missing' && queues.some(({ broker }) => byGroup.brokers.includes(broker));
  if (isBlind && queues.length > 0 && !hasPart && !answers.emptyAt.has(topic)) return rows(queues);
  const most = Math.max(queues.length, byTopic?.readable ? byTopic.queues.length : 0);
  return unreadable(most === 0 ? NO_ROWS : { kind: 'no-rows', message: `only ${most} of its ${countQueues(route)} queues have a row` });
}

/** A console 2.x in front of 4.x brokers has no rows of any group by topic: these brokers lack the request that it uses. */
function hasNoRows(readings: readonly TopicReading[]): boolean {
  const subscriptions = readings.flatMap((reading) => (reading.outcome === 'read' ? reading.subscriptions : []));
  return subscriptions.length > 0 && !subscriptions.some(({ readable }) => readable);
}

/** Some broker's address brought another broker's rows: console 1.0.0, which has rows by topic in front of 4.x brokers. */
function isAnsweredForOthers({ answers: { brokersShownAt }, route: { addresses } }: Pair): boolean {
  return [...brokersShownAt].some(([address, shown]) => [...addresses].some(([broker, its]) => its !== address && shown.has(broker)));
}

function areAllOfVersion4(brokers: BrokerList): boolean {
  return isBrokerList(brokers) && brokers.every(({ version }) => version?.startsWith('V4_'));
}

/**
 * Fills in, by group, the groups for which an answer by topic had no rows, where there is no route: a console 2.x in front of
 * 4.x brokers has no rows of any group by topic. The groups are asked for at every broker of the cluster.
 */
async function fillInByGroup(
  topics: readonly TopicReading[],
  brokers: BrokerList,
  context: ConsoleContext,
  concurrency: number,
): Promise<TopicReading[]> {
  const topicsOf = new Map<string, string[]>();
  for (const reading of topics)
    for (const subscription of reading.outcome === 'read' ? reading.subscriptions : [])
      if (isRowless(subscription))
        topicsOf.set(subscription.consumerGroup, [...(topicsOf.get(subscription.consumerGroup) ?? []), reading.topic]);
  const answers = new Map(Array.from(topicsOf, ([group, itsTopics]) => [group, startGroupAnswers(group, itsTopics)]));
  if (isBrokerList(brokers)) await readGroupsEverywhere([...answers.values()], brokers, context, concurrency);
  return topics.map((reading) =>
    reading.outcome === 'read'
      ? {
          ...reading,
          subscriptions: reading.subscriptions.map((subscription) =>
            isRowless(subscription)
              ? fillIn(reading.topic, subscription.consumerGroup, answers.get(subscription.consumerGroup), brokers)
              : subscription,
          ),
        }
      : reading,
  );
}

function isRowless(subscription: Subscription): boolean {
  return !subscription.readable && subscription.failure.kind === 'no-rows';
}

function fillIn(topic: string, consumerGroup: string, answers: GroupAnswers | undefined, brokers: BrokerList): Subscription {
  const unreadable = ({ kind, message }: Failure): Subscription => ({
    consumerGroup,
    readable: false,
    failure: { kind, message: `the console lists it without a row; ${message}` },
  });
  if (!isBrokerList(brokers))
    return unreadable({ kind: brokers.kind, message: `the brokers to ask for it are unknown: ${brokers.message}` });
  const [[address, failed] = []] = answers?.failures ?? [];
  if (failed !== undefined)
    return unreadable({ kind: failed.failure.kind, message: `asked for it, the broker at ${address} failed: ${failed.failure.message}` });
  const isAnswered = answers !== undefined && brokers.every(({ address }) => answers.answered.has(address));
  if (!isAnswered) return unreadable({ kind: 'deadline', message: 'not reached before the deadline' });
  const invalid = answers.invalid.get(topic);
  if (invalid !== undefined) return { consumerGroup, readable: false, failure: invalid };
  const queues = queuesOf(answers, topic);
  if (queues.length === 0 || answers.emptyAt.has(topic)) return unreadable({ kind: 'no-rows', message: 'and no broker has one' });
  return { consumerGroup, readable: true, queues };
}
