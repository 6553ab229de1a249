import { gzipSync } from 'node:zlib';
import * as v from 'valibot';
import type { Deadline } from '../base/deadline.ts';
import { LagPusherError, toFailure } from '../base/errors.ts';
import { basicAuthorization } from '../http/authorization.ts';
import { type HttpAnswer, NoAnswerError, openHttp } from '../http/client.ts';
import { looksLikeHtml } from '../http/pages.ts';
import { type Exposition, textOf } from '../metrics/exposition.ts';
import type { PushSettings } from '../settings/config.ts';
import { describeRefusal } from './refusals.ts';

/** The gateway refused a request or could not be reached; `message` quotes its answer. */
export class PushError extends LagPusherError {
  constructor(message: string, options?: ErrorOptions) {
    super('pushgateway', message, options);
  }
}

/** The labels that identify one group at the gateway, `job` first. */
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
const DEFAULT_TIMEOUT_MS = 15_000;

/** The error of a gateway that ignores `Content-Encoding`. Uncompressed, our exposition can always be parsed. */
const CANNOT_PARSE = /format parsing error/;

/** URLs of gateways that turned out not to support gzip (older than 1.5). Kept while the process is warm. */
const plainOnly = new Set<string>();

export function openPushgateway(settings: PushSettings, requestTimeoutMs = DEFAULT_TIMEOUT_MS): Pushgateway {
  const http = openHttp({
    baseUrl: settings.PUSHGATEWAY_URL,
    peer: 'the Pushgateway',
    urlSetting: 'PUSHGATEWAY_URL',
    caSetting: 'PUSHGATEWAY_CA',
    ca: settings.PUSHGATEWAY_CA,
    requestTimeoutMs,
    maxSockets: 1,
    maxBodyBytes: MAX_LIST_BYTES,
  });
  const auth = authorization(settings);

  /**
   * No retries: a request that failed may have been stored, and the next tick is a minute away. Only where the gateway had
   * closed the kept-alive connection of the previous request, the request is sent a second time. Every request is
   * idempotent, and as there is at most one socket, the second connection is a new one.
   */
  async function send(method: Method, path: string, deadline: Deadline, content?: Content): Promise<HttpAnswer> {
    const headers = { ...auth, ...content?.headers };
    const request = { method, path, headers, ...(content === undefined ? {} : { body: content.body }) };
    try {
      return await http.send(request, deadline).catch((error: unknown) => {
        if (error instanceof NoAnswerError && error.onStaleConnection) return http.send(request, deadline);
        throw error;
      });
    } catch (error) {
      throw new PushError(toFailure(error).message);
    }
  }

  function accepted(answer: HttpAnswer, content?: Content): HttpAnswer {
    // A login page or a default virtual host answers 200 to any request, and stores nothing.
    const isPage = answer.status === 200 && looksLikeHtml(answer);
    if (answer.status >= 200 && answer.status < 300 && !isPage) return answer;
    const sent = { url: http.baseUrl, authorization: auth.Authorization, bytes: Buffer.byteLength(content?.body ?? '') };
    throw new PushError(`the Pushgateway at ${http.baseUrl} refused: ${describeRefusal(answer, sent)}`);
  }

  async function push(method: 'PUT' | 'POST', key: GroupingKey, content: Content, deadline: Deadline): Promise<void> {
    accepted(await send(method, groupPath(key), deadline, content), content);
  }

  /** Sends a second time, uncompressed, only where the gateway parsed the compressed bytes as text and stored nothing. */
  async function put(key: GroupingKey, exposition: Exposition, deadline: Deadline): Promise<void> {
    if (plainOnly.has(http.baseUrl)) return await push('PUT', key, plain(textOf(exposition)), deadline);
    const compressed = gzipped(exposition);
    const answer = await send('PUT', groupPath(key), deadline, compressed);
    if (!(answer.status === 400 && CANNOT_PARSE.test(answer.body))) return void accepted(answer, compressed);
    await push('PUT', key, plain(textOf(exposition)), deadline);
    plainOnly.add(http.baseUrl);
  }

  return {
    put,
    post: (key, text, deadline) => push('POST', key, plain(text), deadline),
    remove: async (key, deadline) => void accepted(await send('DELETE', groupPath(key), deadline)),
    list: async (deadline) => decodeGroups(accepted(await send('GET', '/api/v1/metrics', deadline)).body),
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
