import { knownValues, sum } from '../base/numbers.ts';
import type { ClientState, OwnedQueue, TopicActivity } from './readings.ts';
import { isRetryTopic } from './rocketmq-names.ts';

/** How loaded one client is, by its own report: busy, blocked, or neither. */

/** RocketMQ's own rule: a client that has messages in hand and finishes none for this long is blocked. */
export const BLOCKED_AFTER_SECONDS = 60;
export const SATURATED_BUSY_RATIO = 0.9;

/** Rates are those of the last minute. A call that takes longer than half of it is too rare for them. */
const LONGEST_CALL_FOR_RATES_SECONDS = 30;
/** Work in hand for less than this may be a burst that arrived a moment ago. */
const WORK_IN_HAND_SECONDS = 10;
/** Bounds that differ by no more than this agree. */
const AGREEMENT = 0.05;
/** If every thread is at work now, a busy ratio of the last minute below this shows that the work has only just arrived. */
const AT_WORK_FOR_MOST_OF_THE_MINUTE = 0.5;
/** A call that has taken this many times its usual time is stalled. */
const STALLED_CALLS = 1000;
/** A POP client does not report since when it has messages in hand. A younger client may have popped its first ones just now. */
const POP_STARTED_BEFORE_SECONDS = 30;

/**
 * For how many seconds a queue has had messages in hand without taking up another one; 0 if nothing is in hand, null if
 * unknown. Both times come from the client's clock: "now" is the last pull of any of its queues. A wrong clock changes nothing.
 */
export function idleSeconds(queue: OwnedQueue, state: ClientState): number | null {
  if (queue.inHand === 0) return 0;
  return secondsSinceTaken(queue, state);
}

/** Seconds since the client took up a message of the queue, or since it owns the queue; null if unknown. */
export function secondsSinceTaken({ lastFinish }: OwnedQueue, state: ClientState): number | null {
  const now = clientNow(state);
  return lastFinish === null || now === null ? null : Math.max(0, (now - lastFinish) / 1000);
}

/** The client's own clock, by its last pull; null if it never pulled. */
function clientNow({ queues, popped }: ClientState): number | null {
  const pulls = knownValues([...queues.map(({ lastPull }) => lastPull), ...popped.map(({ lastPop }) => lastPop)]);
  return pulls.length === 0 ? null : pulls.reduce((latest, time) => Math.max(latest, time));
}

/** Messages of a topic per second that succeeded or failed in the last minute. */
export function endedPerSecond({ consumedPerSecond, failedPerSecond }: TopicActivity): number {
  return consumedPerSecond + failedPerSecond;
}

export function activityOn(topic: string, { activity }: ClientState): TopicActivity | undefined {
  return activity.find((entry) => entry.topic === topic);
}

/** Messages of a topic that the client has in hand. */
export function inHandOn(topic: string, { queues, popped }: ClientState): number {
  return sum([...queues, ...popped].filter((entry) => entry.topic === topic).map(({ inHand }) => inHand));
}

/** A call of the listener gets between one message and the most that it may get, so the number of calls is known as a range. */
interface BusyBounds {
  readonly lower: number;
  /** Infinity if calls are in progress whose share is unknown. */
  readonly upper: number;
}

/** The bounds of the time in the listener divided by the time of all threads; null without threads or without rates. */
function busyBounds(state: ClientState): BusyBounds | null {
  const threads = workingThreads(state);
  if (threads === null || threads === 0 || state.activity.length === 0) return null;
  let lower = 0;
  let upper = 0;
  for (const entry of state.activity) {
    const ended = endedPerSecond(entry);
    if (ended === 0 && inHandOn(entry.topic, state) > 0) upper = Infinity;
    if (ended === 0) continue;
    if (entry.secondsPerCall > LONGEST_CALL_FOR_RATES_SECONDS) {
      upper = Infinity;
      continue;
    }
    lower += ((ended / state.messagesPerCall) * entry.secondsPerCall) / threads;
    upper += (ended * entry.secondsPerCall) / threads;
  }
  return { lower, upper };
}

/** An orderly client works on one call of each queue at a time, so threads beyond its queues never work. */
export function workingThreads({ type, threads, queues }: ClientState): number | null {
  if (threads === null || type !== 'orderly') return threads;
  const owned = queues.filter(({ topic }) => !isRetryTopic(topic)).length;
  return owned === 0 ? threads : Math.min(threads, owned);
}

/**
 * Whether more messages are in hand than all threads can have in their calls. Then every thread is at work, if that is work
 * for several seconds: a burst that arrived a moment ago proves nothing. If nothing ended in the last minute, only calls that
 * usually take so long explain it.
 */
