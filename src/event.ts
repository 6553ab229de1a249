import * as v from 'valibot';
import { LagPusherError } from './base/errors.ts';
import type { Shard } from './base/names.ts';

/** What one invocation is asked to do. */
export interface TickRequest {
  readonly shard?: Shard | undefined;
  readonly dryRun: boolean;
  readonly topics?: readonly string[] | undefined;
  /** Only these consumer groups, and all their processes. */
  readonly groups?: readonly string[] | undefined;
  readonly forget: boolean;
}

/**
 * An event as far as it is valid. The cluster, the shard, and whether anything may be pushed are there even if other keys
 * have problems.
 */
export interface EventReading {
  /** The cluster whose settings to overlay; undefined: the one in the environment. */
  readonly cluster: string | undefined;
  readonly shard: Shard | undefined;
  /** A dry run or a deletion was intended. Its health is not pushed either. */
  readonly pushesNothing: boolean;
  readonly outcome: { readonly ok: true; readonly request: TickRequest } | { readonly ok: false; readonly error: EventError };
}

/** An event with any problem does nothing: a mistyped `dryrun` must not push. */
export class EventError extends LagPusherError {
  constructor(readonly problems: readonly string[]) {
    super('event', `the event is not valid:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

const text = (expected: string) => v.pipe(v.string(expected), v.trim(), v.nonEmpty(expected));

const SHARD_EXPECTED = 'expected "i/n", part i of n, like "2/5"';
const shard = v.pipe(
  v.string(SHARD_EXPECTED),
  v.rawTransform(({ dataset, addIssue, NEVER }): Shard => {
    const [, index, count] = /^(\d{1,4})\/(\d{1,4})$/.exec(dataset.value.trim()) ?? [];
    const parsed = { index: Number(index), count: Number(count) };
    if (parsed.index >= 1 && parsed.index <= parsed.count) return parsed;
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

type Key = keyof typeof SCHEMA;
type Values = { [K in Key]?: v.InferOutput<(typeof SCHEMA)[K]> };
const KEYS = Object.keys(SCHEMA) as Key[];

/**
 * Validates an event, whatever its type. An empty event and a plain scheduled event of EventBridge (`detail-type` and none
 * of our keys) start an ordinary tick. Every unknown key and every invalid value is a problem that names the key.
 */
export function readEvent(event: unknown): EventReading {
  if (event === null || event === undefined || event === '') return toReading({}, []);
  if (typeof event === 'string') return readText(event);
  if (typeof event !== 'object' || Array.isArray(event))
    return toReading({}, [`expected a JSON object, got ${Array.isArray(event) ? 'a list' : `a ${typeof event}`}`]);
  const given = new Map<string, unknown>(Object.entries(event));
  if (given.has('detail-type') && !KEYS.some((key) => given.has(key))) return toReading({}, []);

  const problems = [...given.keys()]
    .filter((key) => !KEYS.some((valid) => valid === key))
    .map((key) => `${JSON.stringify(key)} is not a key of an event; there are ${KEYS.join(', ')}`);
  const values: Values = {};
  for (const key of KEYS) {
    const result = v.safeParse(SCHEMA[key], given.get(key), { abortEarly: true });
    if (result.success) Object.assign(values, { [key]: result.output });
    else problems.push(`${key}: ${result.issues[0].message}`);
  }
  if (problems.length === 0 && values.forget && (values.dryRun || values.topics || values.groups || values.shard))
    problems.push('forget: can be combined with cluster only, because it deletes and does nothing else');
  return toReading(values, problems, {
    // Some topics or groups must never replace the data of all, so they imply a dry run. The intention counts, even if the value is invalid.
    dryRun: values.dryRun === true || given.has('topics') || given.has('groups'),
    forget: given.has('forget') && values.forget !== false,
  });
}

/** Quoting in a Windows shell may turn an event into a JSON text. It is parsed once. */
function readText(event: string): EventReading {
  let parsed: unknown;
  try {
    parsed = JSON.parse(event);
  } catch {
    return toReading({}, [TEXT_PROBLEM]);
  }
  return typeof parsed === 'string' ? toReading({}, [TEXT_PROBLEM]) : readEvent(parsed);
}

const TEXT_PROBLEM =
  'expected a JSON object, got a text that is none: check the quoting (in a Windows shell, put the event into a file and pass file://event.json)';

function toReading(
  { cluster, shard, topics, groups, forget = false }: Values,
  problems: readonly string[],
  meant: { dryRun: boolean; forget: boolean } = { dryRun: false, forget: false },
): EventReading {
  return {
    cluster,
    shard,
    pushesNothing: meant.dryRun || meant.forget,
    outcome:
      problems.length === 0
        ? { ok: true, request: { shard, topics, groups, dryRun: meant.dryRun, forget } }
        : { ok: false, error: new EventError(problems) },
  };
}
