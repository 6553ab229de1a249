import { createHash } from 'node:crypto';

/** Whether a name is matched by one of the patterns: a name as it is, or a glob in which `*` stands for anything. */
export function matchesAny(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matches(name, pattern));
}

/** The earliest place is good enough for each part: a regular expression would try all the others, for seconds where stars are many. */
function matches(name: string, glob: string): boolean {
  const [first = '', ...parts] = glob.split('*');
  const last = parts.pop();
  if (last === undefined) return name === glob;
  const end = name.length - last.length;
  if (end < first.length || !name.startsWith(first) || !name.endsWith(last)) return false;
  let from = first.length;
  for (const part of parts) {
    const at = name.indexOf(part, from);
    if (at === -1 || at + part.length > end) return false;
    from = at + part.length;
  }
  return true;
}

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

/** By code unit: the same on every machine, whatever its locale. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
