import { LagPusherError, toFailure } from './errors.ts';
import type { Log } from './log.ts';
import { redactor } from './redact.ts';

/**
 * The door of an invocation: what `work` logs, returns and throws goes through here, and leaves without a secret. What is
 * thrown is always a new error, for the one that was caught may carry more than its message.
 */
export async function keepSecret<T>(redaction: Redaction, log: Log, work: (log: Log) => Promise<T>): Promise<T> {
  const { text, deep } = redaction;
  const clean =
    (write: Log['info']) =>
    (message: string, fields: Record<string, unknown> = {}) =>
      write(text(message), deep(fields));
  try {
    return deep(await work({ debug: clean(log.debug), info: clean(log.info), warn: clean(log.warn), error: clean(log.error) }));
  } catch (error) {
    const { kind, message } = toFailure(error);
    throw new LagPusherError(kind, text(message));
  }
}

/** Hides secrets in what people see. */
export interface Redaction {
  /** A sentence: a peer's words may be in it, and hold what we sent. */
  text(text: string): string;
  /** A result, or the fields of a log line: every string inside, names as names and all others as sentences. */
  deep<T>(value: T): T;
}

/**
 * What is hidden where. What we write ourselves stays readable, whatever the secrets are:
 *
 * - `ownNames` (of settings) and our fixed words, in which a secret such as `rocketmq` or `user` may stand;
 * - the names of the cluster's own objects, and the exposition that is made of them, where the secret is a word that
 *   could be such a name. They go to the Pushgateway as they are. Any other secret is hidden there as well.
 */
export function redaction(secrets: readonly string[], ownNames: Iterable<string> = []): Redaction {
  const text = redactor(secrets, ownNames);
  const name = redactor(secrets.filter((secret) => !isWord(secret)));
  return { text, deep: (value) => redactDeep(value, text, name) };
}

/** A word or two with digits after them, not too long: what topics, groups and clusters are called. */
function isWord(secret: string): boolean {
  return secret.length <= 16 && /^[a-z]+([-_][a-z]+)*\d{0,4}$/i.test(secret.trim());
}

/** Keys of results and log fields below which stand names: the cluster's, or words of ours. */
const NAME_KEYS = new Set([
  'cluster',
  'outcome',
  'kind',
  'shard',
  'topic',
  'consumerGroup',
  'consumerClientIP',
  'consumerClientPID',
  'groups',
  'exposition',
]);

/** Every string inside a value, by the rule for sentences or for names. */
export function redactDeep<T>(value: T, redact: (text: string) => string, redactName = redact): T {
  if (typeof value === 'string') return redact(value) as T;
  if (Array.isArray(value)) return value.map((item) => redactDeep(item, redact, redactName)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [
    key,
    NAME_KEYS.has(key) ? redactDeep(item, redactName) : redactDeep(item, redact, redactName),
  ]);
  return Object.fromEntries(entries) as T;
}
