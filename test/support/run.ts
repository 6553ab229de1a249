import { afterAll, onTestFinished } from 'vitest';
import { loadRecording } from '../../scripts/servers/recordings.ts';
import { startPushgateway } from '../../scripts/servers/servers.ts';
import { openLog } from '../../src/base/log.ts';
import { emptyWarmState, type InvocationTools, invoke } from '../../src/invocation.ts';
import {
  type RecordedExchange,
  type ReplayConsole,
  type Responder,
  startReplayConsole,
} from '../../src/reading/rocketmq-console/replay.ts';
import type { TickResult } from '../../src/result.ts';
import { type Collected, collect } from './collect.ts';
import { type Gateway, readable } from './gateway.ts';
import { type LoginConsole, type LoginConsoleOptions, startLoginConsole } from './login-console.ts';
import { type ProxyOptions, type RunningProxy, startProxy } from './proxy.ts';
import { scaled } from './speed.ts';

export { type Gateway, readable };

/** The Pushgateway of this test file; undefined until a test needs it. */
let ofThisFile: ReturnType<typeof startPushgateway> | undefined;
let isLent = false;

afterAll(async () => (await ofThisFile)?.stop());

/** A real Pushgateway for one test, empty: that of this file, or another one if the test has it already, or will stop it. */
export async function pushgateway({ isStopped = false } = {}): Promise<Gateway> {
  if (isStopped || isLent) {
    const server = await startPushgateway();
    onTestFinished(server.stop);
    return readable(server);
  }
  isLent = true;
  onTestFinished(() => {
    isLent = false;
  });
  ofThisFile ??= startPushgateway({ wipeable: true });
  const { url } = await ofThisFile;
  const wiped = await fetch(`${url}/api/v1/admin/wipe`, { method: 'PUT' });
  if (!wiped.ok) throw new Error(`the Pushgateway was not wiped: ${wiped.status}`);
  return readable({ url, stop: async () => {} });
}

/** A console that replays a recording (by its name, or exchanges), for one test. */
export async function replayConsole(recording: string | readonly RecordedExchange[], first?: Responder): Promise<ReplayConsole> {
  const replay = await startReplayConsole(typeof recording === 'string' ? loadRecording(recording) : recording, first);
  onTestFinished(replay.close);
  return replay;
}

/** A console that requires a login, for one test. */
export async function loginConsole(options: LoginConsoleOptions): Promise<LoginConsole> {
  const running = await startLoginConsole(options);
  onTestFinished(running.close);
  return running;
}

/** A reverse proxy in front of a server, for one test. */
export async function proxy(options: ProxyOptions): Promise<RunningProxy> {
  const running = await startProxy(options);
  onTestFinished(running.close);
  return running;
}

export interface Ran {
  /** The result, or the message of the error that was thrown. */
  result?: TickResult;
  error?: Error;
  log: Collected;
}

/** One invocation against these servers, with its log collected. A slow machine gets a longer budget. */
export async function run(
  event: unknown,
  env: Record<string, string>,
  { budgetMs = 20_000, ...tools }: Partial<InvocationTools> = {},
): Promise<Ran> {
  const log = collect();
  try {
    const result = await invoke(event, { env, budgetMs: scaled(budgetMs), warm: emptyWarmState(), log: openLog(log.stream), ...tools });
    return { result, log };
  } catch (error) {
    return { error: error as Error, log };
  }
}

/** The minimal environment of an invocation. */
export function envFor(consoleUrl: string, gatewayUrl: string, more: Record<string, string> = {}): Record<string, string> {
  return { CONSOLE_URL: consoleUrl, PUSHGATEWAY_URL: gatewayUrl, CLUSTER_NAME: 'test', ...more };
}
