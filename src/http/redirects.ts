import type { HttpAnswer } from './client.ts';

/** The target of a redirect, relative to the requested URL; undefined where the answer is not a redirect or has no valid target. */
export function redirectTarget({ status, headers }: Pick<HttpAnswer, 'status' | 'headers'>, asked: string): URL | undefined {
  if (status < 300 || status >= 400 || headers.location === undefined) return undefined;
  const location = String(headers.location);
  return URL.canParse(location, asked) ? new URL(location, asked) : undefined;
}

/** Words in a host name or a path that indicate a login page or single sign-on. */
const LOGIN_WORDS = /log-?in|sign-?_?in|sso|oauth|oidc|openid|saml|auth|(^|[./])(cas|idp|adfs)\b/i;

/** Whether a redirect leads to a login, rather than to the new address of the requested resource. */
export function leadsToLogin(target: URL, asked: string): boolean {
  const { pathname, search } = new URL(asked);
  // The same path and query at another address, as from http to https, is no login: a topic's name may contain such a word.
  if (target.pathname === pathname && target.search === search) return false;
  return LOGIN_WORDS.test(target.host + target.pathname) || /^#!?\/?(log-?in|sign-?in)/i.test(target.hash);
}
