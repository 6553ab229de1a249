import type { ClientReading, ClientState, HeldQueue, TopicActivity } from './readings.ts';

/** What follows from a client's own words about it alone. */

/** RocketMQ's own rule: a client that finishes nothing for so long, with messages in hand, is blocked. */
export const BLOCKED_AFTER_SECONDS = 60;
export const SATURATED_BUSY_RATIO = 0.9;

/**
 * How long a queue's messages have been in hand while none was finished, in seconds; 0 where nothing is in hand, null
 * where that is unknown. Both times are the client's: the last pull of any of its queues is its "now", so it does not
 * matter when its clock is wrong.
 */
export function idleSeconds(queue: HeldQueue, state: ClientState): number | null {
  if (queue.inHand === 0) return 0;
  return secondsSinceFinish(queue, state);
}

/** Seconds since the client finished a message of the queue, or since it holds the queue; null when unknown. */
export function secondsSinceFinish({ lastFinish }: HeldQueue, { queues }: ClientState): number | null {
  const now = Math.max(...queues.map(({ lastPull }) => lastPull ?? -Infinity));
  if (lastFinish === null || now === -Infinity) return null;
  return Math.max(0, (now - lastFinish) / 1000);
}

/** Messages of a topic that ended in the last minute, well or not, a second. */
export function endedPerSecond({ consumedPerSecond, failedPerSecond }: TopicActivity): number {
  return consumedPerSecond + failedPerSecond;
}

/**
 * Time in the listener over the time of all threads: 1 is saturated. Null where it is unknown: a client without threads,
 * or one that has messages of a topic in hand of which no call has ended in the last minute.
 */
export function busyRatio({ threads, activity, queues, messagesPerCall }: ClientState): number | null {
  if (threads === null || threads === 0 || activity.length === 0) return null;
  let secondsPerSecond = 0;
  for (const of of activity) {
    const ended = endedPerSecond(of);
    if (ended === 0 && queues.some(({ topic, inHand }) => topic === of.topic && inHand > 0)) return null;
    secondsPerSecond += (ended / messagesPerCall) * of.secondsPerCall;
  }
  return secondsPerSecond / threads;
}

export function isSaturated(state: ClientState): boolean {
  return (busyRatio(state) ?? 0) >= SATURATED_BUSY_RATIO;
}

/**
 * The queues of a topic that a client is stuck on. Threads that are busy all the time and go on finishing messages get
 * to some queues late: that is not stuck, where any thread may take any queue's message.
 */
export function blockedQueues(topic: string, state: ClientState): readonly HeldQueue[] {
  if (state.type !== 'orderly' && isSaturated(state)) return [];
  return state.queues.filter((queue) => queue.topic === topic && (idleSeconds(queue, state) ?? 0) >= BLOCKED_AFTER_SECONDS);
}

export function activityOn(topic: string, { activity }: ClientState): TopicActivity | undefined {
  return activity.find((of) => of.topic === topic);
}

/** The clients that answered, with what they said. */
export function answered(clients: readonly ClientReading[]): readonly { readonly client: ClientReading; readonly state: ClientState }[] {
  return clients.flatMap((client) => (client.answer.outcome === 'answered' ? [{ client, state: client.answer.state }] : []));
}
