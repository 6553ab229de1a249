import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { clusterBody, type Shape, topicBody, topicListBody, topicName } from './shape.ts';
import { whyBodies } from './why-bodies.ts';

export interface Served {
  /** Requests answered, and the bytes of their bodies. */
  requests: number;
  bytes: number;
  /** Most requests that were in flight at one time, and most for one path. */
  maxInFlight: number;
  maxPerPath: number;
}

export interface SyntheticConsole {
  url: string;
  /** What was served since the last time this was asked. */
  take(): Served;
  close(): Promise<void>;
}

export interface Behaviour {
  /** Milliseconds before each answer. */
  latencyMs: number;
  /** Answers the nth request (from 1) for a path in its own way, and gives true; what a broken console does. */
  instead?: (path: string, nth: number, response: ServerResponse) => boolean;
}

/** A console on an ephemeral loopback port, in front of a cluster of this shape. Bodies are made before it answers. */
export async function startSyntheticConsole(shape: Shape, { latencyMs, instead }: Behaviour): Promise<SyntheticConsole> {
  const bodies = new Map<string, Buffer>([
    ['/topic/list.query', Buffer.from(topicListBody(shape))],
    ['/cluster/list.query', Buffer.from(clusterBody())],
  ]);
  for (let index = 0; index < shape.topics; index += 1)
    bodies.set(`/topic/queryConsumerByTopic.query?topic=${topicName(index)}`, Buffer.from(topicBody(shape, index)));
  const why = whyBodies(shape);
  for (const [path, { body }] of why) bodies.set(path, Buffer.from(body));
  const unknown = Buffer.from(JSON.stringify({ status: -1, data: null, errMsg: 'no such question here' }));

  let served = nothing();
  let inFlight = 0;
  let perPath = new Map<string, number>();
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const nth = (perPath.get(path) ?? 0) + 1;
    perPath.set(path, nth);
    inFlight += 1;
    served.requests += 1;
    served.maxInFlight = Math.max(served.maxInFlight, inFlight);
    served.maxPerPath = Math.max(served.maxPerPath, nth);
    response.on('close', () => {
      inFlight -= 1;
    });
    setTimeout(
      () => {
        if (instead?.(path, nth, response)) return;
        const body = bodies.get(path) ?? unknown;
        served.bytes += body.length;
        response.writeHead(200, { 'Content-Type': 'application/json;charset=utf-8', 'Content-Length': body.length });
        response.end(body);
      },
      latencyMs + (why.get(path)?.moreMs ?? 0),
    );
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take() {
      const taken = served;
      served = nothing();
      perPath = new Map();
      return taken;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function nothing(): Served {
  return { requests: 0, bytes: 0, maxInFlight: 0, maxPerPath: 0 };
}
