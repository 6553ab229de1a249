import { createHash } from 'node:crypto';

/** Part `index` of `of`, counted from 1. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

/** A topic's shard, 1 to `of`: the same on every machine, for as long as `of` stays. */
export function shardOf(topic: string, of: number): number {
  return (createHash('sha256').update(topic).digest().readUInt32BE(0) % of) + 1;
}

/** As an event and a log line write it: `2/5`. */
export function formatShard({ index, of }: Shard): string {
  return `${index}/${of}`;
}
