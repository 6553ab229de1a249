import { setTimeout as sleep } from 'node:timers/promises';
import type { LimitFunction } from 'p-limit';
import type { Deadline } from '../base/deadline.ts';
import { toFailure } from '../base/errors.ts';
import { NoAnswerError } from '../http/client.ts';
import type { Failure } from '../lag/readings.ts';
import { LoginError } from './rocketmq-console/session.ts';
import { StatusError } from './rocketmq-console/status.ts';
import { RefusedError } from './rocketmq-console/wire.ts';

const MAX_ROUNDS = 3;
const FIRST_BACKOFF_MS = 400;

export type Outcome<A> =
  | { readonly ok: true; readonly answer: A }
  | { readonly ok: false; readonly reached: boolean; readonly failure: Failure };

export interface RoundOptions {
  /** Shared by everything that a tick asks: it bounds the requests in flight. */
  limit: LimitFunction;
  deadline: Deadline;
  onAnswer?: (() => void) | undefined;
}

/**
 * Asks about every item once; then, in a later round, again about those whose failure may pass. What hangs is tried
 * again only after everything else was read, so twenty hanging topics do not keep five hundred others waiting.
 *
 * Every item has an outcome. Throws only what ends the tick: a login that is refused.
 */
export async function askInRounds<T, A>(
  items: readonly T[],
  ask: (item: T) => Promise<A>,
  { limit, deadline, onAnswer }: RoundOptions,
): Promise<Map<T, Outcome<A>>> {
  const outcomes = new Map<T, Outcome<A>>();
  let open = items;
  let fatal: LoginError | undefined;
  for (let round = 1; open.length > 0; round += 1) {
    const again: T[] = [];
    await Promise.all(
      open.map((item) =>
        limit(async () => {
          if (fatal) return;
          try {
            outcomes.set(item, { ok: true, answer: await ask(item) });
            onAnswer?.();
          } catch (error) {
            if (error instanceof LoginError) fatal = error;
            const earlier = outcomes.get(item);
            // Running out of time says less than what went wrong before.
            if (earlier === undefined || !isDeadline(error))
              outcomes.set(item, { ok: false, reached: !isDeadline(error), failure: toFailure(error) });
            if (mayPass(error)) again.push(item);
          }
        }),
      ),
    );
    if (fatal) throw fatal;
    if (round === MAX_ROUNDS) break;
    open = again;
    if (open.length > 0 && !(await backOff(round, deadline))) break;
  }
  return outcomes;
}

/** The same for one question; its failure is thrown. */
export async function askOnce<A>(ask: () => Promise<A>, options: RoundOptions): Promise<A> {
  let last: unknown;
  const outcomes = await askInRounds(
    [undefined],
    () =>
      ask().catch((error: unknown) => {
        if (!(isDeadline(error) && last)) last = error;
        throw error;
      }),
    options,
  );
  const outcome = outcomes.get(undefined);
  if (outcome?.ok) return outcome.answer;
  throw last;
}

/** Waits a random while, longer each round; false when there is no time for it. */
async function backOff(round: number, deadline: Deadline): Promise<boolean> {
  const waitMs = FIRST_BACKOFF_MS * 2 ** (round - 1) * (0.5 + Math.random());
  if (deadline.remainingMs() <= waitMs) return false;
  await sleep(waitMs);
  return true;
}

function isDeadline(error: unknown): boolean {
  return error instanceof NoAnswerError && error.reason === 'deadline';
}

/** Connection errors, timeouts and 5xx may pass; so may the console's own towards a broker. A missing route does not. */
function mayPass(error: unknown): boolean {
  if (error instanceof NoAnswerError) return error.reason === 'connection' || error.reason === 'timeout';
  if (error instanceof StatusError) return error.status >= 500;
  return error instanceof RefusedError && error.kind === 'broker-unreachable';
}
