import { type Deadline, deadlineIn } from './base/deadline.ts';
import { LagPusherError, toFailure } from './base/errors.ts';
import type { LeveledLog, Log } from './base/log.ts';
import { redactDeep, redactor } from './base/redact.ts';
import { clusterNamedBy, meansNotToPush, readEvent, type TickRequest } from './event.ts';
import { forget } from './pushing/forget.ts';
import { pushHealth } from './pushing/health.ts';
import { openPushgateway } from './pushing/pushgateway.ts';
import { type ConsoleMemory, emptyConsoleMemory } from './reading/rocketmq-console/memory.ts';
import { openRocketmqConsole } from './reading/rocketmq-console/reader.ts';
import type { TickResult } from './result.ts';
import { type ReadSettings, readSettings, type Settings, type Variables } from './settings/config.ts';
import { emptyParameterMemory, overlayParameters, type ParameterMemory } from './settings/parameters.ts';
import { tick } from './tick.ts';

/** What outlives an invocation while its process is warm: one console's memory by its URL and user, and what SSM said. */
export interface WarmState {
  readonly parameters: ParameterMemory;
  readonly consoles: Map<string, ConsoleMemory>;
}

export function emptyWarmState(): WarmState {
  return { parameters: emptyParameterMemory(), consoles: new Map() };
}

export interface InvocationTools {
  readonly env: Variables;
  /** How long the invocation may take, all in all. */
  readonly budgetMs: number;
  readonly warm: WarmState;
  readonly log: LeveledLog;
  readonly clock?: () => number;
  readonly onProgress?: (read: number, of: number) => void;
}

/**
 * One invocation, whoever starts it: reads the event and the settings, runs the tick (or forgets), logs one summary
 * line. Throws a `LagPusherError` without a secret in it; a failed tick has pushed its health by then.
 */
export async function invoke(event: unknown, tools: InvocationTools): Promise<TickResult> {
  const { warm, clock = Date.now } = tools;
  const deadline = deadlineIn(tools.budgetMs);
  const startedAt = clock();
  const { variables, warnings, ...findings } = await overlayParameters(tools.env, clusterNamedBy(event), {
    memory: warm.parameters,
    deadline,
    clock,
  });
  const read = readSettings(variables, findings);
  const redact = redactor(read.secrets);
  const log = redactingLog(tools.log, redact);
  try {
    const { request, settings } = await understand(event, read, { deadline, clock });
    tools.log.setLevel(settings.LOG_LEVEL);
    for (const warning of [...warnings, ...read.warnings]) log.warn(warning);
    const gateway = openPushgateway(settings, settings.REQUEST_TIMEOUT_MS);
    const result = request.forget
      ? await forget(settings, { gateway, deadline, clock, log })
      : await tick(request, { reader: openReader(settings, warm), gateway, settings, deadline, clock, log, onProgress: tools.onProgress });
    const { exposition: _tooLong, failures, top: _forPeople, processes: _too, ...summary } = result;
    log.info('tick', {
      ...summary,
      ...(request.shard ? { shard: `${request.shard.index}/${request.shard.of}` } : {}),
      failures: failures.length,
    });
    return redactDeep(result, redact);
  } catch (error) {
    const { kind, message } = toFailure(error);
    log.error('tick failed', {
      cluster: read.push?.CLUSTER_NAME,
      outcome: 'failed',
      kind,
      reason: message,
      durationMs: Math.round(clock() - startedAt),
    });
    // A new error: what was thrown may carry more than its message.
    throw new LagPusherError(kind, redact(message));
  }
}

/** Throws every problem of the event and the settings at once, after a health of 0 was pushed where that is possible. */
async function understand(
  event: unknown,
  read: ReadSettings,
  { deadline, clock }: { deadline: Deadline; clock: () => number },
): Promise<{ request: TickRequest; settings: Settings }> {
  let request: TickRequest | undefined;
  const problems: string[] = [];
  try {
    request = readEvent(event);
  } catch (error) {
    problems.push(toFailure(error).message);
  }
  if (!read.settings.ok) problems.push(read.settings.error.message);
  if (request !== undefined && read.settings.ok) return { request, settings: read.settings.value };
  if (read.push !== undefined && !meansNotToPush(event)) {
    const gateway = openPushgateway(read.push);
    await pushHealth({ startedAt: clock() }, 0, request?.shard, { gateway, settings: read.push, deadline, clock })
      .catch((error: unknown) => problems.push(`Nor could the health of this tick be pushed: ${toFailure(error).message}`))
      .finally(gateway.close);
  }
  throw new LagPusherError(request === undefined ? 'event' : 'settings', problems.join('\n'));
}

function openReader(settings: Settings, { consoles }: WarmState) {
  const { CONSOLE_URL: url, CONSOLE_USERNAME: username, CONSOLE_PASSWORD: password } = settings;
  const key = JSON.stringify([url, username]);
  const memory = consoles.get(key) ?? emptyConsoleMemory();
  consoles.set(key, memory);
  return openRocketmqConsole(
    {
      url,
      ca: settings.CONSOLE_CA,
      credentials: username === undefined || password === undefined ? undefined : { username, password },
      concurrency: settings.CONCURRENCY,
      requestTimeoutMs: settings.REQUEST_TIMEOUT_MS,
    },
    memory,
  );
}

function redactingLog(log: Log, redact: (text: string) => string): Log {
  const clean =
    (write: Log['info']) =>
    (message: string, fields: Record<string, unknown> = {}) =>
      write(redact(message), redactDeep(fields, redact));
  return { debug: clean(log.debug), info: clean(log.info), warn: clean(log.warn), error: clean(log.error) };
}
