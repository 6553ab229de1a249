/** Marks where a text was cut. Right before it may stand the beginning of a secret. */
export const CUT = '…';

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
 * Returns a function that hides every secret in a text, as it is and in the forms in which it may be sent and come back
 * (URL-encoded, JSON, HTML, base64, with its white space collapsed). It also hides the beginning of a secret where an
 * excerpt was cut. `secrets` may include the pairs that basic authentication joins. A match inside one of our own
 * phrases, or inside one of `ownNames`, is not hidden.
 */
export function redactor(secrets: readonly string[], ownNames: Iterable<string> = []): (text: string) => string {
  const forms = new Set(secrets.flatMap(formsOf));
  const longestFirst = [...forms].filter((form) => form.length >= MIN_SECRET_LENGTH).sort((a, b) => b.length - a.length);
  const kept = [...OWN_WORDS, ...ownNames];
  return (text) =>
    hideCutOff(
      longestFirst,
      longestFirst.reduce((redacted, form) => hide(form, redacted, kept), text),
    );
}

function hide(form: string, text: string, kept: readonly string[]): string {
  const around = kept.filter((own) => own.length > form.length && own.includes(form));
  return text.replaceAll(form, (match, at: number) => (around.some((own) => standsIn(own, form, text, at)) ? match : HIDDEN));
}

/** Whether the `form` found at position `at` is part of a complete occurrence of `own`. */
function standsIn(own: string, form: string, text: string, at: number): boolean {
  for (let offset = own.indexOf(form); offset !== -1; offset = own.indexOf(form, offset + 1))
    if (text.startsWith(own, at - offset)) return true;
  return false;
}

/** Hides the beginning of a secret that stands right before a cut. */
function hideCutOff(forms: readonly string[], text: string): string {
  const parts = text.split(CUT);
  const last = parts.pop() ?? '';
  const hidden = parts.map((part) => {
    const left = Math.max(0, ...forms.map((form) => lengthOfBeginning(form, part)));
    return left === 0 ? part : part.slice(0, -left) + HIDDEN;
  });
  return [...hidden, last].join(CUT);
}

/** The length of the longest beginning of `form` that the text ends with; 0 where it is too short to be recognized. */
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
    // Without the padding, so that it matches both with and without it.
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
