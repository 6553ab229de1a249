import { LagPusherError, toFailure } from './errors.ts';
import type { Log } from './log.ts';
import { redactor } from './redact.ts';

/**
 * Runs `work` and redacts everything that leaves it: log lines, result and error. It always throws a new error, because
 * the one that was caught may carry more than its message.
 */
export async function withRedaction<T>(redaction: Redaction, log: Log, work: (log: Log) => Promise<T>): Promise<T> {
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

/** Adds a secret to those that are hidden, from now on: one that nobody knew before it came, as the token of a login. */
export type AddSecret = (secret: string) => void;

/** Hides secrets in text that people see. */
export interface Redaction {
  /** For a sentence. It may quote a peer's answer, and that may repeat what we sent. */
  text(text: string): string;
  /** For a result or the fields of a log line: redacts every string inside, by the rule for names or the rule for sentences. */
  deep<T>(value: T): T;
  readonly addSecret: AddSecret;
}

/**
 * The rules for what is hidden where. Two kinds of text are not redacted even where a secret occurs in them:
 *
 * - in sentences: `ownNames` (of settings) and our fixed phrases, which may contain a secret such as `rocketmq` or `user`;
 * - in names of the cluster's own objects and in the exposition: a secret that is a word and could be such a name. Names
 *   go to the Pushgateway unredacted anyway. Any other secret is hidden in them as well.
 */
export function redaction(secrets: readonly string[], ownNames: Iterable<string> = []): Redaction {
  const kept = [...ownNames];
  const hidden = new Set(secrets);
  const redactors = () => ({ text: redactor([...hidden], kept), name: redactor([...hidden].filter((secret) => !isWord(secret))) });
  let by = redactors();
  return {
    text: (text) => by.text(text),
    deep: (value) => redactDeep(value, by.text, by.name),
    addSecret(secret) {
      if (hidden.has(secret)) return;
      hidden.add(secret);
      by = redactors();
    },
  };
}

/** Short words with optional digits at the end: the usual form of names of topics, groups and clusters. */
function isWord(secret: string): boolean {
  return secret.length <= 16 && /^[a-z]+([-_][a-z]+)*\d{0,4}$/i.test(secret.trim());
}

/** Keys of results and log fields whose values are names: of the cluster's objects, or fixed words of ours. */
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

/** Redacts every string inside a value, by the rule for sentences or the rule for names. */
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
