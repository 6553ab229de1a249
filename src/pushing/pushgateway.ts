import { gzipSync } from 'node:zlib';
import * as v from 'valibot';
import type { Deadline } from '../base/deadline.ts';
import { LagPusherError, toFailure } from '../base/errors.ts';
import { excerpt } from '../base/text.ts';
import {
  asksForBasic,
  basicAuthorization,
  describePage,
  leadsToLogin,
  looksLikeHtml,
  redirectTarget,
  schemesAskedFor,
} from '../http/answers.ts';
import { type BodyBudget, type HttpAnswer, type HttpRequest, NoAnswerError, openHttp } from '../http/client.ts';
import { type Exposition, textOf } from '../metrics/exposition.ts';
import type { PushSettings } from '../settings/settings.ts';

/** The gateway refused a request or could not be reached; `message` quotes its answer. */
export class PushError extends LagPusherError {
  constructor(message: string, options?: ErrorOptions) {
    super('pushgateway', message, options);
  }
}

/** The labels that identify a group at the gateway, `job` first. */
export type GroupingKey = Readonly<Record<string, string>>;

export interface Pushgateway {
  /** Replaces a whole group: series that `exposition` does not write are gone afterwards. Sent compressed where the gateway supports it. */
  put(key: GroupingKey, exposition: Exposition, deadline: Deadline): Promise<void>;
  /** Replaces the metrics that are in `text`, and leaves the group's other metrics as they are. */
  post(key: GroupingKey, text: string, deadline: Deadline): Promise<void>;
  /** Deletes a group. Idempotent: a group that does not exist is not an error. */
  remove(key: GroupingKey, deadline: Deadline): Promise<void>;
  /** The grouping keys of all groups at the gateway, not only this cluster's. */
  list(deadline: Deadline): Promise<GroupingKey[]>;
  close(): void;
}

/** The gateway lists groups only together with all their metrics. */
const MAX_LIST_BYTES = 256 * 1024 * 1024;
/** A message quotes the beginning of an answer to a push. Nothing else of it is needed. */
const MAX_ANSWER_BYTES = 64 * 1024;
const DEFAULT_TIMEOUT_MS = 15_000;

/** The error of a gateway that ignores `Content-Encoding`. Uncompressed, our exposition can always be parsed. */
const CANNOT_PARSE = /format parsing error/;

/** URLs of gateways that turned out not to support gzip (older than 1.5), kept while the Lambda is warm. */
export type GatewaysWithoutGzip = Set<string>;

export function openPushgateway(
  settings: PushSettings,
  withoutGzip: GatewaysWithoutGzip,
  { requestTimeoutMs = DEFAULT_TIMEOUT_MS, bodyBudget }: { requestTimeoutMs?: number; bodyBudget?: BodyBudget } = {},
): Pushgateway {
  const http = openHttp({
    baseUrl: settings.PUSHGATEWAY_URL,
    peer: 'the Pushgateway',
    urlSetting: 'PUSHGATEWAY_URL',
    caSetting: 'PUSHGATEWAY_CA',
    ca: settings.PUSHGATEWAY_CA,
    requestTimeoutMs,
    maxSockets: 1,
    maxBodyBytes: MAX_LIST_BYTES,
    bodyBudget,
  });
  const auth = authorization(settings);

  /**
   * No retries: a request that failed may have been stored, and the next tick is a minute away. Only if the gateway had
   * closed the kept-alive connection of the previous request, the request is sent a second time. Every request is
   * idempotent, and as there is at most one socket, the second connection is a new one.
   */
  async function send(method: Method, path: string, deadline: Deadline, content?: Content): Promise<HttpAnswer> {
    const headers = { ...auth, ...content?.headers };
    const request: HttpRequest = {
      method,
      path,
      headers,
      ...(content === undefined ? {} : { body: content.body }),
      ...(method === 'GET' ? {} : { readUpToBytes: MAX_ANSWER_BYTES }),
    };
    try {
      return await http.send(request, deadline).catch((error: unknown) => {
        if (error instanceof NoAnswerError && error.onStaleConnection) return http.send(request, deadline);
        throw error;
      });
    } catch (error) {
      throw new PushError(toFailure(error).message);
    }
  }

  function requireAccepted(answer: HttpAnswer, content?: Content): HttpAnswer {
    // A login page or a default virtual host answers 200 to any request, and stores nothing.
    const isPage = answer.status === 200 && looksLikeHtml(answer);
    if (answer.status >= 200 && answer.status < 300 && !isPage) return answer;
    const sent = { url: http.baseUrl, authorization: auth.Authorization, bytes: Buffer.byteLength(content?.body ?? '') };
    throw new PushError(`the Pushgateway at ${http.baseUrl} refused: ${describeRefusal(answer, sent)}`);
  }

  async function push(method: 'PUT' | 'POST', key: GroupingKey, content: Content, deadline: Deadline): Promise<void> {
    requireAccepted(await send(method, groupPath(key), deadline, content), content);
  }

  /** Sends a second time, uncompressed, only where the gateway parsed the compressed bytes as text and stored nothing. */
  async function put(key: GroupingKey, exposition: Exposition, deadline: Deadline): Promise<void> {
    if (withoutGzip.has(http.baseUrl)) return await push('PUT', key, plain(textOf(exposition)), deadline);
    const compressed = gzipped(exposition);
    const answer = await send('PUT', groupPath(key), deadline, compressed);
    if (!(answer.status === 400 && CANNOT_PARSE.test(answer.body))) return void requireAccepted(answer, compressed);
    await push('PUT', key, plain(textOf(exposition)), deadline);
    withoutGzip.add(http.baseUrl);
  }

  return {
    put,
    post: (key, text, deadline) => push('POST', key, plain(text), deadline),
    remove: async (key, deadline) => void requireAccepted(await send('DELETE', groupPath(key), deadline)),
    list: async (deadline) => decodeGroups(requireAccepted(await send('GET', '/api/v1/metrics', deadline)).body),
    close: http.close,
  };
}

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE';

