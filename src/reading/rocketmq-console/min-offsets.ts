import type { MinOffsets } from '../../lag/readings.ts';
import { type Suspicious, topicsSuspectedOfLoss } from '../../lag/retention.ts';
import { askInRounds, type RoundOptions } from '../rounds.ts';
import { rotate } from '../topics.ts';
import type { Questions } from './questions.ts';

/** Most topics to ask about in one tick; it is not the same ones each time. */
const MAX_QUESTIONS = 50;

/**
 * Where the stored messages of each topic begin that is suspected of having lost some, by topic. Each is asked once: what
 * fails is absent, which is no failure of the tick.
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
