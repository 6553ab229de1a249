import type { Deadline } from '../../base/deadline.ts';
import { LagPusherError } from '../../base/errors.ts';
import type { HttpAnswer, HttpClient } from '../../http/client.ts';
import { excerpt } from '../../http/excerpts.ts';
import { describePage, looksLikeHtml } from '../../http/pages.ts';
import type { Session } from './session.ts';
import { adviseOnStatus, StatusError } from './status.ts';
import { decodeEnvelope } from './wire.ts';

/** What answers there does not seem to be a rocketmq-console. */
export class NotAConsoleError extends LagPusherError {
  constructor(message: string) {
    super('not-a-console', message);
  }
}

/** Asks one endpoint; gives the `data` of its answer, checked to be one. */
export type Ask = (endpoint: string, params: Record<string, string>, deadline: Deadline) => Promise<unknown>;

export function askConsole(http: HttpClient, session: Session): Ask {
  return async (endpoint, params, deadline) => {
    const query = Object.entries(params).map(([key, value]) => `${key}=${encodeURIComponent(value.toWellFormed())}`);
    const path = query.length === 0 ? endpoint : `${endpoint}?${query.join('&')}`;
    const answer = await session.send({ method: 'GET', path }, deadline);
    if (answer.status !== 200) throw refuseStatus(answer, http.baseUrl + endpoint);
    if (looksLikeHtml(answer)) throw new NotAConsoleError(`${http.baseUrl + endpoint} answered with ${describePage(answer)}: ${EXPECTED}`);
    return decodeEnvelope(answer.body);
  };
}

const EXPECTED = 'this does not seem to be rocketmq-console or rocketmq-dashboard; check CONSOLE_URL, its context path included';

function refuseStatus(answer: HttpAnswer, url: string): LagPusherError {
  const { status, headers } = answer;
  if (status === 404) return new NotAConsoleError(`${url} answered 404 with ${describePage(answer)}: ${EXPECTED}`);
  if (status >= 300 && status < 400) {
    return new StatusError(
      status,
      `${url} answered ${status}, a redirect to ${excerpt(String(headers.location ?? 'nowhere'))}, which is not followed; set CONSOLE_URL to where the console itself is`,
    );
  }
  return new StatusError(status, `${url} answered ${status} with ${describePage(answer)}${adviseOnStatus(status)}`);
}
