import { createServer } from 'node:http';
import { closeServer, listen } from '../../src/reading/rocketmq-console/replay.ts';

export interface Notified {
  /** The receiver to which Alertmanager sent it. */
  readonly receiver: string;
  readonly status: 'firing' | 'resolved';
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A webhook on loopback that keeps what Alertmanager sends. */
export async function startWebhook(): Promise<{ url: string; received: Notified[]; stop(): Promise<void> }> {
  const received: Notified[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const { receiver, alerts } = JSON.parse(body) as { receiver: string; alerts: Omit<Notified, 'receiver'>[] };
    received.push(...alerts.map((alert) => ({ ...alert, receiver })));
    response.end();
  });
  return { url: await listen(server), received, stop: () => closeServer(server) };
}
