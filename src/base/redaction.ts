import { LagPusherError, toFailure } from './errors.ts';
import type { Log } from './log.ts';
import { CUT, cutAt } from './text.ts';

/**
 * Runs `work` and redacts everything that leaves it: log lines, result and error. A caught error may carry more than its
 * message, so a new error is always thrown in its place.
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
    throw new LagPusherError(kind, cutAt(MAX_MESSAGE, text(message)));
  }
}

/** Lambda logs the message of an error, and CloudWatch takes 256 kB a line. */
const MAX_MESSAGE = 15_000;

/**
 * Hides one more secret from now on: one that comes at run time, such as the cookie of a login. Only the last secrets are
 * hidden: a load balancer that sets a new cookie with each answer would otherwise make every message slower.
 */
export type AddSecret = (secret: string) => void;

/** Hides secrets in text that people see. */
export interface Redaction {
  /** Redacts a sentence. It may quote a peer's answer, which may repeat what we sent. */
  text(text: string): string;
  /** Redacts every string inside a result or the fields of a log line, by the rule for names or the rule for sentences. */
  deep<T>(value: T): T;
  readonly addSecret: AddSecret;
}

/**
 * Hides these secrets. Two kinds of text are left alone even if a secret occurs in them:
 *
 * - in sentences: `ownNames` (of settings) and our fixed phrases, which may contain a secret such as `rocketmq` or `user`;
 * - in names of the cluster's own objects and in the exposition: a secret that is a word and could be such a name. Names
 *   go to the Pushgateway unredacted anyway. Any other secret is hidden in them as well.
 */
export function redaction(secrets: readonly string[], ownNames: Iterable<string> = [], keys: ResultKeys = NO_KEYS): Redaction {
  const kept = [...ownNames];
  const added = new Map<string, string[]>();
  const toForms = (secret: string) => added.get(secret) ?? formsOf(secret);
  let redactors: { readonly text: (text: string) => string; readonly name: (text: string) => string } | undefined;
  const redact = () => {
    const hidden = [...secrets, ...added.keys()];
    redactors ??= {
      text: redactor(hidden, kept, toForms),
      name: redactor(
        hidden.filter((secret) => !isWord(secret)),
        [],
        toForms,
      ),
    };
    return redactors;
  };
  return {
    text: (text) => redact().text(text),
    deep: (value) => redactDeep(value, redact().text, redact().name, keys),
    addSecret(secret) {
      const forms = added.get(secret);
      // A map keeps the order of insertion: the oldest comes first.
      added.delete(secret);
      added.set(secret, forms ?? formsOf(secret));
      if (forms !== undefined) return;
      const [oldest] = added.keys();
      if (added.size > MAX_ADDED_SECRETS && oldest !== undefined) added.delete(oldest);
      redactors = undefined;
    },
  };
}

/** A session's cookie is added again with every request, and so is always among the last. */
const MAX_ADDED_SECRETS = 32;

/** Short words with optional digits at the end: the usual form of names of topics, groups and clusters. */
function isWord(secret: string): boolean {
  return secret.length <= 16 && /^[a-z]+([-_][a-z]+)*\d{0,4}$/i.test(secret.trim());
}

/** Keys of results and log fields: whose values are names, and whose are sentences even inside the value of a key of names. */
export interface ResultKeys {
  readonly names: ReadonlySet<string>;
  readonly sentences: ReadonlySet<string>;
}

const NO_KEYS: ResultKeys = { names: new Set(), sentences: new Set() };

/** Redacts every string inside a value: by the rule for names below the keys of names, by the rule for sentences elsewhere. */
export function redactDeep<T>(
  value: T,
  redactText: (text: string) => string,
  redactName = redactText,
  keys: ResultKeys = NO_KEYS,
  isName = false,
): T {
  if (typeof value === 'string') return (isName ? redactName(value) : redactText(value)) as T;
  if (Array.isArray(value)) return value.map((item) => redactDeep(item, redactText, redactName, keys, isName)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [
    key,
    redactDeep(item, redactText, redactName, keys, !keys.sentences.has(key) && (isName || keys.names.has(key))),
  ]);
  return Object.fromEntries(entries) as T;
}

