import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';

/** What a console answers, and how long it works for that. */
export interface Answer {
  readonly body: Buffer;
  readonly ms: number;
}

export function answer(data: unknown, ms: number): Answer {
  return { body: Buffer.from(JSON.stringify({ status: 0, data, errMsg: null })), ms };
}

export function refusal(errMsg: string, ms: number): Answer {
  return { body: Buffer.from(JSON.stringify({ status: -1, data: null, errMsg })), ms };
}

export interface Served {
  requests: number;
  /** Most requests that were in flight at one time, and most for one path. */
  maxInFlight: number;
  maxPerPath: number;
}

const NOTHING: Served = { requests: 0, maxInFlight: 0, maxPerPath: 0 };

export interface BenchConsole {
  readonly url: string;
  /** What was served since the last time this was asked. */
  take(): Served;
  close(): Promise<void>;
}

export interface ConsoleOptions {
  /** Path and query in, as they were requested. */
  readonly answerTo: (path: string) => Answer;
  /** How many answers it works for at a time; default: all of them. */
  readonly adminClients?: number;
  /** Answers the nth request (from 1) for a path in its own way, and gives true; what a broken console does. */
  readonly instead?: ((path: string, nth: number, response: ServerResponse) => boolean) | undefined;
}

/** A console on an ephemeral loopback port. */
export async function startConsole({ answerTo, adminClients = Infinity, instead }: ConsoleOptions): Promise<BenchConsole> {
  const work = pLimit(adminClients);
  let served: Served = { ...NOTHING };
  let perPath = new Map<string, number>();
  let inFlight = 0;
  const server = createServer(async ({ url: path = '' }, response) => {
    const nth = (perPath.get(path) ?? 0) + 1;
    perPath.set(path, nth);
    inFlight += 1;
    served.requests += 1;
    served.maxInFlight = Math.max(served.maxInFlight, inFlight);
    served.maxPerPath = Math.max(served.maxPerPath, nth);
    response.on('close', () => {
      inFlight -= 1;
    });
    const { body, ms } = answerTo(path);
    if (ms > 0) await work(() => sleep(ms));
    if (instead?.(path, nth, response)) return;
    response.writeHead(200, { 'Content-Type': 'application/json;charset=utf-8', 'Content-Length': body.length }).end(body);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take() {
      const taken = served;
      served = { ...NOTHING };
      perPath = new Map();
      return taken;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
