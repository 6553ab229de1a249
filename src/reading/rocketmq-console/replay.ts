import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';

/** One recorded exchange with a real console. `body` is parsed JSON, or text where it was not JSON. */
export interface RecordedExchange {
  request: { method: string; path: string; form?: Record<string, string>; json?: Record<string, string>; headers?: Record<string, string> };
  status: number;
  headers: Record<string, string>;
  body: unknown;
  ms: number;
  note?: string;
}

export function readRecording(file: string | URL): RecordedExchange[] {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** Answers a request and returns true, or returns false to have it answered from the recording. `pass` sends the recorded answer. */
export type Responder = (request: IncomingMessage, response: ServerResponse, pass: () => void) => boolean;

export interface ReplayConsole {
  url: string;
  /** Requests such as `GET /topic/list.query`, in order of arrival. */
  requests: string[];
  /** The highest number of requests that were in flight at the same time. */
  maxInFlight(): number;
  /** Number of open connections; this server itself never closes one. */
  connections(): Promise<number>;
  /** Answers from these exchanges from now on. */
  replay(exchanges: readonly RecordedExchange[]): void;
  close(): Promise<void>;
}

/**
 * A console on a loopback port that answers from a recording. The port is ephemeral, unless it replaces another console.
 * A request that was not recorded is refused in the way a console does. `first` may answer before the recording is used.
 */
export async function startReplayConsole(exchanges: readonly RecordedExchange[], first?: Responder, port = 0): Promise<ReplayConsole> {
  let answers = index(exchanges);
  const requests: string[] = [];
  let inFlight = 0;
  let most = 0;
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    inFlight += 1;
    most = Math.max(most, inFlight);
    response.on('close', () => {
      inFlight -= 1;
    });
    const pass = () => answer(`${request.method} ${request.url}`, response);
    if (!first?.(request, response, pass)) pass();
  });
  function answer(request: string, response: ServerResponse): void {
    const recorded = answers.get(request);
    if (recorded) send(response, recorded.status, recorded.headers, recorded.body);
    else send(response, 200, {}, { status: -1, data: null, errMsg: 'not recorded' });
  }
  const url = await listen(server, port);
  return {
    url,
    requests,
    maxInFlight: () => most,
    connections: () => connections(server),
    replay: (next) => {
      answers = index(next);
    },
    close: () => closeServer(server),
  };
}

export function send(response: ServerResponse, status: number, headers: Record<string, string>, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json;charset=utf-8', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

export async function listen(server: Server, port = 0): Promise<string> {
  // The client must close its connections: this server keeps them open.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

export async function connections(server: Server): Promise<number> {
  return await promisify(server.getConnections.bind(server))();
}

export async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
}

/** Uses the first answer to each request. Exchanges with a note were recorded for a special case, not as the cluster's state. */
function index(exchanges: readonly RecordedExchange[]): Map<string, RecordedExchange> {
  const answers = new Map<string, RecordedExchange>();
  for (const exchange of exchanges) {
    const key = `${exchange.request.method} ${exchange.request.path}`;
    if (!answers.has(key)) answers.set(key, exchange);
  }
  return answers;
}
