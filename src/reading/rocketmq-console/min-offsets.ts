import type { MinOffsets } from '../../lag/readings.ts';
import { type Suspicious, topicsThatMayHaveLostMessages } from '../../lag/retention.ts';
import { askAllWithRetry, type RetryOptions } from '../rounds.ts';
import { rotate } from '../topics.ts';
import type { Questions } from './questions.ts';

/** The maximum number of topics to ask about in one tick. The selection rotates. */
const MAX_QUESTIONS = 50;

/**
 * Asks for the first stored offsets of topics on which a group may have lost messages, by topic. There are no retries: a
 * topic whose request fails is absent, and the tick counts as complete all the same.
 */
export async function askMinOffsets(
  readings: Suspicious,
  questions: Questions,
  { classify, ...rounds }: RetryOptions,
): Promise<Map<string, MinOffsets>> {
  const topics = rotate(topicsThatMayHaveLostMessages(readings), rounds.now).slice(0, MAX_QUESTIONS);
  const outcomes = await askAllWithRetry(topics, (topic) => questions.minOffsets(topic), {
    ...rounds,
    classify: (error) => (classify(error) === 'fatal' ? 'fatal' : 'final'),
  });
  return new Map([...outcomes].flatMap(([topic, outcome]) => (outcome.ok ? [[topic, outcome.answer] as const] : [])));
}
