import { isPhantom } from '../../lag/groups.ts';
import type { Failure, QueueReading, Subscription, TopicReading } from '../../lag/readings.ts';
import { askAllWithRetry, type Outcome } from '../retry.ts';
import { readByTopic, toTopicReading } from './by-topic.ts';
import type { BrokerAddress } from './cluster-endpoints.ts';
import { ask, type ConsoleContext, type ConsoleMemory } from './context.ts';
import { NO_ROWS, ROWS_BY_GROUP } from './topic-endpoints.ts';

/** For each topic the outcome of asking which groups are on it. */
export type GroupsByTopic = ReadonlyMap<string, Outcome<string[]> | undefined>;

/** A group on a topic as it was read by group. `isDoubtful`: the topic has to be read by topic as well. */
interface Finding {
  readonly subscription: Subscription;
  readonly isDoubtful: boolean;
}

/**
 * Reads each group once at each broker. Asked by topic instead, the console goes through every broker, connection and client
 * of a group again for each of the group's topics.
 *
 * A reading by group cannot tell everything. A topic is read by topic as well where a group that is on it
 * - has no row there: it broadcasts, or never finished a message, or its processes subscribe to different topics (a phantom
 *   is known by the missing row alone);
 * - was refused (1.0.0 refuses gRPC groups), or has invalid rows;
 * - has rows at some of the topic's brokers only: a broker leaves out a topic to which the last heartbeat did not subscribe;
 * - is ahead of a broker: that is how the queues of a static topic look, which move between brokers.
 * Rows by topic replace rows by group.
 */
export async function readTopicsByGroup(
  {
    groupsByTopic,
    listedTopics,
    brokers,
  }: { groupsByTopic: GroupsByTopic; listedTopics: ReadonlySet<string>; brokers: readonly BrokerAddress[] },
  context: ConsoleContext,
): Promise<TopicReading[]> {
  const { memory, retry } = context;
  const groups = await readGroups(groupsOn(groupsByTopic), brokers, context);
  if (areAllRefused(groups)) memory.unsupported.set('reading by group', true, retry.now);
  const allBrokers = new Set(brokers.map(({ broker }) => broker));
  const findings = findAll(groupsByTopic, groups, listedTopics, (topic) => recallBrokers(topic, allBrokers, memory, retry.now));
  const doubtful = [...groupsByTopic.keys()].filter((topic) => isTopicDoubtful(groupsByTopic.get(topic), findings.get(topic) ?? []));
  const byTopic = new Map((await readByTopic(doubtful, context)).map((reading) => [reading.topic, reading]));
  return Array.from(groupsByTopic, ([topic, outcome]) => {
    const found = findings.get(topic) ?? [];
    const reading = byTopic.get(topic);
    if (reading === undefined) return toTopicReading(topic, outcome, () => found.map(({ subscription }) => subscription));
    rememberBrokers(reading, allBrokers, memory, retry.now);
    return combine(reading, found, outcome?.ok === true);
  });
}

function groupsOn(groupsByTopic: GroupsByTopic): string[] {
  return [...new Set([...groupsByTopic.values()].flatMap((outcome) => (outcome?.ok ? outcome.answer : [])))];
}

/** A console that refuses every group does not support the question, and is not asked again in the next tick. */
function areAllRefused(groups: ReadonlyMap<string, GroupRows>): boolean {
  return groups.size > 1 && [...groups.values()].every((rows) => rows.outcome === 'failed' && rows.refused);
}

/** The groups of each topic: those that the console lists there, and those that have rows there. */
function findAll(
  groupsByTopic: GroupsByTopic,
  groups: ReadonlyMap<string, GroupRows>,
  listedTopics: ReadonlySet<string>,
  knownBrokersOf: (topic: string) => ReadonlySet<string>,
): Map<string, Finding[]> {
  const onTopic = new Map(Array.from(groupsByTopic, ([topic, outcome]) => [topic, new Set(outcome?.ok ? outcome.answer : [])]));
  for (const [group, rows] of groups) if (rows.outcome === 'read') for (const topic of rows.byTopic.keys()) onTopic.get(topic)?.add(group);
  return new Map(
    Array.from(onTopic, ([topic, names]) => {
      const subscriptions = Array.from(names, (name) => subscriptionTo(topic, name, groups.get(name)));
      // The topic may have got queues on another broker since its brokers were remembered.
      const brokers = new Set([...knownBrokersOf(topic), ...subscriptions.flatMap(brokersOf)]);
      const isDoubtful = (subscription: Subscription) => {
        if (subscription.readable) return !isWhole(subscription, brokers);
        const rows = groups.get(subscription.consumerGroup);
        // A broker that is away fails by topic too, and a console may then answer with half of a group and no error.
        if (rows?.outcome === 'failed') return rows.refused;
        // An answer by topic tells no more about a phantom.
        return !isPhantom(topic, subscription, listedTopics);
      };
      return [topic, subscriptions.map((subscription) => ({ subscription, isDoubtful: isDoubtful(subscription) }))];
    }),
  );
}

