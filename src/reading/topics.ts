import { LagPusherError } from '../base/errors.ts';
import { matchesAny, type Shard, shardOf } from '../base/names.ts';
import { isSystemTopic } from '../lag/rocketmq-names.ts';

export interface TopicSelection {
  /** Names or globs to leave out. */
  readonly ignored: readonly string[];
  /** Only topics that match one of these; undefined means all. */
  readonly only?: readonly string[] | undefined;
  readonly shard?: Shard | undefined;
}

/** The topics to read, and how many are left out because they are system topics or match IGNORED_TOPICS. */
export function selectTopics(listed: readonly string[], { ignored, only, shard }: TopicSelection): { wanted: string[]; ignored: number } {
  const inScope = listed.filter(
    (topic) => (shard === undefined || shardOf(topic, shard.count) === shard.index) && (only === undefined || matchesAny(topic, only)),
  );
  const wanted = inScope.filter((topic) => !isSystemTopic(topic) && !matchesAny(topic, ignored));
  return { wanted, ignored: inScope.length - wanted.length };
}

/** The console listed no topic to read. A name server that has just restarted causes this, so it does not mean zero backlog. */
export class NoTopicsError extends LagPusherError {
  constructor(message: string) {
    super('no-topics', message);
  }
}

/**
 * Selects from a complete list of topics. Throws if none is left, because data is never deleted on such a list. A shard may
 * have no topic of its own, but only if the list has topics for other shards.
 */
export function selectFromAll(listed: readonly string[], selection: TopicSelection): ReturnType<typeof selectTopics> {
  const selected = selectTopics(listed, selection);
  if (selected.wanted.length > 0) return selected;
  if (selection.shard !== undefined && selectTopics(listed, { ...selection, shard: undefined }).wanted.length > 0) return selected;
  throw new NoTopicsError(
    selection.only === undefined
      ? `none of the ${listed.length} listed topics is left to read: all are system topics or match IGNORED_TOPICS`
      : `none of the ${listed.length} listed topics to read matches ${selection.only.join(', ')}`,
  );
}

const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;
const PERIOD_MS = 60_000;

/**
 * The items, starting from another one each minute, so that the deadline does not always cut off the same items. Multiples
 * of the golden ratio spread the starting points evenly, and need no memory between ticks.
 */
export function rotate<T>(items: readonly T[], now: number): T[] {
  const minute = Math.floor(now / PERIOD_MS);
  const start = Math.floor(((minute * GOLDEN_RATIO) % 1) * items.length);
  return [...items.slice(start), ...items.slice(0, start)];
}
