import { LagPusherError, toFailure } from './errors.ts';
import type { Log } from './log.ts';

/** Where a text was cut: a cut may leave half of a secret. */
export const CUT = '…';

/** Shorter values are not looked for: they would match everywhere, and hide every message. */
const MIN_SECRET_LENGTH = 3;
const HIDDEN = '[hidden]';

/**
 * The one place that keeps secrets out of what people see: gives a function that hides every secret in a text, as it is
 * and in the forms in which it travels and comes back (URL-encoded, JSON, HTML, base64, with its white space
 * collapsed), or the beginning of one where an excerpt cut it off. `secrets` may name what basic authentication joins.
 */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const forms = new Set(secrets.flatMap(formsOf));
  const longestFirst = [...forms].filter((form) => form.length >= MIN_SECRET_LENGTH).sort((a, b) => b.length - a.length);
  return (text) =>
    hideCutOff(
      longestFirst,
      longestFirst.reduce((redacted, form) => redacted.replaceAll(form, HIDDEN), text),
    );
}

/** Hides what is left of a secret before a cut. */
function hideCutOff(forms: readonly string[], text: string): string {
  const parts = text.split(CUT);
  const last = parts.pop() ?? '';
  const hidden = parts.map((part) => {
    const left = Math.max(0, ...forms.map((form) => lengthOfBeginning(form, part)));
    return left === 0 ? part : part.slice(0, -left) + HIDDEN;
  });
  return [...hidden, last].join(CUT);
}

/** How much of the beginning of `form` the text ends with; 0 where that is too little to tell. */
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
    // Without the padding: so it is found with it as well.
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    Buffer.from(secret).toString('base64url'),
  ];
  // An excerpt is one line.
  return [...forms, ...forms.map((form) => form.replace(/\s+/g, ' ').trim())];
}

const HTML_ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function asHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => HTML_ENTITIES[character] ?? character);
}

/** The same for every string inside a value: results and log fields. */
export function redactDeep<T>(value: T, redact: (text: string) => string): T {
  if (typeof value === 'string') return redact(value) as T;
  if (Array.isArray(value)) return value.map((item) => redactDeep(item, redact)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactDeep(item, redact)])) as T;
}

/**
 * The door of an invocation: what `work` logs, returns and throws goes through here, and leaves without a secret. What is
 * thrown is always a new error, for the one that was caught may carry more than its message.
 */
export async function keepSecret<T>(secrets: readonly string[], log: Log, work: (log: Log) => Promise<T>): Promise<T> {
  const redact = redactor(secrets);
  const clean =
    (write: Log['info']) =>
    (message: string, fields: Record<string, unknown> = {}) =>
      write(redact(message), redactDeep(fields, redact));
  try {
    const redactingLog = { debug: clean(log.debug), info: clean(log.info), warn: clean(log.warn), error: clean(log.error) };
    return redactDeep(await work(redactingLog), redact);
  } catch (error) {
    const { kind, message } = toFailure(error);
    throw new LagPusherError(kind, redact(message));
  }
}
