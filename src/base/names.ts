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

const MOST_NEAR_NAMES = 5;
/** One typing error in so many characters still looks like the same name. */
const CHARACTERS_PER_ERROR = 3;

/** The names that are most like one of the wanted ones: those that contain it, or differ in few characters. The best first. */
export function nearNames(wanted: readonly string[], names: Iterable<string>): string[] {
  const near: { readonly name: string; readonly errors: number }[] = [];
  for (const name of new Set(names)) {
    const errors = Math.min(...wanted.map((text) => errorsBetween(text.replaceAll('*', '').toLowerCase(), name.toLowerCase())));
    if (errors <= name.length / CHARACTERS_PER_ERROR) near.push({ name, errors });
  }
  return near
    .sort((a, b) => a.errors - b.errors || compare(a.name, b.name))
    .slice(0, MOST_NEAR_NAMES)
    .map(({ name }) => name);
}

/** How many characters to insert, delete or replace; a name that contains the other counts as one error. */
function errorsBetween(a: string, b: string): number {
  if (a !== '' && b !== '' && (a.includes(b) || b.includes(a))) return a === b ? 0 : 1;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j += 1)
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1)));
    row = next;
  }
  return row[b.length] ?? a.length;
}
