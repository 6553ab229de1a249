import type { Subscription, TopicReading } from '../../lag/readings.ts';
import { wantsGroup } from '../reader.ts';
import { type AdaptiveLimit, askAllWithRetry, type Outcome } from '../retry.ts';
import { ask, type ConsoleContext } from './context.ts';
import { ROWS_BY_TOPIC } from './topic-endpoints.ts';

/**
 * Reads topics with all their groups, one question a topic. `groupsOn` are the groups that are known to be on a topic: the
 * console asks all their clients each time, so two topics that share a group are never asked at the same moment.
 */
export async function readByTopic(
  topics: readonly string[],
  context: ConsoleContext,
  groupsOn: (topic: string) => readonly string[] = () => [],
): Promise<TopicReading[]> {
  const { limit } = context.retry;
  const exclusively = startExclusion();
  const perTopic: AdaptiveLimit = { ...limit, run: (task) => task() };
  let fatal: { readonly error: unknown } | undefined;
  async function askTopic(topic: string): Promise<Subscription[]> {
    if (fatal) throw fatal.error;
    try {
      return await ask(context, ROWS_BY_TOPIC, { topic });
    } catch (error) {
      if (context.retry.classify(error) === 'fatal') fatal = { error };
      throw error;
    }
  }
  const outcomes = await askAllWithRetry(topics, (topic) => exclusively(groupsOn(topic), () => limit.run(() => askTopic(topic))), {
    ...context.retry,
    limit: perTopic,
  });
  return topics.map((topic) =>
    toTopicReading(topic, outcomes.get(topic), (subscriptions) =>
      subscriptions.filter(({ consumerGroup }) => wantsGroup(context.scope, consumerGroup)),
    ),
  );
}

/** Runs tasks side by side, but never two at the same time that share a name. */
export function startExclusion(): <A>(names: readonly string[], task: () => Promise<A>) => Promise<A> {
  const last = new Map<string, Promise<unknown>>();
  return (names, task) => {
    const before = Promise.allSettled(names.map((name) => last.get(name)));
    const running = before.then(task);
    for (const name of names) last.set(name, running);
    return running;
  };
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
