/** Shorter values are not looked for: they would match everywhere, and hide every message. */
const MIN_SECRET_LENGTH = 3;
const HIDDEN = '[hidden]';

/**
 * The one place that keeps secrets out of what people see: gives a function that hides every secret in a text, as it is
 * and in the forms in which it travels (URL-encoded, JSON, base64 of `user:password`). `secrets` may name what basic
 * authentication joins.
 */
export function redactor(secrets: readonly string[]): (text: string) => string {
  const forms = new Set(secrets.flatMap(formsOf));
  const longestFirst = [...forms].filter((form) => form.length >= MIN_SECRET_LENGTH).sort((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((redacted, form) => redacted.replaceAll(form, HIDDEN), text);
}

function formsOf(secret: string): string[] {
  return [
    secret,
    secret.trim(),
    encodeURIComponent(secret.toWellFormed()),
    new URLSearchParams({ '': secret }).toString().slice(1),
    JSON.stringify(secret).slice(1, -1),
    Buffer.from(secret).toString('base64'),
    Buffer.from(secret).toString('base64url'),
  ];
}

/** The same for every string inside a value: results and log fields. */
export function redactDeep<T>(value: T, redact: (text: string) => string): T {
  if (typeof value === 'string') return redact(value) as T;
  if (Array.isArray(value)) return value.map((item) => redactDeep(item, redact)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactDeep(item, redact)])) as T;
}
