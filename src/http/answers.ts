import { excerpt } from '../base/text.ts';
import type { HttpAnswer } from './client.ts';

/** The value of the `Authorization` header for basic authentication; the user name must not contain a colon. */
export function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** The authentication schemes that a 401 names (`Basic`, `Bearer`, `Negotiate`); empty if it names none. */
export function schemesAskedFor({ status, headers }: Pick<HttpAnswer, 'status' | 'headers'>): string[] {
  if (status !== 401) return [];
  // A quoted value may contain anything, even a comma and the name of another scheme.
  const challenges = [headers['www-authenticate'] ?? []]
    .flat()
    .join(',')
    .replace(/"(?:[^"\\]|\\.)*"/g, '""');
  return challenges.split(',').flatMap((part) => /^\s*([A-Za-z][\w-]*)(?=\s|$)/.exec(part)?.[1] ?? []);
}

export function asksForBasic(schemes: readonly string[]): boolean {
  return schemes.some((scheme) => scheme.toLowerCase() === 'basic');
}

export function looksLikeHtml({ headers, body }: Pick<HttpAnswer, 'headers' | 'body'>): boolean {
  return String(headers['content-type'] ?? '').includes('html') || /^\s*<(!doctype|html)/i.test(body);
}

/** How many characters of a page are searched: a regular expression over megabytes of untrusted text could take very long. */
const PAGE_BEGINNING = 20_000;

export function pageBeginning({ body }: Pick<HttpAnswer, 'body'>): string {
  return body.slice(0, PAGE_BEGINNING);
}

/** ` from nginx/1.24`, by the `Server` header; empty without one. */
export function fromServer({ headers }: Pick<HttpAnswer, 'headers'>): string {
  return headers.server === undefined ? '' : ` from ${excerpt(String(headers.server))}`;
}

/** A few words about an unexpected answer that suggest what kind of server sent it. */
export function describePage(answer: HttpAnswer): string {
  const body = pageBeginning(answer);
  const server = fromServer(answer);
  if (looksLikeHtml({ headers: answer.headers, body })) {
    const title = /<title[^>]*>([^<]*)</i.exec(body)?.[1];
    return title ? `an HTML page titled "${excerpt(title)}"${server}` : `an HTML page${server}`;
  }
  return (body.trim() === '' ? 'an empty body' : `"${excerpt(body)}"`) + server;
}

/** The target of a redirect, resolved against the requested URL; undefined if the answer is no redirect or has no valid target. */
export function redirectTarget({ status, headers }: Pick<HttpAnswer, 'status' | 'headers'>, requestUrl: string): URL | undefined {
  if (status < 300 || status >= 400 || headers.location === undefined) return undefined;
  const location = String(headers.location);
  return URL.canParse(location, requestUrl) ? new URL(location, requestUrl) : undefined;
}

/**
 * Words in a host name or a path that indicate a login page or single sign-on. A word begins and ends where letters do, so
 * that `mq-processor`, `/lesson` and `/blogindex` have none; `authors` begins with `auth` and is none either.
 */
const LOGIN_WORD =
  /(?<![a-z])((user|web|sso)?log[-_]?in(page|form)?|sign[-_]?in|sso|o?auth(?!ors?(?![a-z])|or(ed|ing|ship))[a-z0-9]*|oidc|openid|saml\d*|cas|idp|adfs)(?![a-z])/i;

/** `/userLogin` and `/ssoStart` have two words each. */
function splitCamelCase(text: string): string {
  return text.replace(/([a-z])([A-Z])/g, '$1-$2');
}

/** Whether a redirect leads to a login, rather than to the new address of the requested resource. */
export function leadsToLogin(target: URL, requestUrl: string): boolean {
  const { pathname, search } = new URL(requestUrl);
  // A redirect of the same path and query to another address, as from http to https, is no login. Such a path may contain a login
  // word in the name of a topic.
  if (target.pathname === pathname && target.search === search) return false;
  return LOGIN_WORD.test(splitCamelCase(target.host + target.pathname)) || /^#!?\/?(log-?in|sign-?in)/i.test(target.hash);
}
