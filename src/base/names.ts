import { createHash } from 'node:crypto';

/** Whether a name matches one of the patterns. A pattern is a name, or a glob in which `*` stands for any text. */
export function matchesAny(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matches(name, pattern));
}

/** Each part may take its first match. A regular expression would try all matches, which takes seconds for a glob of many stars. */
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

/** Shard number `index` of `count` shards. The first has the number 1. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** The shard of a topic, from 1 to `shards`. It depends on these two arguments only, so every machine and every tick agrees. */
export function shardOf(topic: string, shards: number): number {
  return (createHash('sha256').update(topic).digest().readUInt32BE(0) % shards) + 1;
}

/** The notation of events and log lines: `2/5`. */
export function formatShard({ index, count }: Shard): string {
  return `${index}/${count}`;
}

/** Compares by code unit, so that every machine sorts alike, whatever its locale. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
