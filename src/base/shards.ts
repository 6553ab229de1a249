import { createHash } from 'node:crypto';

/** Shard number `index` of `of` shards, counted from 1. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

/** The shard of a topic, 1 to `of`: the same on every machine and in every tick, as long as `of` does not change. */
export function shardOf(topic: string, of: number): number {
  return (createHash('sha256').update(topic).digest().readUInt32BE(0) % of) + 1;
}

/** The notation of events and log lines: `2/5`. */
export function formatShard({ index, of }: Shard): string {
  return `${index}/${of}`;
}
