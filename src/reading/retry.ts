import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { Deadline } from '../base/deadline.ts';
import { LagPusherError, toFailure } from '../base/errors.ts';
import { NoAnswerError } from '../http/client.ts';
import type { Failure } from '../lag/readings.ts';
import { rotate } from './topics.ts';

/**
 * What a failure means for the requests that follow:
 * - `fatal`: no request can succeed, for instance after a refused login; the tick ends;
 * - `final`: a retry would fail in the same way;
 * - `passing`: up to two retries;
 * - `slow`: up to two retries, and fewer requests in flight;
 * - `busy`: retries while time allows, and fewer requests in flight;
 * - `away`: the server is not there, for instance while it restarts: retries while time allows, one request at a time;
 * - `unavailable`: a proxy says that the server is not there: `away` if at least half of all items fail so, else `passing`.
 */
export type FailureClass = 'fatal' | 'final' | 'passing' | 'slow' | 'busy' | 'away' | 'unavailable';

export type Outcome<A> =
  | { readonly ok: true; readonly answer: A }
  | { readonly ok: false; readonly reached: boolean; readonly failure: Failure; readonly failureClass: FailureClass };

export interface RetryOptions {
  /** Bounds the requests in flight. All questions of a tick share it. */
  readonly limit: AdaptiveLimit;
  readonly deadline: Deadline;
  /** Epoch ms. It decides where the rotation of the items starts. */
  readonly now: number;
  readonly classify: (error: unknown) => FailureClass;
  readonly progress?: Progress | undefined;
}

/** Counts the items to ask about, and the answers. */
export interface Progress {
  expect(items: number): void;
  answered(): void;
}

/** Counts, and reports each answer to `onProgress`. */
export function startProgress(onProgress: ((answered: number, total: number) => void) | undefined): Progress {
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

/** The most tries for an item whose failure may pass. Waiting for a server to come back is not counted. */
const MAX_TRIES = 3;

/**
 * Asks about every item once. Then retries the items whose failure may pass, in rounds, with a longer wait before each.
 * An item that hangs is retried only after all others, so twenty hanging topics do not delay five hundred others. The order
 * rotates each minute, so that the deadline does not always cut off the same items.
 *
 * Every item has an outcome. Only a fatal failure is thrown.
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
  let waitUntil: Deadline | undefined;
  for (let round = 1; open.length > 0; round += 1) {
    // One request is enough to learn that the server is still away.
    const batch: readonly T[] = isAway ? open.slice(0, 1) : open;
    const failureClasses = await askEach(batch, ask, outcomes, options);
    const isMost = open.length - batch.length + failureClasses.size >= items.length / 2;
    isAway = failureClasses.size > 0 && [...failureClasses.values()].every((failureClass) => isAwayFailure(failureClass, isMost));
    const again = batch.filter((item) => isWorthARetry(failureClasses.get(item), isAway, item, tries));
    open = [...again, ...open.slice(batch.length)];
    if (isAway) waitUntil ??= options.deadline.earlierBy(options.deadline.remainingMs() * LATER_SHARE);
    if (again.length > 0 && !(await backOff(round, isAway && waitUntil ? waitUntil : options.deadline))) break;
  }
  return outcomes;
}

/** Asks about each item, and returns the classes of the failures. */
async function askEach<T, A>(
  items: readonly T[],
  ask: (item: T) => Promise<A>,
  outcomes: Map<T, Outcome<A>>,
  { limit, deadline, classify, progress }: RetryOptions,
): Promise<Map<T, FailureClass>> {
  const failureClasses = new Map<T, FailureClass>();
  let fatal: { readonly error: unknown } | undefined;
  async function askAbout(item: T): Promise<void> {
    if (fatal) return;
    try {
      outcomes.set(item, { ok: true, answer: await ask(item) });
      limit.recover();
      progress?.answered();
    } catch (error) {
      const failureClass = isAskedToWaitBeyond(deadline, error) ? 'final' : classify(error);
      failureClasses.set(item, failureClass);
      if (failureClass === 'fatal') fatal = { error };
      else if (failureClass !== 'final') limit.pause(retryAfterMs(error));
      if (failureClass === 'slow' || failureClass === 'busy') limit.slowDown();
      // A passed deadline says less than an earlier failure.
      if (!outcomes.has(item) || !isDeadline(error)) outcomes.set(item, failed(error, failureClass));
    }
  }
  await Promise.all(items.map((item) => limit.run(() => askAbout(item))));
  if (fatal) throw fatal.error;
  return failureClasses;
}

function failed<A>(error: unknown, failureClass: FailureClass): Outcome<A> {
  return { ok: false, reached: !isDeadline(error), failure: toFailure(error), failureClass };
}

function isAwayFailure(failureClass: FailureClass, isMost: boolean): boolean {
  return failureClass === 'away' || (failureClass === 'unavailable' && isMost);
}

function isWorthARetry<T>(failureClass: FailureClass | undefined, isAway: boolean, item: T, tries: Map<T, number>): boolean {
  if (failureClass === undefined || failureClass === 'final' || failureClass === 'fatal') return false;
  if (failureClass === 'busy' || failureClass === 'away' || isAway) return true;
  const tried = (tries.get(item) ?? 0) + 1;
  tries.set(item, tried);
  return tried < MAX_TRIES;
}

/** Asks one question with retries. Throws its failure. */
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

/** Asks one question once. Only a fatal failure is thrown. */
export async function askWithoutRetry<A>(ask: () => Promise<A>, { limit, classify }: RetryOptions): Promise<Outcome<A>> {
  try {
    return { ok: true, answer: await limit.run(ask) };
  } catch (error) {
    const failureClass = classify(error);
    if (failureClass === 'fatal') throw error;
    return failed(error, failureClass);
  }
}

/** The results of all tasks. If one fails, its error is thrown after all tasks have ended, so nothing is left pending. */
export async function allOrFirstError<T extends readonly unknown[]>(...tasks: { [K in keyof T]: Promise<T[K]> }): Promise<T> {
  await Promise.allSettled(tasks);
  return (await Promise.all(tasks)) as unknown as T;
}

/** When a server is away, this share of the time that is left is kept for the questions that follow. */
const LATER_SHARE = 0.25;
const FIRST_BACKOFF_MS = 400;
const MAX_BACKOFF_MS = 5_000;

/** Waits a random time, longer each round, up to some seconds. Returns false, without waiting, if there is no time for it. */
async function backOff(round: number, deadline: Deadline): Promise<boolean> {
  const waitMs = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (round - 1)) * (0.5 + Math.random());
  if (deadline.remainingMs() <= waitMs) return false;
  await sleep(waitMs);
  return true;
}

