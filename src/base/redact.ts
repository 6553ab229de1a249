/** Where a text was cut: a cut may leave half of a secret. */
export const CUT = '…';

/** Shorter values are not looked for: they would match everywhere, and hide every message. */
const MIN_SECRET_LENGTH = 3;
const HIDDEN = '[hidden]';

/** What our messages and names have in them whatever the settings are, and could be a secret or hold one. */
const OWN_WORDS = [
  'rocketmq-console',
  'rocketmq-dashboard',
  'rocketmq-lag-pusher',
  'rocketmq-monitor',
  'rocketmq_msg_diff_',
  'rocketmq_tick_',
  'rocketmqClusterName',
  'RocketMQ Studio',
  'an ordinary user',
  'a user name',
  'or password in it',
];

/**
 * Gives a function that hides every secret in a text, as it is and in the forms in which it travels and comes back
 * (URL-encoded, JSON, HTML, base64, with its white space collapsed), or the beginning of one where an excerpt cut it off.
 * `secrets` may name what basic authentication joins. What is a part of our own words, or of `ownNames`, stays.
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

/** Whether the `form` at a place of the text is a part of `own`, which stands there as a whole. */
function standsIn(own: string, form: string, text: string, at: number): boolean {
  for (let offset = own.indexOf(form); offset !== -1; offset = own.indexOf(form, offset + 1))
    if (text.startsWith(own, at - offset)) return true;
  return false;
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
