import { asksForBasic, schemesAskedFor } from '../http/authorization.ts';
import type { HttpAnswer } from '../http/client.ts';
import { excerpt } from '../http/excerpts.ts';
import { describePage, looksLikeHtml } from '../http/pages.ts';
import { leadsToLogin, redirectTarget } from '../http/redirects.ts';

/** What was sent, and how. */
export interface Sent {
  /** Of the gateway, as it is set. */
  readonly url: string;
  readonly authorization: string | undefined;
  /** Of the body, as it went out. */
  readonly bytes: number;
}

/** The answer's status and words, and what to do about it. The advice follows from the status: any server may send a page. */
export function describeRefusal(answer: HttpAnswer, sent: Sent): string {
  if (answer.status >= 300 && answer.status < 400) return describeRedirect(answer, sent);
  const words = looksLikeHtml(answer) ? describePage(answer) : wordsOf(answer.body);
  const advice = adviceOn(answer, sent);
  return `${answer.status} ${words}${advice === undefined ? '' : ` (${advice})`}`.trim();
}

function describeRedirect(answer: HttpAnswer, { url }: Sent): string {
  const { status, headers } = answer;
  const target = redirectTarget(answer, url);
  const where = `${status}, a redirect to ${excerpt(String(headers.location ?? 'nowhere'))}, which is not followed`;
  if (target !== undefined && leadsToLogin(target, url))
    return `${where}: what is in front of the Pushgateway wants a login of its own at ${excerpt(target.origin)}; set PUSHGATEWAY_URL to an address without it`;
  return `${where}; set PUSHGATEWAY_URL to where the gateway itself is`;
}

function adviceOn(answer: HttpAnswer, { authorization, bytes }: Sent): string | undefined {
  switch (answer.status) {
    case 401:
      return adviceOnCredentials(answer, authorization);
    case 403:
      return 'what is in front of the Pushgateway does not let this through: check PUSHGATEWAY_USERNAME and PUSHGATEWAY_PASSWORD, or PUSHGATEWAY_BEARER_TOKEN, and whether it allows this address and method';
    case 413:
      return `the body of ${bytes} bytes is too large for what is in front of the Pushgateway: raise its limit, for nginx client_max_body_size, or push less: DETAIL nonzero or off, or a lower MAX_SERIES`;
    case 502:
    case 503:
    case 504:
      return 'what is in front of the Pushgateway cannot reach it: does the Pushgateway run?';
    case 200:
    case 404:
    case 405:
      return 'is PUSHGATEWAY_URL a Pushgateway?';
    default:
      return undefined;
  }
}

function adviceOnCredentials(answer: HttpAnswer, authorization: string | undefined): string {
  const schemes = schemesAskedFor(answer);
  const given = authorization?.split(' ', 1)[0];
  if (asksForBasic(schemes))
    return given === 'Basic'
      ? 'it did not take PUSHGATEWAY_USERNAME and PUSHGATEWAY_PASSWORD: check both'
      : 'it wants basic authentication: set PUSHGATEWAY_USERNAME and PUSHGATEWAY_PASSWORD';
  if (schemes.some((scheme) => scheme.toLowerCase() === 'bearer'))
    return given === 'Bearer' ? 'it did not take PUSHGATEWAY_BEARER_TOKEN' : 'it wants a bearer token: set PUSHGATEWAY_BEARER_TOKEN';
  if (schemes.length > 0) return `it wants authentication by ${excerpt(schemes.join(', '))}, which is not supported`;
  return 'check PUSHGATEWAY_USERNAME and PUSHGATEWAY_PASSWORD, or PUSHGATEWAY_BEARER_TOKEN';
}

/** One line for each series that is in another's way; what stands in braces are its labels and its value. */
const SERIES_COMPLAINT = /^\* (collected metric .*\}) (.*)$/gm;

/** The words of a gateway. What it says of many series alike is said once, with the first of them and how many there are. */
function wordsOf(body: string): string {
  const complaints = new Map<string, { first: string; series: number }>();
  for (const [, series = '', verdict = ''] of body.matchAll(SERIES_COMPLAINT)) {
    const known = complaints.get(verdict);
    if (known === undefined) complaints.set(verdict, { first: series, series: 1 });
    else known.series += 1;
  }
  if (complaints.size === 0) return excerpt(body, 500);
  const beginning = body.slice(0, body.indexOf('\n')).replace(/:? *\d+ error\(s\) occurred:$/, '');
  const said = [...complaints].map(
    ([verdict, { first, series }]) =>
      `${excerpt(first, 300)} ${excerpt(verdict)}${series === 1 ? '' : `, and ${series - 1} more series likewise`}`,
  );
  const more = said.length > MAX_COMPLAINTS ? `; and ${said.length - MAX_COMPLAINTS} other complaints` : '';
  return `${excerpt(beginning)}: ${said.slice(0, MAX_COMPLAINTS).join('; ')}${more}`;
}

const MAX_COMPLAINTS = 3;
