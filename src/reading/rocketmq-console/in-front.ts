import { asksForBasic, schemesAskedFor } from '../../http/authorization.ts';
import type { HttpAnswer } from '../../http/client.ts';
import { excerpt } from '../../http/excerpts.ts';
import { leadsToLogin, redirectTarget } from '../../http/redirects.ts';

/**
 * Whether the console itself says that nobody is logged in. It redirects to a route of its page, `/#/login?redirect=…`;
 * the route is its own where it is at the host that was asked. A console behind a proxy may know itself by another name:
 * then both the route and the address to come back to have it. A 401 that names no scheme says the same in HTTP's words.
 */
export function wantsItsLogin(answer: HttpAnswer, asked: string): boolean {
  if (answer.status === 401) return schemesAskedFor(answer).length === 0;
  const target = redirectTarget(answer, asked);
  if (target === undefined || !LOGIN_ROUTE.test(target.hash)) return false;
  if (target.host === new URL(asked).host) return true;
  const back = new URLSearchParams(target.hash.split('?')[1]).get('redirect') ?? '';
  if (!URL.canParse(back)) return false;
  const { origin, pathname } = new URL(back);
  return origin === target.origin && OWN_ENDPOINT.test(pathname);
}

const LOGIN_ROUTE = /^#\/login(\?|$)/;
const OWN_ENDPOINT = /\.(query|do)$/;

/**
 * What a server in front of the console asks for in its place; undefined where none does. It must not get the console's
 * password: it is another's.
 */
export function describeOtherLogin(answer: HttpAnswer, asked: string, consoleUrl: string, isBasicGiven: boolean): string | undefined {
  const inFront = `the server in front of the console at ${consoleUrl}`;
  const schemes = schemesAskedFor(answer);
  if (asksForBasic(schemes))
    return isBasicGiven
      ? `${inFront} refused CONSOLE_BASIC_USERNAME and CONSOLE_BASIC_PASSWORD: check both`
      : `${inFront} wants basic authentication: set CONSOLE_BASIC_USERNAME and CONSOLE_BASIC_PASSWORD`;
  if (schemes.length > 0)
    return `${inFront} wants authentication by ${excerpt(schemes.join(', '))}, which is not supported; ${GO_ROUND_IT}`;
  const target = redirectTarget(answer, asked);
  if (target === undefined || wantsItsLogin(answer, asked) || !leadsToLogin(target, asked)) return undefined;
  return `${inFront} redirects to a login of its own at ${excerpt(target.origin)}, which is not supported; ${GO_ROUND_IT}`;
}

const GO_ROUND_IT = 'set CONSOLE_URL to an address of the console without it';