function subscriptionTo(topic: string, consumerGroup: string, rows: GroupRows | undefined): Subscription {
  if (rows?.outcome === 'failed') return { consumerGroup, readable: false, failure: rows.failure };
  return rows?.byTopic.get(topic) ?? { consumerGroup, readable: false, failure: NO_ROWS };
}

/** The broker of each queue. */
function brokersOf(subscription: Subscription | undefined): string[] {
  return subscription?.readable ? subscription.queues.map(({ broker }) => broker) : [];
}

/** Whether the group has rows at all of the topic's brokers, and is ahead of none. */
function isWhole(subscription: Extract<Subscription, { readable: true }>, brokers: ReadonlySet<string>): boolean {
  const present = new Set(brokersOf(subscription));
  return (
    [...brokers].every((broker) => present.has(broker)) && subscription.queues.every((queue) => queue.consumerOffset <= queue.brokerOffset)
  );
}

function isTopicDoubtful(outcome: Outcome<string[]> | undefined, findings: readonly Finding[]): boolean {
  return outcome?.ok === false ? outcome.failureClass === 'final' && outcome.reached : findings.some(({ isDoubtful }) => isDoubtful);
}

/** Remembers the brokers of a topic: only an answer by topic is based on the topic's route. */
function rememberBrokers(reading: TopicReading, listed: ReadonlySet<string>, { topicBrokers }: ConsoleMemory, now: number): void {
  if (reading.outcome !== 'read') return;
  const brokers = reading.subscriptions.flatMap(brokersOf);
  if (brokers.length > 0) topicBrokers.set(reading.topic, { on: new Set(brokers), listed }, now);
}

/** The remembered brokers of a topic; all listed brokers where one came (back) since, because it may hold queues of any topic. */
function recallBrokers(topic: string, listed: ReadonlySet<string>, { topicBrokers }: ConsoleMemory, now: number): ReadonlySet<string> {
  const remembered = topicBrokers.get(topic, now);
  return remembered !== undefined && [...listed].every((broker) => remembered.listed.has(broker)) ? remembered.on : listed;
}

/**
 * Combines a reading by topic with the findings by group. Where the reading by topic failed, the doubtful groups are
 * unreadable and the topic's other groups stand. Where the console did not list the topic's groups either, there may be more
 * of them, so the topic was not read.
 */
function combine(reading: TopicReading, findings: readonly Finding[], isListed: boolean): TopicReading {
  const { topic } = reading;
  if (reading.outcome !== 'read') {
    if (!isListed) return reading;
    const failure = reading.outcome === 'failed' ? reading.failure : { kind: 'deadline', message: 'not reached before the deadline' };
    const subscriptions = findings.map(({ subscription, isDoubtful }): Subscription => {
      const { consumerGroup } = subscription;
      const isOpen = subscription.readable || subscription.failure === NO_ROWS;
      return isDoubtful && isOpen ? { consumerGroup, readable: false, failure } : subscription;
    });
    return { topic, outcome: 'read', subscriptions };
  }
  const subscriptions = new Map(findings.map(({ subscription }) => [subscription.consumerGroup, subscription]));
  const certain = new Set(findings.filter(({ isDoubtful }) => !isDoubtful).map(({ subscription }) => subscription.consumerGroup));
  for (const subscription of reading.subscriptions) {
    const { consumerGroup, readable } = subscription;
    const isFewer = certain.has(consumerGroup) && brokersOf(subscription).length < brokersOf(subscriptions.get(consumerGroup)).length;
    if (!isFewer && (readable || !subscriptions.has(consumerGroup))) subscriptions.set(consumerGroup, subscription);
  }
  return { topic, outcome: 'read', subscriptions: [...subscriptions.values()] };
}

/** The rows of one group on all its topics, from all brokers; or why there are none, because half of a group is no reading. */
export type GroupRows =
  | { readonly outcome: 'read'; readonly byTopic: ReadonlyMap<string, Subscription> }
  /** `refused`: the console refused the question, and a retry would be refused too. */
  | { readonly outcome: 'failed'; readonly refused: boolean; readonly failure: Failure };

/** The address of a broker; several brokers may share one. */
interface Address {
  readonly address: string;
  readonly names: string[];
}

/** What the brokers answered about one group so far. */
interface GroupAnswers {
  /** By address: which queues its answer had. */
  readonly queues: Map<Address, string>;
  /** Topic, then broker, then queue id: a queue that two brokers answer for is one row. */
  readonly rows: Map<string, Map<string, Map<number, QueueReading>>>;
  readonly unreadable: Map<string, Subscription>;
}