/** How long the server asks to wait before the next request; 0 if it does not say. */
function retryAfterMs(error: unknown): number {
  return error instanceof LagPusherError ? (error.retryAfterMs ?? 0) : 0;
}

function isAskedToWaitBeyond(deadline: Deadline, error: unknown): boolean {
  const ms = retryAfterMs(error);
  return ms > 0 && ms >= deadline.remainingMs();
}

function isDeadline(error: unknown): boolean {
  return error instanceof NoAnswerError && error.reason === 'deadline';
}

/** Bounds the requests in flight, and lowers the bound while the server struggles. */
export interface AdaptiveLimit {
  run<A>(task: () => Promise<A>): Promise<A>;
  /** Call it when an answer timed out, or the server says that it is busy. */
  slowDown(): void;
  /** Starts no request for so long: the server said how long to wait. */
  pause(ms: number): void;
  /** Call it when an answer was good. */
  recover(): void;
}

/** With so many requests in flight, pages of the same console still load at once while its brokers hang. */
const SLOW_CONCURRENCY = 4;
/** After so many good answers in a row, the full bound applies again. */
const RECOVERED_AFTER = 8;

export function startAdaptiveLimit(concurrency: number): AdaptiveLimit {
  const limit = pLimit(concurrency);
  let goodInARow = 0;
  let pausedUntil = 0;
  return {
    run: (task) =>
      limit(async () => {
        for (let ms = pausedUntil - performance.now(); ms > 0; ms = pausedUntil - performance.now()) await sleep(ms);
        return await task();
      }),
    pause(ms) {
      pausedUntil = Math.max(pausedUntil, performance.now() + ms);
    },
    slowDown() {
      goodInARow = 0;
      limit.concurrency = Math.min(SLOW_CONCURRENCY, concurrency);
    },
    recover() {
      goodInARow += 1;
      if (goodInARow >= RECOVERED_AFTER && limit.concurrency < concurrency) limit.concurrency = concurrency;
    },
  };
}
