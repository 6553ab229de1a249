import type { Failure, Subscription, TopicReading } from '../../lag/readings.ts';
import type { Outcome, RoundOptions } from '../rounds.ts';
import { readByTopic, toTopicReading } from './by-topic.ts';
import { type GroupRows, readGroups } from './group-rows.ts';
import type { ConsoleMemory } from './memory.ts';
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
 * - has no row there: it broadcasts, or never finished a message, or its processes subscribe to different topics;
 * - was refused (1.0.0 refuses gRPC groups), or has rows that are no rows;
 * - has rows at some of the topic's brokers only: a broker leaves out a topic to which the last heartbeat did not subscribe;
 * - is ahead of a broker: the queues of a static topic, which move between brokers, are told so.
 * Where the reading by topic has rows of a group, they go before those by group.
 */
export async function readTopicsByGroup(
  consumers: Consumers,
  brokers: readonly BrokerAddress[],
  questions: Questions,
  memory: ConsoleMemory,
  rounds: RoundOptions,
): Promise<TopicReading[]> {
  const groups = await readGroups(groupsOn(consumers), brokers, questions, rounds);
  const allBrokers = new Set(brokers.map(({ broker }) => broker));
  const findings = findAll(consumers, groups, (topic) => memory.topicBrokers.get(topic, rounds.now) ?? allBrokers);
  const doubtful = [...consumers.keys()].filter((topic) => isDoubtful(consumers.get(topic), findings.get(topic) ?? []));
  const byTopic = new Map((await readByTopic(doubtful, questions, rounds)).map((reading) => [reading.topic, reading]));
  return Array.from(consumers, ([topic, outcome]) => {
    const known = findings.get(topic) ?? [];
    const reading = byTopic.get(topic);
    if (reading === undefined) return toTopicReading(topic, outcome, () => known.map(({ subscription }) => subscription));
    learnBrokers(reading, memory, rounds.now);
    return settle(reading, known);
  });
}

function groupsOn(consumers: Consumers): string[] {
  return [...new Set([...consumers.values()].flatMap((outcome) => (outcome?.ok ? outcome.answer : [])))];
}

/** The groups of each topic: those that are told to be on it, and those that have rows there. */
function findAll(
  consumers: Consumers,
  groups: ReadonlyMap<string, GroupRows>,
  brokersOf: (topic: string) => ReadonlySet<string>,
): Map<string, Finding[]> {
  const onTopic = new Map(Array.from(consumers, ([topic, outcome]) => [topic, new Set(outcome?.ok ? outcome.answer : [])]));
  for (const [group, rows] of groups) if (rows.outcome === 'read') for (const topic of rows.byTopic.keys()) onTopic.get(topic)?.add(group);
  return new Map(
    Array.from(onTopic, ([topic, names]) => [topic, [...names].map((name) => find(topic, name, groups.get(name), brokersOf(topic)))]),
  );
}

function find(topic: string, consumerGroup: string, rows: GroupRows | undefined, brokers: ReadonlySet<string>): Finding {
  const unreadable = (failure: Failure): Subscription => ({ consumerGroup, readable: false, failure });
  if (rows === undefined) return { subscription: unreadable(NO_ROWS), doubtful: true };
  // A broker that is away is away for the other way as well, and a console may then tell half of a group without a word.
  if (rows.outcome === 'failed') return { subscription: unreadable(rows.failure), doubtful: rows.refused };
  const subscription = rows.byTopic.get(topic) ?? unreadable(NO_ROWS);
  return { subscription, doubtful: !subscription.readable || !isWhole(subscription, brokers) };
}

/** Whether the group has rows at all of the topic's brokers, and is ahead of none. */
function isWhole({ queues }: Extract<Subscription, { readable: true }>, brokers: ReadonlySet<string>): boolean {
  const present = new Set(queues.map(({ broker }) => broker));
  return [...brokers].every((broker) => present.has(broker)) && queues.every((queue) => queue.consumerOffset <= queue.brokerOffset);
}

function isDoubtful(outcome: Outcome<string[]> | undefined, findings: readonly Finding[]): boolean {
  return outcome?.ok === false ? outcome.verdict === 'final' && outcome.reached : findings.some(({ doubtful }) => doubtful);
}

/** Which brokers a topic is on: only its route tells, and of the two ways only the second reads that. */
function learnBrokers(reading: TopicReading, { topicBrokers }: ConsoleMemory, now: number): void {
  if (reading.outcome !== 'read') return;
  const queues = reading.subscriptions.flatMap((subscription) => (subscription.readable ? subscription.queues : []));
  if (queues.length > 0) topicBrokers.set(reading.topic, new Set(queues.map(({ broker }) => broker)), now);
}

/** Both ways together. Where the second failed, what was doubtful is unreadable, and the topic's other groups stand. */
function settle(reading: TopicReading, findings: readonly Finding[]): TopicReading {
  const { topic } = reading;
  if (reading.outcome !== 'read') {
    if (findings.length === 0) return reading;
    const failure = reading.outcome === 'failed' ? reading.failure : { kind: 'deadline', message: 'not reached before the deadline' };
    const subscriptions = findings.map(({ subscription, doubtful }): Subscription => {
      const { consumerGroup } = subscription;
      return doubtful && subscription.readable ? { consumerGroup, readable: false, failure } : subscription;
    });
    return { topic, outcome: 'read', subscriptions };
  }
  const subscriptions = new Map(findings.map(({ subscription }) => [subscription.consumerGroup, subscription]));
  for (const subscription of reading.subscriptions) {
    const { consumerGroup, readable } = subscription;
    if (readable || !subscriptions.has(consumerGroup)) subscriptions.set(consumerGroup, subscription);
  }
  return { topic, outcome: 'read', subscriptions: [...subscriptions.values()] };
}