export function isEveryThreadAtWork(state: ClientState): boolean {
  const threads = workingThreads(state);
  if (threads === null || threads === 0) return false;
  const owned = state.queues.filter(({ topic }) => !isRetryTopic(topic));
  const inHand = sum([...owned, ...state.popped].map((entry) => entry.inHand));
  if (inHand <= threads * state.messagesPerCall) return false;
  if (state.type === 'orderly' && owned.filter((queue) => queue.inHand > 0).length < threads) return false;
  const ended = sum(state.activity.map(endedPerSecond));
  if (ended === 0) return state.activity.some(({ secondsPerCall }) => secondsPerCall > LONGEST_CALL_FOR_RATES_SECONDS);
  return inHand >= ended * WORK_IN_HAND_SECONDS;
}

/**
 * Time in the listener divided by the time of all threads that can work, at most 1. Null if unknown: the client has no
 * threads, is blocked on a topic, or the bounds of the ratio do not agree.
 */
export function busyRatio(state: ClientState): number | null {
  const bounds = busyBounds(state);
  if (bounds === null || state.activity.some(({ topic }) => isBlocked(topic, state))) return null;
  if (isEveryThreadAtWork(state) && bounds.upper >= SATURATED_BUSY_RATIO) return 1;
  const [lower, upper] = [Math.min(1, bounds.lower), Math.min(1, bounds.upper)];
  return upper - lower <= AGREEMENT ? upper : null;
}

export function isSaturated(state: ClientState): boolean {
  const bounds = busyBounds(state);
  if (bounds === null) return false;
  if (bounds.lower >= SATURATED_BUSY_RATIO) return true;
  return isEveryThreadAtWork(state) && bounds.upper >= AT_WORK_FOR_MOST_OF_THE_MINUTE;
}

/**
 * Whether the client has messages of the topic in hand and has finished none of the topic for a minute. If it is known for
 * slow calls, they get twice their usual time.
 */
export function isBlocked(topic: string, state: ClientState): boolean {
  const activity = activityOn(topic, state);
  if (activity !== undefined && endedPerSecond(activity) > 0) return false;
  return hasStoppedOnQueues(topic, activity, state) || hasStoppedOnPopped(topic, activity, state);
}

function hasStoppedOnQueues(topic: string, activity: TopicActivity | undefined, state: ClientState): boolean {
  // All threads are at work on another topic: this one waits for them.
  if (state.type !== 'orderly' && (busyBounds(state)?.lower ?? 0) >= SATURATED_BUSY_RATIO) return false;
  const times = knownValues(
    state.queues.filter((queue) => queue.topic === topic && queue.inHand > 0).map((queue) => secondsSinceTaken(queue, state)),
  );
  if (times.length === 0) return false;
  const usualCall = activity?.secondsPerCall ?? 0;
  if (Math.max(...times) >= BLOCKED_AFTER_SECONDS) return Math.min(...times) >= 2 * usualCall;
  // After a rebalance the times begin anew. Messages that take milliseconds, and have not ended for seconds, still show it.
  const isFull = state.threads !== null && inHandOn(topic, state) > state.threads * state.messagesPerCall;
  return isFull && usualCall > 0 && Math.min(...times) >= Math.max(WORK_IN_HAND_SECONDS, STALLED_CALLS * usualCall);
}

/**
 * A POP client reports no time for what it has in hand. If every thread has a message and it popped nothing in the last
 * minute, these messages are older. If no call of it has ever ended, its threads are still in their first calls.
 */
function hasStoppedOnPopped(topic: string, activity: TopicActivity | undefined, state: ClientState): boolean {
  const inHand = sum(state.popped.filter((messages) => messages.topic === topic).map((messages) => messages.inHand));
  if (activity === undefined || state.threads === null || inHand <= state.threads * state.messagesPerCall) return false;
  const now = clientNow(state);
  const age = now === null || state.startedAt === null ? 0 : (now - state.startedAt) / 1000;
  if (activity.pulledPerSecond === 0) return age >= BLOCKED_AFTER_SECONDS;
  return activity.secondsPerCall === 0 && age >= POP_STARTED_BEFORE_SECONDS;
}

/** For how many seconds a blocked client has finished no message of the topic: a minute, or longer by the queue that waits longest. */
export function blockedSeconds(topic: string, state: ClientState): number {
  const times = knownValues(
    state.queues.filter((queue) => queue.topic === topic && queue.inHand > 0).map((queue) => secondsSinceTaken(queue, state)),
  );
  return Math.max(BLOCKED_AFTER_SECONDS, ...times);
}
