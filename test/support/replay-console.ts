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

const FIXTURES = new URL('../fixtures/consoles/', import.meta.url);

/** A recording by its name, `2.1.0.healthy`. */
export function loadRecording(name: string): RecordedExchange[] {
  return JSON.parse(readFileSync(new URL(`${name}.json`, FIXTURES), 'utf8'));
}

/** Answers one request, or gives false to let the next in line answer; `honest` makes that one answer after all. */
export type Responder = (request: IncomingMessage, response: ServerResponse, honest: () => void) => boolean;

export interface ReplayConsole {
  url: string;
  /** `GET /topic/list.query`, in the order in which they came. */
  requests: string[];
  /** Most requests that were in flight at one time. */
  maxInFlight(): number;
  /** Connections that nobody has closed; from here they never are. */
  connections(): Promise<number>;
  /** From now on answers from this recording. */
  replay(exchanges: readonly RecordedExchange[]): void;
  close(): Promise<void>;
}

/**
 * A console on a loopback port (an ephemeral one, unless it takes the place of another) that answers from a recording; what was not recorded is refused as a console
 * refuses it. `first` may answer before the recording is looked at.
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
    const honest = () => answer(`${request.method} ${request.url}`, response);
    if (!first?.(request, response, honest)) honest();
  });
  function answer(asked: string, response: ServerResponse): void {
    const recorded = answers.get(asked);
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
  // Whoever opens a connection must close it: here it stays open.
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

/** The first answer to each request is the one that counts; notes mark what was asked for its oddity, not as a cluster's state. */
function index(exchanges: readonly RecordedExchange[]): Map<string, RecordedExchange> {
  const answers = new Map<string, RecordedExchange>();
  for (const exchange of exchanges) {
    const key = `${exchange.request.method} ${exchange.request.path}`;
    if (!answers.has(key)) answers.set(key, exchange);
  }
  return answers;
}
