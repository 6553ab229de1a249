import { type Deadline, deadlineIn, earlierOf } from '../../base/deadline.ts';
import { toFailure } from '../../base/errors.ts';
import { NoAnswerError } from '../../http/client.ts';
import type { Failure } from '../../lag/readings.ts';
import type { AdaptiveLimit } from '../slots.ts';

/** What came of a question that is asked once; `unasked` where there was no time for it. */
export type Outcome<A> =
  | { readonly outcome: 'answered'; readonly answer: A }
  | { readonly outcome: 'failed'; readonly error: unknown; readonly failure: Failure }
  | { readonly outcome: 'unasked' };

export type AskWithoutRetry = <A>(question: (by: Deadline) => Promise<A>) => Promise<Outcome<A>>;

/** A console gives up on a hung client after 3 to 5 s. One that takes longer is slow itself. */
const TIMEOUT_MS = 6_000;

/**
 * Asks each question once, in the limit and within the deadline, and never throws. After as many questions as may be in flight
 * were all left open, and none was ever answered, the rest is not asked: such a console would keep the tick until its end.
 */
export function askerWithoutRetry(limit: AdaptiveLimit, concurrency: number, deadline: Deadline): AskWithoutRetry {
  let answered = false;
  let leftOpen = 0;
  return (question) =>
    limit.run(async () => {
      if (deadline.remainingMs() <= 0 || (!answered && leftOpen >= concurrency)) return { outcome: 'unasked' };
      try {
        const answer = await question(earlierOf(deadline, deadlineIn(TIMEOUT_MS)));
        answered = true;
        return { outcome: 'answered', answer };
      } catch (error) {
        const isOpen = error instanceof NoAnswerError && (error.reason === 'deadline' || error.reason === 'timeout');
        if (!isOpen) answered = true;
        else if (deadline.remainingMs() <= 0) return { outcome: 'unasked' };
        else leftOpen += 1;
        return { outcome: 'failed', error, failure: toFailure(error) };
      }
    });
}
