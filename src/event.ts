import * as v from 'valibot';
import { LagPusherError } from './base/errors.ts';
import type { Shard } from './reading/topics.ts';

/** What one invocation is asked to do. */
export interface TickRequest {
  readonly cluster?: string | undefined;
  readonly shard?: Shard | undefined;
  readonly dryRun: boolean;
  readonly topics?: readonly string[] | undefined;
  /** Only these consumer groups, and all their processes. */
  readonly groups?: readonly string[] | undefined;
  readonly forget: boolean;
}

/** An event that is not understood does nothing: a mistyped `dryrun` must not push. */
export class EventError extends LagPusherError {
  constructor(readonly problems: readonly string[]) {
    super('event', `the event needs mending:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

const text = (expected: string) => v.pipe(v.string(expected), v.trim(), v.nonEmpty(expected));

const SHARD_EXPECTED = 'expected "i/n", part i of n, like "2/5"';
const shard = v.pipe(
  v.string(SHARD_EXPECTED),
  v.rawTransform(({ dataset, addIssue, NEVER }): Shard => {
    const [, index, of] = /^(\d{1,4})\/(\d{1,4})$/.exec(dataset.value.trim()) ?? [];
    const parsed = { index: Number(index), of: Number(of) };
    if (parsed.index >= 1 && parsed.index <= parsed.of) return parsed;
    addIssue({ message: SHARD_EXPECTED });
    return NEVER;
  }),
);

const CLUSTER_EXPECTED = 'expected the name of a cluster, without a slash';
const TOPICS_EXPECTED = 'expected a list of topic names or globs, not empty';
const GROUPS_EXPECTED = 'expected a list of consumer group names or globs, not empty';
const BOOLEAN_EXPECTED = 'expected true or false';

const SCHEMA = {
  cluster: v.optional(v.pipe(text(CLUSTER_EXPECTED), v.excludes('/', CLUSTER_EXPECTED))),
  shard: v.optional(shard),
  dryRun: v.optional(v.boolean(BOOLEAN_EXPECTED), false),
  topics: v.optional(v.pipe(v.array(text(TOPICS_EXPECTED), TOPICS_EXPECTED), v.minLength(1, TOPICS_EXPECTED))),
  groups: v.optional(v.pipe(v.array(text(GROUPS_EXPECTED), GROUPS_EXPECTED), v.minLength(1, GROUPS_EXPECTED))),
  forget: v.optional(v.boolean(BOOLEAN_EXPECTED), false),
} satisfies v.ObjectEntries;
const Event = v.object(SCHEMA);

/**
 * Reads an event. Nothing at all, or a plain scheduled event of EventBridge, asks for an ordinary tick.
 * Throws an `EventError` that names every unknown key and every wrong value.
 */
export function readEvent(event: unknown): TickRequest {
  if (event === null || event === undefined || event === '') return { dryRun: false, forget: false };
  if (typeof event !== 'object' || Array.isArray(event))
    throw new EventError([`expected a JSON object, got ${Array.isArray(event) ? 'a list' : `a ${typeof event}`}`]);
  if ('detail-type' in event) return { dryRun: false, forget: false };
  const known = Object.keys(SCHEMA);
  const problems = Object.keys(event)
    .filter((key) => !known.includes(key))
    .map((key) => `${JSON.stringify(key)} is not a key of an event; there are ${known.join(', ')}`);
  const result = v.safeParse(Event, event);
  if (!result.success) problems.push(...new Set(result.issues.map((issue) => `${v.getDotPath(issue)?.split('.')[0]}: ${issue.message}`)));
  if (!result.success || problems.length > 0) throw new EventError(problems);
  const { output } = result;
  if (output.forget && (output.dryRun || output.topics || output.groups || output.shard))
    throw new EventError(['forget: goes with cluster alone, it deletes and does nothing else']);
  // A part must never replace the whole: single topics and groups are looked at, not pushed.
  return { ...output, dryRun: output.dryRun || output.topics !== undefined || output.groups !== undefined };
}

/** The cluster that an event, otherwise understood or not, is about: settings and health are that cluster's. */
export function clusterNamedBy(event: unknown): string | undefined {
  if (typeof event !== 'object' || event === null || 'detail-type' in event) return undefined;
  const named = v.safeParse(SCHEMA.cluster, (event as { cluster?: unknown }).cluster);
  return named.success ? named.output : undefined;
}

/** Whether an event, understood or not, was meant to push nothing. */
export function meansNotToPush(event: unknown): boolean {
  if (typeof event !== 'object' || event === null) return false;
  const { dryRun, topics, groups, forget } = event as Record<string, unknown>;
  return dryRun === true || topics !== undefined || groups !== undefined || (forget !== undefined && forget !== false);
}
