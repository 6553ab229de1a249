import { loadRecording, type RecordedExchange } from './replay-console.ts';

/**
 * Recordings that together answer everything that a tick asks: the cluster's state by the first one, and from the others
 * what was not recorded there (who a group is, what a dead-letter topic stores).
 */
export function cluster(state: string): RecordedExchange[] {
  return [state, '2.1.0.rocketmq-5.5.0', '2.1.0.dead-letters'].flatMap((name) => asIfNow(loadRecording(name)));
}

const TIMESTAMP_FIELDS = new Set(['lastTimestamp', 'lastUpdateTimestamp']);
/** How long ago the last message of a recording was consumed, as told. */
const LAST_CONSUMED_MS = 5_000;

/** The same exchanges with their times moved, so that the last message was consumed a moment ago. */
export function asIfNow(exchanges: readonly RecordedExchange[]): RecordedExchange[] {
  let latest = 0;
  mapTimestamps(exchanges, (timestamp) => {
    latest = Math.max(latest, timestamp);
    return timestamp;
  });
  const shift = Date.now() - LAST_CONSUMED_MS - latest;
  return [...mapTimestamps(exchanges, (timestamp) => timestamp + shift)];
}

function mapTimestamps<T>(value: T, map: (timestamp: number) => number): T {
  if (Array.isArray(value)) return value.map((item) => mapTimestamps(item, map)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      TIMESTAMP_FIELDS.has(key) && typeof item === 'number' && item > 0 ? map(item) : mapTimestamps(item, map),
    ]),
  ) as T;
}
