import { loadRecording } from '../../scripts/servers/recordings.ts';
import type { RecordedExchange } from '../../src/reading/rocketmq-console/replay.ts';

/**
 * Recordings that together answer every request of a tick: the first one has the state of the cluster, the others what it
 * lacks (who a group is, what a dead-letter topic stores).
 */
export function cluster(state: string): RecordedExchange[] {
  return [state, '2.1.0.rocketmq-5.5.0', '2.1.0.dead-letters'].flatMap((name) => asIfNow(loadRecording(name)));
}

/** In milliseconds; the runtime table of a broker has them as text. */
const TIMESTAMP_FIELDS = new Set(['lastTimestamp', 'lastUpdateTimestamp', 'earliestMessageTimeStamp']);
/** The age that the last consumed message of a recording gets. */
const LAST_CONSUMED_MS = 5_000;

/** The same exchanges with their timestamps shifted, so that the last message was consumed a moment ago. */
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
    Object.entries(value).map(([key, item]) => [key, TIMESTAMP_FIELDS.has(key) ? mapTimestamp(item, map) : mapTimestamps(item, map)]),
  ) as T;
}

/** A timestamp that is 0 or -1 is unknown, and stays as it is. */
function mapTimestamp(item: unknown, map: (timestamp: number) => number): unknown {
  if (!(Number(item) > 0)) return item;
  return typeof item === 'string' ? String(map(Number(item))) : map(Number(item));
}
