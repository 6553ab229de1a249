import type { Subscription, TopicReading } from '../../lag/readings.ts';
import { isPhantom } from '../../lag/rules.ts';
import type { Outcome, RetryOptions } from '../rounds.ts';
import { readByTopic, toTopicReading } from './by-topic.ts';
import { type GroupRows, readGroups } from './group-rows.ts';
import { type ConsoleMemory, READ_BY_GROUP } from './memory.ts';
import type { Questions } from './questions.ts';
import type { BrokerAddress } from './wire-cluster.ts';
import { NO_ROWS } from './wire-rows.ts';

/** A group on a topic as the first way has it, and whether the second has to be asked. */
interface Finding {
  readonly subscription: Subscription;
  readonly doubtful: boolean;
}

/** Who is on each topic: the outcome of the question by topic. */
export type Consumers = ReadonlyMap<string, Outcome<string[]> | undefined>;

/**
 * The first way: who is on each topic, then each group once at each broker. Asked by topic instead, a console goes through
 * every broker, connection and client of every group again for each of its topics.
 *
 * It cannot tell everything. A topic is read by topic as well where a group that is on it
 * - has no row there: it broadcasts, or never finished a message, or its processes subscribe to different topics (a phantom
 *   is known by that alone);
 * - was refused (1.0.0 refuses gRPC groups), or has rows that are no rows;
 * - has rows at some of the topic's brokers only: a broker leaves out a topic to which the last heartbeat did not subscribe;
 * - is ahead of a broker: the queues of a static topic, which move between brokers, are told so.
 * Where the reading by topic has rows of a group, they go before those by group.
 */
export async function readTopicsByGroup(
  { consumers, listed, brokers }: { consumers: Consumers; listed: ReadonlySet<string>; brokers: readonly BrokerAddress[] },
  questions: Questions,
  memory: ConsoleMemory,
  rounds: RetryOptions,
): Promise<TopicReading[]> {
  const groups = await readGroups(groupsOn(consumers), brokers, questions, rounds);
  if (areAllRefused(groups)) memory.unsupported.set(READ_BY_GROUP, true, rounds.now);
  const allBrokers = new Set(brokers.map(({ broker }) => broker));
  const findings = findAll(consumers, groups, listed, (topic) => recallBrokers(topic, allBrokers, memory, rounds.now));
  const doubtful = [...consumers.keys()].filter((topic) => isDoubtful(consumers.get(topic), findings.get(topic) ?? []));
  const byTopic = new Map((await readByTopic(doubtful, questions, rounds)).map((reading) => [reading.topic, reading]));
  return Array.from(consumers, ([topic, outcome]) => {
    const known = findings.get(topic) ?? [];
    const reading = byTopic.get(topic);
    if (reading === undefined) return toTopicReading(topic, outcome, () => known.map(({ subscription }) => subscription));
    learnBrokers(reading, allBrokers, memory, rounds.now);
    return settle(reading, known, outcome?.ok === true);
  });
}

function groupsOn(consumers: Consumers): string[] {
  return [...new Set([...consumers.values()].flatMap((outcome) => (outcome?.ok ? outcome.answer : [])))];
}

/** A console that refuses every group lacks the way, and need not be asked for each again with the next tick. */
function areAllRefused(groups: ReadonlyMap<string, GroupRows>): boolean {
  return groups.size > 1 && [...groups.values()].every((rows) => rows.outcome === 'failed' && rows.refused);
}

/** The groups of each topic: those that are told to be on it, and those that have rows there. */
function findAll(
  consumers: Consumers,
  groups: ReadonlyMap<string, GroupRows>,
  listed: ReadonlySet<string>,
  knownBrokersOf: (topic: string) => ReadonlySet<string>,
): Map<string, Finding[]> {
  const onTopic = new Map(Array.from(consumers, ([topic, outcome]) => [topic, new Set(outcome?.ok ? outcome.answer : [])]));
  for (const [group, rows] of groups) if (rows.outcome === 'read') for (const topic of rows.byTopic.keys()) onTopic.get(topic)?.add(group);
  return new Map(
    Array.from(onTopic, ([topic, names]) => {
      const subscriptions = Array.from(names, (name) => subscriptionTo(topic, name, groups.get(name)));
      // The topic may have got queues on another broker since its brokers were learnt.
      const brokers = new Set([...knownBrokersOf(topic), ...subscriptions.flatMap(brokersIn)]);
      const isDoubted = (subscription: Subscription) => {
        if (subscription.readable) return !isWhole(subscription, brokers);
        const rows = groups.get(subscription.consumerGroup);
        // A broker that is away is away for the other way as well, and a console may then tell half of a group without a word.
        if (rows?.outcome === 'failed') return rows.refused;
        // Of a phantom the other way knows no more.
        return !isPhantom(topic, subscription, listed);
      };
      return [topic, subscriptions.map((subscription) => ({ subscription, doubtful: isDoubted(subscription) }))];
    }),
  );
}

