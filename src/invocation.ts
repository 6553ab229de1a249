import { type Deadline, deadlineIn } from './base/deadline.ts';
import { LagPusherError, toFailure } from './base/errors.ts';
import type { LeveledLog, Log } from './base/log.ts';
import { formatShard } from './base/names.ts';
import { type AddSecret, redaction, withRedaction } from './base/redaction.ts';
import { type EventReading, readEvent, type TickRequest } from './event.ts';
import { type BodyBudget, startBodyBudget, UNUSED } from './http/client.ts';
import { forget, pushHealth } from './pushing/push.ts';
import { type GatewaysWithoutGzip, openPushgateway } from './pushing/pushgateway.ts';
import type { ClusterReader } from './reading/reader.ts';
import { type ConsoleMemory, emptyConsoleMemory, openRocketmqConsole } from './reading/rocketmq-console/console-reader.ts';
import { forgotten, RESULT_KEYS, type TickResult } from './result.ts';
import { emptyParameterMemory, overlayParameters, type ParameterMemory } from './settings/parameters.ts';
import { type ReadSettings, readSettings, SETTING_SPELLINGS, type Settings, type Variables } from './settings/settings.ts';
import { tick } from './tick.ts';

/** State that is kept between invocations while the process is warm: a memory for each console URL and user, and the SSM parameters. */
export interface WarmState {
  readonly parameters: ParameterMemory;
  readonly consoles: Map<string, ConsoleMemory>;
  readonly gatewaysWithoutGzip: GatewaysWithoutGzip;
}

export function emptyWarmState(): WarmState {
  return { parameters: emptyParameterMemory(), consoles: new Map(), gatewaysWithoutGzip: new Set() };
}

export interface InvocationTools {
  readonly env: Variables;
  /** How long the whole invocation may take. */
  readonly budgetMs: number;
  readonly warm: WarmState;
  readonly log: LeveledLog;
  readonly clock?: () => number;
  readonly onProgress?: (answered: number, total: number) => void;
}

/**
 * One invocation, from Lambda or from a shell: validates the event and the settings, runs the tick (or deletes the
 * cluster's groups) and logs one summary line. Throws a `LagPusherError` that contains no secret; the health of a failed
 * tick has already been pushed then.
 */
export async function invoke(event: unknown, tools: InvocationTools): Promise<TickResult> {
  const { warm, clock = Date.now } = tools;
  const deadline = deadlineIn(tools.budgetMs);
  const startedAt = clock();
  const reading = readEvent(event);
  const { variables, warnings, ...findings } = await overlayParameters(tools.env, reading.cluster, {
    memory: warm.parameters,
    deadline,
    clock,
  });
  const found = readSettings(variables, findings);
  const redacting = redaction([...found.secrets, ...credentialsOfRole(tools.env)], SETTING_SPELLINGS.keys(), RESULT_KEYS);
  return await withRedaction(redacting, tools.log, async (log) => {
    try {
      const { request, settings } = await requireValid(reading, found, { warm, deadline, clock });
      tools.log.setLevel(settings.LOG_LEVEL);
      for (const warning of [...warnings, ...found.warnings]) log.warn(warning);
      const result = await runRequest(request, settings, { ...tools, log, addSecret: redacting.addSecret, clock, deadline, startedAt });
      logSummary(result, request, log);
      return result;
    } catch (error) {
      const { kind } = toFailure(error);
      const durationMs = Math.round(clock() - startedAt);
      // The reason is left out: it is in the error, which Lambda logs and the command prints.
      log.info('tick', { cluster: found.push?.CLUSTER_NAME, outcome: 'failed', kind, durationMs });
      throw error;
    }
  });
}

/** What Lambda signs requests to SSM with. An error of SSM may repeat it. */
function credentialsOfRole({ AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN }: Variables): string[] {
  return [AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN].filter((secret) => secret !== undefined && secret !== '') as string[];
}

interface RequestTools extends Pick<InvocationTools, 'env' | 'warm' | 'onProgress'> {
  readonly log: Log;
  readonly addSecret: AddSecret;
  readonly clock: () => number;
  readonly deadline: Deadline;
  /** Epoch ms. */
  readonly startedAt: number;
}

async function runRequest(
  request: TickRequest,
  settings: Settings,
  { env, warm, log, addSecret, clock, deadline, startedAt, onProgress }: RequestTools,
): Promise<TickResult> {
  const bodyBudget = startBodyBudget(Number(env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE) || undefined);
  const gateway = openPushgateway(settings, warm.gatewaysWithoutGzip, { requestTimeoutMs: settings.REQUEST_TIMEOUT_MS, bodyBudget });
  if (!request.forget)
    return await tick(request, {
      reader: openReader(settings, { warm, addSecret, clock, bodyBudget }),
      gateway,
      settings,
      deadline,
      clock,
      log,
      onProgress,
    });
  await forget(settings, { gateway, deadline, log });
  return forgotten(settings.CLUSTER_NAME, Math.round(clock() - startedAt));
}

/** The request and the settings if both are valid. Otherwise pushes a health of 0 where possible, and throws all problems at once. */
async function requireValid(
  { outcome, shard, pushesNothing }: EventReading,
  { settings, push }: ReadSettings,
  { warm, deadline, clock }: Pick<RequestTools, 'warm' | 'deadline' | 'clock'>,
): Promise<{ request: TickRequest; settings: Settings }> {
  if (outcome.ok && settings.ok) return { request: outcome.request, settings: settings.value };
  const problems = [outcome, settings].flatMap((result) => (result.ok ? [] : [result.error.message]));
  if (push !== undefined && !pushesNothing) {
    const gateway = openPushgateway(push, warm.gatewaysWithoutGzip);
    await pushHealth({ startedAt: clock() }, UNUSED, shard, { gateway, settings: push, deadline, clock })
      .catch((error: unknown) => problems.push(`The health of this tick could not be pushed either: ${toFailure(error).message}`))
      .finally(gateway.close);
  }
  throw new LagPusherError(outcome.ok ? 'settings' : 'event', problems.join('\n'));
}

function logSummary(result: TickResult, { shard }: TickRequest, log: Log): void {
  const { exposition: _exposition, failures, top: _top, processes: _processes, ...summary } = result;
  log.info('tick', { ...summary, ...(shard ? { shard: formatShard(shard) } : {}), failures: failures.length });
}

function openReader(
  settings: Settings,
  { warm, addSecret, clock, bodyBudget }: Pick<RequestTools, 'warm' | 'addSecret' | 'clock'> & { bodyBudget: BodyBudget },
): ClusterReader {
  const { CONSOLE_URL: url, CONSOLE_USERNAME: username } = settings;
  const key = JSON.stringify([url, username]);
  const memory = warm.consoles.get(key) ?? emptyConsoleMemory();
  warm.consoles.set(key, memory);
  return openRocketmqConsole(
    {
      url,
      ca: settings.CONSOLE_CA,
      credentials: {
        login: pair(username, settings.CONSOLE_PASSWORD),
        basic: pair(settings.CONSOLE_BASIC_USERNAME, settings.CONSOLE_BASIC_PASSWORD),
      },
      nameServer: settings.NAMESRV_ADDR,
      concurrency: settings.CONCURRENCY,
      requestTimeoutMs: settings.REQUEST_TIMEOUT_MS,
    },
    { memory, addSecret, clock, bodyBudget },
  );
}

function pair(username: string | undefined, password: string | undefined) {
  return username === undefined || password === undefined ? undefined : { username, password };
}
