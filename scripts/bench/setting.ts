import type { RunningServer } from '../servers/processes.ts';
import { startPushgateway } from '../servers/servers.ts';
import { type ConsoleProcess, startConsole } from './processes.ts';
import type { Shape } from './shape.ts';

/** What all measurements share: read from the command line. */
export interface Setting {
  readonly shape: Shape;
  readonly latencyMs: number;
  readonly concurrency: number;
  readonly rounds: number;
  /** The node that runs what is measured. */
  readonly node: string;
}

export interface Servers {
  readonly console: ConsoleProcess;
  readonly gateway: RunningServer;
  /** A tick's environment between the two, with whatever else it is to have. */
  env(more?: Record<string, string>): Record<string, string>;
}

/** A console of this shape and a real Pushgateway, for as long as `use` takes. */
export async function between<T>(shape: Shape, { latencyMs, concurrency }: Setting, use: (servers: Servers) => Promise<T>): Promise<T> {
  const console = await startConsole(shape, latencyMs);
  try {
    const gateway = await startPushgateway();
    const base = { CONSOLE_URL: console.url, PUSHGATEWAY_URL: gateway.url, CLUSTER_NAME: 'bench', CONCURRENCY: String(concurrency) };
    try {
      return await use({ console, gateway, env: (more = {}) => ({ ...base, ...more }) });
    } finally {
      await gateway.stop();
    }
  } finally {
    await console.stop();
  }
}