function subscriptionTo(topic: string, consumerGroup: string, rows: GroupRows | undefined): Subscription {
  if (rows?.outcome === 'failed') return { consumerGroup, readable: false, failure: rows.failure };
  return rows?.byTopic.get(topic) ?? { consumerGroup, readable: false, failure: NO_ROWS };
}

/** The broker of each queue. */
function brokersIn(subscription: Subscription | undefined): string[] {
  return subscription?.readable ? subscription.queues.map(({ broker }) => broker) : [];
}

/** Whether the group has rows at all of the topic's brokers, and is ahead of none. */
function isWhole(subscription: Extract<Subscription, { readable: true }>, brokers: ReadonlySet<string>): boolean {
  const present = new Set(brokersIn(subscription));
  return (
    [...brokers].every((broker) => present.has(broker)) && subscription.queues.every((queue) => queue.consumerOffset <= queue.brokerOffset)
  );
}

function isDoubtful(outcome: Outcome<string[]> | undefined, findings: readonly Finding[]): boolean {
  return outcome?.ok === false ? outcome.failureClass === 'final' && outcome.reached : findings.some(({ doubtful }) => doubtful);
}

/** Which brokers a topic is on: only its route tells, and of the two ways only the second reads that. */
function learnBrokers(reading: TopicReading, listed: ReadonlySet<string>, { topicBrokers }: ConsoleMemory, now: number): void {
  if (reading.outcome !== 'read') return;
  const queues = reading.subscriptions.flatMap((subscription) => (subscription.readable ? subscription.queues : []));
  if (queues.length > 0) topicBrokers.set(reading.topic, { on: new Set(queues.map(({ broker }) => broker)), listed }, now);
}

/** A broker that has come (back) since may hold queues of any topic: what was learnt without it says nothing of it. */
function recallBrokers(topic: string, listed: ReadonlySet<string>, { topicBrokers }: ConsoleMemory, now: number): ReadonlySet<string> {
  const learnt = topicBrokers.get(topic, now);
  return learnt !== undefined && [...listed].every((broker) => learnt.listed.has(broker)) ? learnt.on : listed;
}

/**
 * Both ways together. Where the second failed, what was doubtful is unreadable, and the topic's other groups stand; but
 * where nobody told who is on the topic, there may be more of them, and it was not read.
 */
function settle(reading: TopicReading, findings: readonly Finding[], isListed: boolean): TopicReading {
  const { topic } = reading;
  if (reading.outcome !== 'read') {
    if (!isListed) return reading;
    const failure = reading.outcome === 'failed' ? reading.failure : { kind: 'deadline', message: 'not reached before the deadline' };
    const subscriptions = findings.map(({ subscription, doubtful }): Subscription => {
      const { consumerGroup } = subscription;
      const isOpen = subscription.readable || subscription.failure === NO_ROWS;
      return doubtful && isOpen ? { consumerGroup, readable: false, failure } : subscription;
    });
    return { topic, outcome: 'read', subscriptions };
  }
  const subscriptions = new Map(findings.map(({ subscription }) => [subscription.consumerGroup, subscription]));
  const certain = new Set(findings.filter(({ doubtful }) => !doubtful).map(({ subscription }) => subscription.consumerGroup));
  for (const subscription of reading.subscriptions) {
    const { consumerGroup, readable } = subscription;
    const isFewer = certain.has(consumerGroup) && brokersIn(subscription).length < brokersIn(subscriptions.get(consumerGroup)).length;
    if (!isFewer && (readable || !subscriptions.has(consumerGroup))) subscriptions.set(consumerGroup, subscription);
  }
  return { topic, outcome: 'read', subscriptions: [...subscriptions.values()] };
}
