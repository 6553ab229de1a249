import { queueBacklog } from './groups.ts';
import type { QueueReading } from './readings.ts';

/** A broker's clock may be ahead of ours by this much. An age below its negative is no age. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** The age of the last message consumed from a queue, in seconds; `never`: none was consumed; null: unknown. */
export type ConsumedAge = number | 'never' | null;

/**
 * The age is measured at the moment when the row was read, because the tick goes on for seconds after that; `now` stands in
 * where that moment is unknown. If all consumed messages of a queue are deleted, the queue has no timestamp: the last of them
 * is older than any that can be looked up, so its age is unknown. If the server never reports timestamps, it always is.
 */
export function consumedAge(
  { lastTimestamp, consumerOffset, readAt }: QueueReading,
  now: number,
  { reportsTimes }: { readonly reportsTimes: boolean },
): ConsumedAge {
  if (lastTimestamp === null) return consumerOffset > 0 || !reportsTimes ? null : 'never';
  const seconds = ((readAt ?? now) - lastTimestamp) / 1000;
  return seconds < -CLOCK_TOLERANCE_SECONDS ? null : Math.max(0, seconds);
}

/**
 * The delay of queues with these backlogs and ages, in seconds: the largest age of those that have backlog. 0 without backlog.
 * Null if one of the ages is unknown, because that one may be the largest, or if nothing was consumed from any of them.
 */
export function startDelay(): { add(backlog: number, age: ConsumedAge): void; seconds(): number | null } {
  let hasBacklog = false;
  let isUnknown = false;
  let largest: number | null = null;
  return {
    add(backlog, age) {
      if (backlog === 0) return;
      hasBacklog = true;
      if (age === null) isUnknown = true;
      else if (age !== 'never') largest = Math.max(largest ?? 0, age);
    },
    seconds: () => (!hasBacklog ? 0 : isUnknown ? null : largest),
  };
}

/** The delay of a single queue. */
export function queueDelay(queue: QueueReading, age: ConsumedAge): number | null {
  return queueBacklog(queue) === 0 ? 0 : age === 'never' ? null : age;
}
