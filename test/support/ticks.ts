import type { Deadline } from '../../src/base/deadline.ts';
import type { TickRequest } from '../../src/event.ts';
import type { ClusterReadings } from '../../src/lag/readings.ts';
import { textOf } from '../../src/metrics/exposition.ts';
import type { GroupingKey } from '../../src/pushing/pushgateway.ts';
import type { ClusterReader, ReadScope } from '../../src/reading/reader.ts';
import type { TickResult } from '../../src/result.ts';
import { readSettings, type Settings } from '../../src/settings/settings.ts';
import { tick } from '../../src/tick.ts';
import { NOW } from './readings.ts';

/** A deadline at which the clock stands still. */
export function timeLeft(ms: number): Deadline {
  return { remainingMs: () => ms, earlierBy: (kept) => timeLeft(ms - kept) };
}

export interface Push {
  readonly method: 'PUT' | 'POST' | 'DELETE';
  readonly key: GroupingKey;
  /** The sample lines. */
  readonly samples: readonly string[];
  readonly leftMs: number;
}

export interface Ticked {
  readonly result?: TickResult;
  readonly error?: unknown;
  readonly pushes: readonly Push[];
  readonly scope: ReadScope;
  readonly warnings: readonly (string | Record<string, unknown>)[][];
  /** Names of what was closed, in order. */
  readonly closed: readonly string[];
}

export interface TickOptions {
  readonly request?: Partial<TickRequest>;
  readonly env?: Record<string, string>;
  readonly leftMs?: number;
  readonly onProgress?: (read: number, of: number) => void;
  /** What the reader knows of why no group could be read. */
  readonly whyNoGroup?: ClusterReader['whyNoGroup'];
  /** The errors with which the gateway refuses, by method. */
  readonly refuses?: Partial<Record<Push['method'], Error>>;
}

/** Each time a tick reads the clock, it is a second later; the first time it is `NOW`. */
export const SECOND_MS = 1000;

/** Runs one tick with given readings, or with a read that fails, and records what it did: no server, no real clock. */
export async function tickOf(
  readings: ClusterReadings | Error,
  { request, env, leftMs = 50_000, refuses = {}, whyNoGroup, onProgress }: TickOptions = {},
): Promise<Ticked> {
  const pushes: Push[] = [];
  const warnings: (string | Record<string, unknown>)[][] = [];
  const closed: string[] = [];
  const scopes: ReadScope[] = [];
  let now = NOW - SECOND_MS;
  async function push(method: Push['method'], key: GroupingKey, text: string, deadline: Deadline): Promise<void> {
    const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    pushes.push({ method, key, samples, leftMs: deadline.remainingMs() });
    const refusal = refuses[method];
    if (refusal) throw refusal;
  }
  const ignore = () => {};
  const ran = tick(
    { dryRun: false, forget: false, ...request },
    {
      reader: {
        read: async (scope) => {
          scopes.push(scope);
          if (readings instanceof Error) throw readings;
          return readings;
        },
        usage: () => ({ requests: 7, answerSeconds: { median: 0.02, slowest: 1.5 } }),
        ...(whyNoGroup && { whyNoGroup }),
        close: () => void closed.push('reader'),
      },
      gateway: {
        put: (key, exposition, deadline) => push('PUT', key, textOf(exposition), deadline),
        post: (key, text, deadline) => push('POST', key, text, deadline),
        remove: (key, deadline) => push('DELETE', key, '', deadline),
        list: async () => [],
        close: () => void closed.push('gateway'),
      },
      settings: settingsOf(env),
      deadline: timeLeft(leftMs),
      clock: () => {
        now += SECOND_MS;
        return now;
      },
      log: {
        debug: ignore,
        info: ignore,
        error: ignore,
        warn: (message, fields) => void warnings.push(fields === undefined ? [message] : [message, fields]),
      },
      onProgress,
    },
  );
  const ended = await ran.then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  );
  const [scope] = scopes;
  if (scope === undefined) throw new Error('the tick read nothing');
  return { ...ended, pushes, warnings, closed, scope };
}

function settingsOf(env: Record<string, string> = {}): Settings {
  const { settings } = readSettings({ CONSOLE_URL: 'http://console', PUSHGATEWAY_URL: 'http://gateway', CLUSTER_NAME: 'test', ...env });
  if (!settings.ok) throw settings.error;
  return settings.value;
}
