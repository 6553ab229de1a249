import { request as ask, createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { closeServer, listen, type Responder, send } from '../../src/reading/rocketmq-console/replay.ts';

export interface ProxyOptions {
  /** URL of the real server. */
  target: string;
  /** May answer a request instead of the real server. */
  first?: Responder;
  /** The only `Authorization` header that is accepted. */
  authorization?: string;
  tls?: { key: string; cert: string };
}

export interface RunningProxy {
  url: string;
  /** Requests such as `PUT /metrics/job/…`, in order of arrival. */
  requests: string[];
  close(): Promise<void>;
}

/** A reverse proxy in front of a console or a real Pushgateway: with authentication, with TLS, or with faults. */
export async function startProxy({ target, first, authorization, tls }: ProxyOptions): Promise<RunningProxy> {
  const requests: string[] = [];
  const listener: RequestListener = (request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (authorization !== undefined && request.headers.authorization !== authorization) {
      send(
        response,
        401,
        { 'WWW-Authenticate': `${authorization.split(' ', 1)[0]} realm="proxy"` },
        `Unauthorized: ${request.headers.authorization ?? 'no credentials'}`,
      );
      return;
    }
    const honest = () => passOn(target, request, response);
    if (!first?.(request, response, honest)) honest();
  };
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
  const url = await listen(server);
  return { url: tls === undefined ? url : url.replace('http:', 'https:'), requests, close: () => closeServer(server) };
}

function passOn(target: string, request: IncomingMessage, response: ServerResponse): void {
  const passedOn = ask(target + request.url, { method: request.method, headers: request.headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  passedOn.on('error', () => response.destroy());
  request.pipe(passedOn);
}