interface Content {
  readonly headers: Record<string, string>;
  readonly body: string | Buffer;
}

const TEXT = { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' };

function plain(text: string): Content {
  return { headers: TEXT, body: text };
}

/**
 * Each chunk is compressed as it comes: the text of a large cluster would be the largest object that a tick has in memory.
 * Several gzip streams in a row are one valid gzip body. Level 1, because the higher levels cost several times the CPU for
 * a slightly smaller body. Synchronous, because the thread pool takes memory and the tick has nothing else to do meanwhile.
 */
function gzipped(exposition: Exposition): Content {
  const parts: Buffer[] = [];
  const encoder = new TextEncoder();
  let bytes = new Uint8Array(0);
  exposition((chunk) => {
    // A code unit takes three bytes at most.
    if (bytes.length < 3 * chunk.length) bytes = new Uint8Array(3 * chunk.length);
    const { written } = encoder.encodeInto(chunk, bytes);
    parts.push(gzipSync(bytes.subarray(0, written), { level: 1 }));
  });
  return { headers: { ...TEXT, 'Content-Encoding': 'gzip' }, body: Buffer.concat(parts) };
}

function authorization(settings: PushSettings): { Authorization?: string } {
  const { PUSHGATEWAY_USERNAME: username, PUSHGATEWAY_PASSWORD: password, PUSHGATEWAY_BEARER_TOKEN: token } = settings;
  if (token !== undefined) return { Authorization: `Bearer ${token}` };
  if (username === undefined || password === undefined) return {};
  return { Authorization: basicAuthorization(username, password) };
}

/** `/metrics/job/…/name/value…`. Values that are not safe in a path are sent as base64url, which the gateway decodes. */
export function groupPath(key: GroupingKey): string {
  return `/metrics${Object.entries(key)
    .map(([name, value]) =>
      /^[\w-][\w.-]*$/.test(value) ? `/${name}/${value}` : `/${name}@base64/${Buffer.from(value).toString('base64url') || '='}`,
    )
    .join('')}`;
}

const Groups = v.object({
  data: v.array(v.object({ labels: v.custom<GroupingKey>((value) => typeof value === 'object' && value !== null) })),
});

function decodeGroups(body: string): GroupingKey[] {
  try {
    return v.parse(Groups, JSON.parse(body)).data.map(({ labels: { job = '', ...rest } }) => ({ job, ...rest }));
  } catch (error) {
    throw new PushError('the Pushgateway listed its groups in a form that is not understood: is it older than 1.0?', { cause: error });
  }
}

/** The request that was refused. */
export interface Sent {
  /** URL of the gateway, as in the settings. */
  readonly url: string;
  readonly authorization: string | undefined;
  /** Size of the body as it was sent. */
  readonly bytes: number;
}

/** The answer's status and text, and what to do. The advice depends on the status, not on the text: any server may send a page. */
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

/** One line for each series that conflicts with another one. The braces contain its labels and its value. */
const SERIES_COMPLAINT = /^\* (collected metric .*\}) (.*)$/gm;

/** The gateway's error text. An error that is repeated for many series is quoted once, with the first of them and their number. */
function wordsOf(body: string): string {
  const complaints = new Map<string, { first: string; series: number }>();
  for (const [, series = '', complaint = ''] of body.matchAll(SERIES_COMPLAINT)) {
    const earlier = complaints.get(complaint);
    if (earlier === undefined) complaints.set(complaint, { first: series, series: 1 });
    else earlier.series += 1;
  }
  if (complaints.size === 0) return excerpt(body, 500);
  const beginning = body.slice(0, body.indexOf('\n')).replace(/:? *\d+ error\(s\) occurred:$/, '');
  const quoted = [...complaints].map(
    ([complaint, { first, series }]) =>
      `${excerpt(first, 300)} ${excerpt(complaint)}${series === 1 ? '' : `, and ${series - 1} more series likewise`}`,
  );
  const more = quoted.length > MAX_COMPLAINTS ? `; and ${quoted.length - MAX_COMPLAINTS} other complaints` : '';
  return `${excerpt(beginning)}: ${quoted.slice(0, MAX_COMPLAINTS).join('; ')}${more}`;
}

const MAX_COMPLAINTS = 3;
