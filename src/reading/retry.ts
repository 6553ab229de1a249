import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { Deadline } from '../base/deadline.ts';
import { toFailure } from '../base/errors.ts';
import { NoAnswerError } from '../http/client.ts';
import type { Failure } from '../lag/readings.ts';
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
export type FailureClass = 'fatal' | 'final' | 'passing' | 'slow' | 'busy' | 'away' | 'unavailable';

export type Outcome<A> =
  | { readonly ok: true; readonly answer: A }
  | { readonly ok: false; readonly reached: boolean; readonly failure: Failure; readonly failureClass: FailureClass };

export interface RetryOptions {
  /** Shared by everything that a tick asks: it bounds the requests in flight. */
  readonly limit: AdaptiveLimit;
  readonly deadline: Deadline;
  /** Epoch ms; turns the order of the items from tick to tick. */
  readonly now: number;
  readonly classify: (error: unknown) => FailureClass;
  readonly progress?: Progress | undefined;
}

/** Told of every item that will be asked about, and of every answer. */
export interface Progress {
  expect(items: number): void;
  answered(): void;
}

/** Counts what is asked and answered for whoever shows it to a person. */
export function startProgress(onProgress: ((answered: number, of: number) => void) | undefined): Progress {
  let expected = 0;
  let answered = 0;
  return {
    expect(items) {
      expected += items;
    },
    answered() {
      answered += 1;
      onProgress?.(answered, expected);
    },
  };
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
export async function askAllWithRetry<T, A>(
  items: readonly T[],
  ask: (item: T) => Promise<A>,
  options: RetryOptions,
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
    const failureClasses = await askEach(batch, ask, outcomes, options);
    const isMost = open.length - batch.length + failureClasses.size >= items.length / 2;
    isAway = failureClasses.size > 0 && [...failureClasses.values()].every((failureClass) => isOfAway(failureClass, isMost));
    const again = batch.filter((item) => isWorthARetry(failureClasses.get(item), isAway, item, tries));
    open = [...again, ...open.slice(batch.length)];
    if (isAway) patience ??= options.deadline.earlierBy(options.deadline.remainingMs() * LATER_SHARE);
    if (again.length > 0 && !(await backOff(round, isAway && patience ? patience : options.deadline))) break;
  }
  return outcomes;
}

/** Asks about each item; the failureClasses of those that failed. */
async function askEach<T, A>(
  items: readonly T[],
  ask: (item: T) => Promise<A>,
  outcomes: Map<T, Outcome<A>>,
  { limit, classify, progress }: RetryOptions,
): Promise<Map<T, FailureClass>> {
  const failureClasses = new Map<T, FailureClass>();
  let fatal: { readonly error: unknown } | undefined;
  async function askOne(item: T): Promise<void> {
    if (fatal) return;
    try {
      outcomes.set(item, { ok: true, answer: await ask(item) });
      limit.recover();
      progress?.answered();
    } catch (error) {
      const failureClass = classify(error);
      failureClasses.set(item, failureClass);
      if (failureClass === 'fatal') fatal = { error };
      if (failureClass === 'slow' || failureClass === 'busy') limit.slowDown();
      // Running out of time says less than what went wrong before.
      if (!outcomes.has(item) || !isDeadline(error)) outcomes.set(item, failed(error, failureClass));
    }
  }
  await Promise.all(items.map((item) => limit.run(() => askOne(item))));
  if (fatal) throw fatal.error;
  return failureClasses;
}

function failed<A>(error: unknown, failureClass: FailureClass): Outcome<A> {
  return { ok: false, reached: !isDeadline(error), failure: toFailure(error), failureClass };
}

function isOfAway(failureClass: FailureClass, isMost: boolean): boolean {
  return failureClass === 'away' || (failureClass === 'unavailable' && isMost);
}

function isWorthARetry<T>(failureClass: FailureClass | undefined, isAway: boolean, item: T, tries: Map<T, number>): boolean {
  if (failureClass === undefined || failureClass === 'final' || failureClass === 'fatal') return false;
  if (failureClass === 'busy' || failureClass === 'away' || isAway) return true;
  const tried = (tries.get(item) ?? 0) + 1;
  tries.set(item, tried);
  return tried < MAX_TRIES;
}

/** The same for one question; its failure is thrown. */
export async function askWithRetry<A>(ask: () => Promise<A>, options: RetryOptions): Promise<A> {
  let last: unknown;
  const outcomes = await askAllWithRetry(
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
export async function askWithoutRetry<A>(ask: () => Promise<A>, { limit, classify }: RetryOptions): Promise<Outcome<A>> {
  try {
    return { ok: true, answer: await limit.run(ask) };
  } catch (error) {
    const failureClass = classify(error);
    if (failureClass === 'fatal') throw error;
    return failed(error, failureClass);
  }
}

/** What all of these give. Where one fails, that is thrown once the others have ended as well: nothing is left pending. */
export async function allOrFirstError<T extends readonly unknown[]>(...tasks: { [K in keyof T]: Promise<T[K]> }): Promise<T> {
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

/** Bounds the requests in flight, and lowers the bound while the server is under strain. */
export interface AdaptiveLimit {
  run<A>(task: () => Promise<A>): Promise<A>;
  /** An answer timed out, or the server is out of clients of its own. */
  slowDown(): void;
  /** An answer was well. */
  recover(): void;
}

/** Beside so many requests a person's page on the same console still answers at once while its brokers do not. */
const STRAINED_CONCURRENCY = 4;
/** Good answers in a row after which the strain is taken to be over. */
const WELL_AFTER = 8;

export function startAdaptiveLimit(concurrency: number): AdaptiveLimit {
  const limit = pLimit(concurrency);
  let wellInARow = 0;
  return {
    run: (task) => limit(task),
    slowDown() {
      wellInARow = 0;
      limit.concurrency = Math.min(STRAINED_CONCURRENCY, concurrency);
    },
    recover() {
      wellInARow += 1;
      if (wellInARow >= WELL_AFTER && limit.concurrency < concurrency) limit.concurrency = concurrency;
    },
  };
}
