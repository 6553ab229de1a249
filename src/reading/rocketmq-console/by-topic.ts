import type { Failure, Subscription, TopicReading } from '../../lag/readings.ts';
import { askAllWithRetry, type Outcome, type RetryOptions } from '../rounds.ts';
import { type GroupRows, readGroups } from './group-rows.ts';
import type { Questions } from './questions.ts';
import type { BrokerAddress } from './wire-cluster.ts';

/** The second way: every topic with all its groups, one question a topic. */
export async function readByTopic(topics: readonly string[], questions: Questions, rounds: RetryOptions): Promise<TopicReading[]> {
  const outcomes = await askAllWithRetry(topics, (topic) => questions.subscriptions(topic), rounds);
  return topics.map((topic) => toTopicReading(topic, outcomes.get(topic), (subscriptions) => subscriptions));
}

/** What became of a question about a topic; `subscriptions` makes of its answer what is known of the topic's groups. */
export function toTopicReading<A>(
  topic: string,
  outcome: Outcome<A> | undefined,
  subscriptions: (answer: A) => readonly Subscription[],
): TopicReading {
  if (outcome?.ok) return { topic, outcome: 'read', subscriptions: subscriptions(outcome.answer) };
  if (!outcome?.reached) return { topic, outcome: 'unread' };
  const { kind, message } = outcome.failure;
  const advice = /No topic route info/i.test(message) ? ' (a topic that has no route for good belongs into IGNORED_TOPICS)' : '';
  return { topic, outcome: 'failed', failure: { kind, message: message + advice } };
}

/** All brokers, or why they are not known. */
export type KnownBrokers = readonly BrokerAddress[] | Failure;

export function isBrokerList(brokers: KnownBrokers): brokers is readonly BrokerAddress[] {
  return 'length' in brokers;
}

/**
 * Reads by group what the reading by topic left without rows. That is the rule rather than the exception for a console
 * 2.x in front of 4.x brokers, which don't have the request that it uses by topic.
 */
export async function fillInByGroup(
  topics: readonly TopicReading[],
  brokers: KnownBrokers,
  questions: Questions,
  rounds: RetryOptions,
): Promise<TopicReading[]> {
  const groups = groupsWithoutRows(topics);
  const rows = isBrokerList(brokers) ? await readGroups(groups, brokers, questions, rounds) : failForAll(groups, brokers);
  return topics.map((reading) =>
    reading.outcome === 'read'
      ? { ...reading, subscriptions: reading.subscriptions.map((subscription) => fillIn(reading.topic, subscription, rows)) }
      : reading,
  );
}

function groupsWithoutRows(topics: readonly TopicReading[]): string[] {
  const subscriptions = topics.flatMap((reading) => (reading.outcome === 'read' ? reading.subscriptions : []));
  return [...new Set(subscriptions.filter(isRowless).map(({ consumerGroup }) => consumerGroup))];
}

function isRowless(subscription: Subscription): boolean {
  return !subscription.readable && subscription.failure.kind === 'no-rows';
}

function failForAll(groups: readonly string[], { kind, message }: Failure): Map<string, GroupRows> {
  const failure = { kind, message: `the brokers to ask for it are unknown: ${message}` };
  return new Map(groups.map((group) => [group, { outcome: 'failed', refused: false, failure }]));
}

function fillIn(topic: string, subscription: Subscription, rows: ReadonlyMap<string, GroupRows>): Subscription {
  const { consumerGroup } = subscription;
  const found = rows.get(consumerGroup);
  if (!isRowless(subscription) || found === undefined) return subscription;
  const unreadable = ({ kind, message }: Failure): Subscription => ({
    consumerGroup,
    readable: false,
    failure: { kind, message: `the console lists it without a row; ${message}` },
  });
  if (found.outcome === 'failed') return unreadable(found.failure);
  return found.byTopic.get(topic) ?? unreadable({ kind: 'no-rows', message: 'and no broker has one' });
}