interface Question {
  readonly group: string;
  readonly address: Address;
  readonly answers: GroupAnswers;
}

/**
 * Reads groups at each broker and merges their rows by topic, broker and queue. Each broker of a group is a question of its
 * own: a process that hangs costs its group the same seconds at each broker, but at the same time.
 *
 * Console 1.0.0 ignores the address and answers for all brokers. As soon as one group shows that, one answer a group is
 * enough.
 */
export async function readGroups(
  groups: readonly string[],
  brokers: readonly BrokerAddress[],
  context: ConsoleContext,
): Promise<Map<string, GroupRows>> {
  const addresses = byAddress(brokers);
  const answersOf = new Map(
    groups.map((group): [string, GroupAnswers] => [group, { queues: new Map(), rows: new Map(), unreadable: new Map() }]),
  );
  let answersForAll: boolean | undefined;

  async function askGroup({ group, address, answers }: Question): Promise<void> {
    if (answersForAll && (answers.queues.size > 0 || address !== addresses[0])) return;
    const answer = await ask(context, ROWS_BY_GROUP, { consumerGroup: group, address: address.address });
    for (const { topic, subscription } of answer) {
      if (subscription.readable) mergeRows(answers.rows, topic, subscription.queues);
      else answers.unreadable.set(topic, subscription);
    }
    answers.queues.set(address, answersForAll === undefined ? queuesIn(answer) : '');
    if (answers.queues.size === addresses.length) answersForAll ??= isSameFromEach(answers, addresses);
  }

  // Group by group: where the time ends early, the groups that were reached are whole.
  const questions = [...answersOf].flatMap(([group, answers]) => addresses.map((address): Question => ({ group, address, answers })));
  const outcomes = await askAllWithRetry(questions, askGroup, context.retry);
  const failures = new Map<string, GroupRows>();
  for (const question of questions) {
    const { group, address, answers } = question;
    const outcome = outcomes.get(question);
    if (outcome === undefined || outcome.ok || failures.has(group) || (answersForAll && answers.queues.size > 0)) continue;
    const failure = { kind: outcome.failure.kind, message: `asked for it, broker ${nameOf(address)} failed: ${outcome.failure.message}` };
    failures.set(group, { outcome: 'failed', refused: outcome.reached && outcome.failureClass === 'final', failure });
  }
  return new Map(
    Array.from(answersOf, ([group, { rows, unreadable }]) => [
      group,
      failures.get(group) ?? { outcome: 'read', byTopic: new Map([...subscriptionsOf(group, rows), ...unreadable]) },
    ]),
  );
}

function byAddress(brokers: readonly BrokerAddress[]): Address[] {
  const addresses = new Map<string, Address>();
  for (const { broker, address } of brokers) {
    const names = addresses.get(address)?.names ?? [];
    names.push(broker);
    addresses.set(address, { address, names });
  }
  return [...addresses.values()];
}

function mergeRows(rows: GroupAnswers['rows'], topic: string, queues: readonly QueueReading[]): void {
  const brokers = rows.get(topic) ?? new Map<string, Map<number, QueueReading>>();
  rows.set(topic, brokers);
  for (const queue of queues) {
    const ofBroker = brokers.get(queue.broker) ?? new Map<number, QueueReading>();
    brokers.set(queue.broker, ofBroker.set(queue.queueId, queue));
  }
}

function queuesIn(answer: readonly { topic: string; subscription: Subscription }[]): string {
  const queues = answer.flatMap(({ topic, subscription }) =>
    subscription.readable ? subscription.queues.map(({ broker, queueId }) => JSON.stringify([topic, broker, queueId])) : [topic],
  );
  return queues.sort().join();
}

/**
 * Whether each address answered with the same queues although they are on brokers of several addresses; undefined where the
 * group has queues of one address only. One answer with rows of another broker proves nothing: an address may have passed
 * from one broker to another.
 */
function isSameFromEach({ queues, rows }: GroupAnswers, addresses: readonly Address[]): boolean | undefined {
  const present = new Set([...rows.values()].flatMap((brokers) => [...brokers.keys()]));
  const areSeveral = addresses.filter(({ names }) => names.some((name) => present.has(name))).length > 1;
  return areSeveral ? new Set(queues.values()).size === 1 : undefined;
}

function subscriptionsOf(consumerGroup: string, rows: GroupAnswers['rows']): Map<string, Subscription> {
  return new Map(
    Array.from(rows, ([topic, brokers]) => {
      const queues = [...brokers.values()].flatMap((ofBroker) => [...ofBroker.values()]);
      return [topic, { consumerGroup, readable: true, queues }];
    }),
  );
}

function nameOf({ names, address }: Address): string {
  return `${names.join(' and ')} (${address})`;
}
