import type { Failure, Subscription, TopicReading } from '../../lag/readings.ts';
import { wantsGroup } from '../reader.ts';
import { askAllWithRetry, type Outcome } from '../retry.ts';
import type { BrokerAddress } from './cluster-endpoints.ts';
import { ask, type ConsoleContext } from './context.ts';
import { ROWS_BY_TOPIC } from './topic-endpoints.ts';

/** Reads topics with all their groups, one question a topic. */
export async function readByTopic(topics: readonly string[], context: ConsoleContext): Promise<TopicReading[]> {
  const outcomes = await askAllWithRetry(topics, (topic) => ask(context, ROWS_BY_TOPIC, { topic }), context.retry);
  return topics.map((topic) =>
    toTopicReading(topic, outcomes.get(topic), (subscriptions) =>
      subscriptions.filter(({ consumerGroup }) => wantsGroup(context.scope, consumerGroup)),
    ),
  );
}

/** The reading of a topic by the outcome of a question about it. `toSubscriptions` turns an answer into the topic's groups. */
export function toTopicReading<A>(
  topic: string,
  outcome: Outcome<A> | undefined,
  toSubscriptions: (answer: A) => readonly Subscription[],
): TopicReading {
  if (outcome?.ok) return { topic, outcome: 'read', subscriptions: toSubscriptions(outcome.answer) };
  if (!outcome?.reached) return { topic, outcome: 'unread' };
  const { kind, message } = outcome.failure;
  const advice = /No topic route info/i.test(message) ? ' (a topic that has no route for good belongs into IGNORED_TOPICS)' : '';
  return { topic, outcome: 'failed', failure: { kind, message: message + advice } };
}

/** All brokers of the cluster, or why they are unknown. */
export type BrokerList = readonly BrokerAddress[] | Failure;

export function isBrokerList(brokers: BrokerList): brokers is readonly BrokerAddress[] {
  return 'length' in brokers;
}
