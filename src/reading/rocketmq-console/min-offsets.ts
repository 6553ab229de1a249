import type { MinOffsets } from '../../lag/readings.ts';
import { type Suspicious, topicsSuspectedOfLoss } from '../../lag/retention.ts';
import { askInRounds, type RoundOptions } from '../rounds.ts';
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
  { judge, ...rounds }: RoundOptions,
): Promise<Map<string, MinOffsets>> {
  const topics = rotate(topicsSuspectedOfLoss(readings), rounds.now).slice(0, MAX_QUESTIONS);
  const outcomes = await askInRounds(topics, (topic) => questions.minOffsets(topic), {
    ...rounds,
    judge: (error) => (judge(error) === 'fatal' ? 'fatal' : 'final'),
  });
  return new Map([...outcomes].flatMap(([topic, outcome]) => (outcome.ok ? [[topic, outcome.answer] as const] : [])));
}
