import { setTimeout as sleep } from 'node:timers/promises';
import type { Deadline } from '../base/deadline.ts';
import { toFailure } from '../base/errors.ts';
import { NoAnswerError } from '../http/client.ts';
import type { Failure } from '../lag/readings.ts';
import type { Slots } from './slots.ts';
import { rotate } from './topics.ts';

/**
 * What a failure means for whoever asks:
 * - `fatal`: nobody gets an answer, a refused login for instance; the tick ends;
 * - `final`: asking again gives the same;
 * - `passing`: a few retries are worth it;
 * - `slow`: the same, and fewer requests in flight;
 * - `busy`: fewer requests in flight, and retries while time allows;
 * - `away`: the whole server is gone, restarting for instance: retries while time allows, one request at a time;
 * - `unavailable`: something in front of it says so: the same where half of all items or more fail like that, else `passing`.
 */
export type Verdict = 'fatal' | 'final' | 'passing' | 'slow' | 'busy' | 'away' | 'unavailable';

export type Outcome<A> =
  | { readonly ok: true; readonly answer: A }
  | { readonly ok: false; readonly reached: boolean; readonly failure: Failure; readonly verdict: Verdict };

export interface RoundOptions {
  /** Shared by everything that a tick asks: it bounds the requests in flight. */
  readonly slots: Slots;
  readonly deadline: Deadline;
  /** Epoch ms; turns the order of the items from tick to tick. */
  readonly now: number;
  readonly judge: (error: unknown) => Verdict;
  readonly progress?: Progress | undefined;
}

/** Told of every item that will be asked about, and of every answer. */
export interface Progress {
  expect(items: number): void;
  answered(): void;
}

/** How often an item is tried whose failure may pass; those that wait for a server to come back are not counted. */
const MAX_TRIES = 3;

/**
 * Asks about every item once; then, in later rounds with growing waits, retries those whose failure may pass. What hangs
 * is retried only after everything else was read, so twenty hanging topics do not keep five hundred others waiting. The
 * order is another one each minute: what the deadline cuts off is not the same every time.
 *
 * Every item has an outcome. Throws only what is fatal.
 */
export async function askInRounds<T, A>(
  items: readonly T[],
  ask: (item: T) => Promise<A>,
  options: RoundOptions,
): Promise<Map<T, Outcome<A>>> {
  const outcomes = new Map<T, Outcome<A>>();
  const tries = new Map<T, number>();
  options.progress?.expect(items.length);
  let open: readonly T[] = rotate(items, options.now);
  let isAway = false;
  let patience: Deadline | undefined;
  for (let round = 1; open.length > 0; round += 1) {
    // One request is enough to learn that the server is still away.
    const batch: readonly T[] = isAway ? open.slice(0, 1) : open;
    const verdicts = await askEach(batch, ask, outcomes, options);
    const isMost = open.length - batch.length + verdicts.size >= items.length / 2;
    isAway = verdicts.size > 0 && [...verdicts.values()].every((verdict) => isOfAway(verdict, isMost));
    const again = batch.filter((item) => isWorthARetry(verdicts.get(item), isAway, item, tries));
    open = [...again, ...open.slice(batch.length)];
    if (isAway) patience ??= options.deadline.keeping(options.deadline.remainingMs() * LATER_SHARE);
    if (again.length > 0 && !(await backOff(round, isAway && patience ? patience : options.deadline))) break;
  }
  return outcomes;
}

/** Asks about each item; the verdicts of those that failed. */
async function askEach<T, A>(
  items: readonly T[],
  ask: (item: T) => Promise<A>,
  outcomes: Map<T, Outcome<A>>,
  { slots, judge, progress }: RoundOptions,
): Promise<Map<T, Verdict>> {
  const verdicts = new Map<T, Verdict>();
  let fatal: { readonly error: unknown } | undefined;
  async function askOne(item: T): Promise<void> {
    if (fatal) return;
    try {
      outcomes.set(item, { ok: true, answer: await ask(item) });
      slots.ease();
      progress?.answered();
    } catch (error) {
      const verdict = judge(error);
      verdicts.set(item, verdict);
      if (verdict === 'fatal') fatal = { error };
      if (verdict === 'slow' || verdict === 'busy') slots.strain();
      // Running out of time says less than what went wrong before.
      if (!outcomes.has(item) || !isDeadline(error)) outcomes.set(item, failed(error, verdict));
    }
  }
  await Promise.all(items.map((item) => slots.run(() => askOne(item))));
  if (fatal) throw fatal.error;
  return verdicts;
}

function failed<A>(error: unknown, verdict: Verdict): Outcome<A> {
  return { ok: false, reached: !isDeadline(error), failure: toFailure(error), verdict };
}

function isOfAway(verdict: Verdict, isMost: boolean): boolean {
  return verdict === 'away' || (verdict === 'unavailable' && isMost);
}

function isWorthARetry<T>(verdict: Verdict | undefined, isAway: boolean, item: T, tries: Map<T, number>): boolean {
  if (verdict === undefined || verdict === 'final' || verdict === 'fatal') return false;
  if (verdict === 'busy' || verdict === 'away' || isAway) return true;
  const tried = (tries.get(item) ?? 0) + 1;
  tries.set(item, tried);
  return tried < MAX_TRIES;
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

/** One question without a retry; throws only what is fatal. */
export async function tryOnce<A>(ask: () => Promise<A>, { slots, judge }: RoundOptions): Promise<Outcome<A>> {
  try {
    return { ok: true, answer: await slots.run(ask) };
  } catch (error) {
    const verdict = judge(error);
    if (verdict === 'fatal') throw error;
    return failed(error, verdict);
  }
}

/** What all of these give. Where one fails, that is thrown once the others have ended as well: nothing is left pending. */
export async function together<T extends readonly unknown[]>(...tasks: { [K in keyof T]: Promise<T[K]> }): Promise<T> {
  await Promise.allSettled(tasks);
  return (await Promise.all(tasks)) as unknown as T;
}

/** Of the time that is left when a server is found to be away: kept for what is asked after it is given up. */
const LATER_SHARE = 0.25;
const FIRST_BACKOFF_MS = 400;
const MAX_BACKOFF_MS = 5_000;

/** Waits a random while, longer each round up to some seconds; false when there is no time for it. */
async function backOff(round: number, deadline: Deadline): Promise<boolean> {
  const waitMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (round - 1)) * (0.5 + Math.random());
  if (deadline.remainingMs() <= waitMs) return false;
  await sleep(waitMs);
  return true;
}

function isDeadline(error: unknown): boolean {
  return error instanceof NoAnswerError && error.reason === 'deadline';
}
