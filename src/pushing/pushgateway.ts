import { gzipSync } from 'node:zlib';
import type { Registry } from 'prom-client';
import * as v from 'valibot';
import type { Deadline } from '../base/deadline.ts';
import { LagPusherError, toFailure } from '../base/errors.ts';
import { basicAuthorization } from '../http/authorization.ts';
import { type HttpAnswer, NoAnswerError, openHttp } from '../http/client.ts';
import { looksLikeHtml } from '../http/pages.ts';
import type { PushSettings } from '../settings/config.ts';
import { describeRefusal } from './refusals.ts';

/** The gateway did not take what was sent; `message` has its words. */
export class PushError extends LagPusherError {
  constructor(message: string, options?: ErrorOptions) {
    super('pushgateway', message, options);
  }
}

/** Labels of one group at the gateway, `job` first: the key under which it is put, posted and deleted. */
export type GroupingKey = Readonly<Record<string, string>>;

export interface Pushgateway {
  /** Replaces all of a group: what is not in `registry` is gone afterwards. Sent compressed, where the gateway takes that. */
  put(key: GroupingKey, registry: Registry, deadline: Deadline): Promise<void>;
  /** Replaces the metrics that `registry` names, and leaves the group's other metrics as they are. */
  post(key: GroupingKey, registry: Registry, deadline: Deadline): Promise<void>;
  /** Deletes a group; one that does not exist is as good as deleted. */
  remove(key: GroupingKey, deadline: Deadline): Promise<void>;
  /** The grouping keys of all groups, everybody's. */
  list(deadline: Deadline): Promise<GroupingKey[]>;
  close(): void;
}

/** The list of groups comes with all their metrics; there is no shorter way to ask. */
const MAX_LIST_BYTES = 256 * 1024 * 1024;
const DEFAULT_TIMEOUT_MS = 15_000;

/** What a gateway says that does not know `Content-Encoding`. Our text itself can always be parsed. */
const CANNOT_PARSE = /format parsing error/;

/** Gateways, by URL, that were found not to read gzip: those before 1.5. Kept while the process is warm. */
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
   * Sends once: what failed may have landed, and the next tick is a minute away. A second time only where the gateway had
   * closed the connection that was kept from the request before. All that is sent is idempotent, and with one socket at
   * most the second connection is a new one.
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
    // A login page or a default host answers 200 to anything, and stores nothing.
    const isPage = answer.status === 200 && looksLikeHtml(answer);
    if (answer.status >= 200 && answer.status < 300 && !isPage) return answer;
    const sent = { url: http.baseUrl, authorization: auth.Authorization, bytes: Buffer.byteLength(content?.body ?? '') };
    throw new PushError(`the Pushgateway at ${http.baseUrl} refused: ${describeRefusal(answer, sent)}`);
  }

  async function push(method: 'PUT' | 'POST', key: GroupingKey, content: Content, deadline: Deadline): Promise<void> {
    accepted(await send(method, groupPath(key), deadline, content), content);
  }

  /** Sent once; a second time only to a gateway that took the compressed bytes for text, and has stored nothing. */
  async function put(key: GroupingKey, registry: Registry, deadline: Deadline): Promise<void> {
    if (plainOnly.has(http.baseUrl)) return await push('PUT', key, await plain(registry), deadline);
    const compressed = await gzipped(registry);
    const answer = await send('PUT', groupPath(key), deadline, compressed);
    if (!(answer.status === 400 && CANNOT_PARSE.test(answer.body))) return void accepted(answer, compressed);
    await push('PUT', key, await plain(registry), deadline);
    plainOnly.add(http.baseUrl);
  }

  return {
    put,
    post: async (key, registry, deadline) => push('POST', key, await plain(registry), deadline),
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

async function plain(registry: Registry): Promise<Content> {
  return { headers: TEXT, body: await registry.metrics() };
}

/**
 * The whole exposition is compressed before any of it is sent, metric by metric: as one text it would be the largest
 * thing that a tick has in memory. Compressed parts in a row are one compressed body. The lowest level: the others cost
 * several times the CPU for a body little smaller; and at once, for a thread pool takes memory and nothing else is to do.
 */
async function gzipped(registry: Registry): Promise<Content> {
  const parts: Buffer[] = [];
  for (const { name } of registry.getMetricsAsArray())
    parts.push(gzipSync(`${await registry.getSingleMetricAsString(name)}\n`, { level: 1 }));
  return { headers: { ...TEXT, 'Content-Encoding': 'gzip' }, body: Buffer.concat(parts) };
}

function authorization(settings: PushSettings): { Authorization?: string } {
  const { PUSHGATEWAY_USERNAME: username, PUSHGATEWAY_PASSWORD: password, PUSHGATEWAY_BEARER_TOKEN: token } = settings;
  if (token !== undefined) return { Authorization: `Bearer ${token}` };
  if (username === undefined || password === undefined) return {};
  return { Authorization: basicAuthorization(username, password) };
}

/** `/metrics/job/…/name/value…`. Values that a path would mangle go in base64url, as the gateway understands it. */
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
