import type { Ran } from './run.ts';

// No six characters of these are to be found in a word.
export const CONSOLE_PASSWORD = `kX7q_w "zw4Jv6"  <Rq9bT3> & 'Yd2mN8' ü/+Zk5`;
export const CONSOLE_BASIC_PASSWORD = 'Hf2kB8|sN5vX1~"Mj7dQ4 & <Wp3gT9>';
export const PUSHGATEWAY_PASSWORD = 'Gv8tW1/hJ6xP+"Lc3qF9" & <Bn5sK0>';
export const PUSHGATEWAY_BEARER_TOKEN = 'Uy4eM7/aD2iO+Sw6gH8jV==';
export const BASIC = { PUSHGATEWAY_USERNAME: 'lag', PUSHGATEWAY_PASSWORD };
export const BEARER = { PUSHGATEWAY_BEARER_TOKEN };

/** What a secret can look like once it has travelled. */
export function forms(secret: string): string[] {
  const html = secret
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
  const base64 = Buffer.from(secret).toString('base64');
  return [
    secret,
    secret.replace(/\s+/g, ' '),
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    new URLSearchParams([['', secret]]).toString().slice(1),
    html,
    base64,
    Buffer.from(secret).toString('base64url'),
  ];
}

const FOR_CONSOLE = [CONSOLE_PASSWORD, CONSOLE_BASIC_PASSWORD, `dor:${CONSOLE_BASIC_PASSWORD}`];
export const WITH_BASIC = [...FOR_CONSOLE, PUSHGATEWAY_PASSWORD, `lag:${PUSHGATEWAY_PASSWORD}`];
export const WITH_BEARER = [...FOR_CONSOLE, PUSHGATEWAY_BEARER_TOKEN];
const SECRETS = [...WITH_BASIC, ...WITH_BEARER];
const WINDOW = 6;
/** Any six characters in a row of any form give a secret away, a cut one as well. */
const TELLTALES = new Set(
  SECRETS.flatMap(forms).flatMap((form) => Array.from({ length: form.length - WINDOW + 1 }, (_, at) => form.slice(at, at + WINDOW))),
);

export function leaks(text: string): string[] {
  const found = new Set<string>();
  for (let at = 0; at + WINDOW <= text.length; at += 1)
    if (TELLTALES.has(text.slice(at, at + WINDOW))) found.add(text.slice(at, at + WINDOW));
  return [...found];
}

/** All that a tick says to anybody. */
export function saidBy({ result, error, log }: Ran): string {
  return [
    log.text(),
    JSON.stringify(result ?? null),
    error?.message,
    error?.stack,
    JSON.stringify({ ...error }),
    String(error?.cause),
  ].join('\n');
}
