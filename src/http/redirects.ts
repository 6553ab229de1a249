import type { HttpAnswer } from './client.ts';

/** Where a redirect leads, seen from the URL that was asked; undefined where the answer is none, or leads nowhere. */
export function redirectTarget({ status, headers }: Pick<HttpAnswer, 'status' | 'headers'>, asked: string): URL | undefined {
  if (status < 300 || status >= 400 || headers.location === undefined) return undefined;
  const location = String(headers.location);
  return URL.canParse(location, asked) ? new URL(location, asked) : undefined;
}

/** What login pages and single sign-on are called, in a host name or a path. */
const LOGIN_WORDS = /log-?in|sign-?_?in|sso|oauth|oidc|openid|saml|auth|(^|[./])(cas|idp|adfs)\b/i;

/** Whether a redirect leads to a login, rather than to where what was asked for is now. */
export function leadsToLogin(target: URL, asked: string): boolean {
  const { pathname, search } = new URL(asked);
  // The same at another address, as from http to https: a topic may be named like a login.
  if (target.pathname === pathname && target.search === search) return false;
  return LOGIN_WORDS.test(target.host + target.pathname) || /^#!?\/?(log-?in|sign-?in)/i.test(target.hash);
}