/** Shorter secrets are not searched for: they would match everywhere and make every message unreadable. */
const MIN_SECRET_LENGTH = 3;
const HIDDEN = '[hidden]';

/** Fixed phrases of our own messages and names that could equal a secret or contain one. */
const OWN_WORDS = [
  'rocketmq-console',
  'rocketmq-dashboard',
  'rocketmq-lag-pusher',
  'rocketmq-monitor',
  'rocketmq_msg_diff_',
  'rocketmq_process_',
  'rocketmq_group_',
  'rocketmq_broker_',
  'rocketmq_tick_',
  'rocketmqClusterName',
  'RocketMQ Studio',
  'an ordinary user',
  'a user name',
  'or password in it',
];

/**
 * Returns a function that hides every secret in a text, in every form in which a peer may repeat it: as it is, URL-encoded,
 * as JSON, as HTML, in base64, with its white space collapsed. It also hides the beginning of a secret where an excerpt was
 * cut. `secrets` may include `user:password` pairs of basic authentication. A match inside one of our own phrases, or
 * inside one of `ownNames`, is not hidden.
 */
export function redactor(secrets: readonly string[], ownNames: Iterable<string> = [], toForms = formsOf): (text: string) => string {
  const forms = new Set(secrets.flatMap(toForms));
  const longestFirst = [...forms].filter((form) => form.length >= MIN_SECRET_LENGTH).sort((a, b) => b.length - a.length);
  const kept = [...OWN_WORDS, ...ownNames];
  return (text) =>
    hideCutOff(
      longestFirst,
      longestFirst.reduce((redacted, form) => hide(form, redacted, kept), text),
    );
}

function hide(form: string, text: string, kept: readonly string[]): string {
  const around = kept.filter((phrase) => phrase.length > form.length && phrase.includes(form));
  return text.replaceAll(form, (match, at: number) => (around.some((phrase) => isPartOf(phrase, form, text, at)) ? match : HIDDEN));
}

/** Whether the `form` at position `at` of the text is part of a complete `phrase`. */
function isPartOf(phrase: string, form: string, text: string, at: number): boolean {
  for (let offset = phrase.indexOf(form); offset !== -1; offset = phrase.indexOf(form, offset + 1))
    if (text.startsWith(phrase, at - offset)) return true;
  return false;
}

/** Hides the beginning of a secret at the end of a text that was cut. */
function hideCutOff(forms: readonly string[], text: string): string {
  const parts = text.split(CUT);
  const last = parts.pop() ?? '';
  const hidden = parts.map((part) => {
    const left = Math.max(0, ...forms.map((form) => lengthOfBeginning(form, part)));
    return left === 0 ? part : part.slice(0, -left) + HIDDEN;
  });
  return [...hidden, last].join(CUT);
}

/** The length of the longest beginning of `form` at the end of the text; 0 if it is too short to be recognized. */
function lengthOfBeginning(form: string, text: string): number {
  for (let length = form.length - 1; length >= MIN_SECRET_LENGTH; length -= 1) if (text.endsWith(form.slice(0, length))) return length;
  return 0;
}

function formsOf(secret: string): string[] {
  const forms = [
    secret,
    secret.trim(),
    encodeURIComponent(secret.toWellFormed()),
    new URLSearchParams({ '': secret }).toString().slice(1),
    JSON.stringify(secret).slice(1, -1),
    asHtml(secret),
    // The padding is removed, so that base64 with and without padding matches.
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    Buffer.from(secret).toString('base64url'),
  ];
  // An excerpt is one line, with its white space collapsed.
  return [...forms, ...forms.map((form) => form.replace(/\s+/g, ' ').trim())];
}

const HTML_ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function asHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => HTML_ENTITIES[character] ?? character);
}
