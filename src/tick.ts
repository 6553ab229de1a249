import type { Deadline } from './base/deadline.ts';
import { LagPusherError, toFailure } from './base/errors.ts';
import type { Log } from './base/log.ts';
import { nearNames } from './base/names.ts';
import type { TickRequest } from './event.ts';
import { aggregate } from './lag/aggregate.ts';
import type { Report } from './lag/report.ts';
import { exposeData, type SeriesCounts } from './metrics/data.ts';
import { textOf } from './metrics/exposition.ts';
import { pushData, pushHealth, type SoFar } from './pushing/push.ts';
import type { Pushgateway } from './pushing/pushgateway.ts';
import type { ClusterReader } from './reading/reader.ts';
import { cutExposition, detailsOfGroups, sampleFailures, summarize, type TickResult } from './result.ts';
import type { Settings } from './settings/settings.ts';

/** Everything that a tick works with. State that is kept beyond the tick belongs to the caller. */
export interface TickTools {
  readonly reader: ClusterReader;
  readonly gateway: Pushgateway;
  readonly settings: Settings;
  /** The deadline of the invocation: everything, pushes included, has ended by then. */
  readonly deadline: Deadline;
  /** Epoch ms. */
  readonly clock: () => number;
  readonly log: Log;
  readonly onProgress?: ((answered: number, total: number) => void) | undefined;
}

/**
 * One tick: read the cluster, aggregate the readings, push the data, push the health.
 *
 * Throws a `LagPusherError` when no data could be pushed; the data group is then unchanged, and `tick_success` is 0.
 */
export async function tick(request: TickRequest, tools: TickTools): Promise<TickResult> {
  const soFar: SoFar = { startedAt: tools.clock() };
  try {
    return await readAndPush(request, tools, soFar);
  } catch (error) {
    if (request.dryRun || soFar.pushedAt !== undefined) throw error;
    throw await pushFailureHealth(error, request, tools, soFar);
  } finally {
    tools.reader.close();
    tools.gateway.close();
  }
}

async function readAndPush(request: TickRequest, tools: TickTools, soFar: SoFar): Promise<TickResult> {
  const { gateway, settings, clock, log } = tools;
  const { readBy, pushBy } = shareOut(tools.deadline);

  const report = await readCluster(request, tools, readBy, soFar.startedAt);
  soFar.report = report;
  logFailures(report, log);
  logMissingBrokers(report, log);
  logUnsubscribed(report, log);
  refuseUnknownGroups(report, request);
  refuseEmptyReading(report, request, tools.reader);

  const { exposition, series } = await exposeData(report, {
    prefix: settings.METRICS_PREFIX,
    detail: settings.DETAIL,
    maxSeries: settings.MAX_SERIES,
  });
  if (series.dropped > 0)
    log.warn(`${series.dropped} per-queue series are dropped: there are more than MAX_SERIES, ${settings.MAX_SERIES}`);
  if (request.dryRun) {
    const result = resultOf('dry-run', report, { pushed: 0, dropped: series.dropped }, request, tools, soFar);
    return { ...result, exposition: cutExposition(textOf(exposition)) };
  }

  await pushData(exposition, series, request.shard, { gateway, settings, deadline: pushBy });
  soFar.series = series;
  soFar.pushedAt = clock();
  await pushHealth(soFar, tools.reader.usage(), request.shard, tools);
  return resultOf(report.failures.length === 0 ? 'complete' : 'partial', report, series, request, tools, soFar);
}

/** Reads and aggregates. No variable keeps the readings: in a large cluster they take more memory than the report. */
async function readCluster(
  { topics, groups, shard }: TickRequest,
  { reader, settings, clock, onProgress }: TickTools,
  deadline: Deadline,
  now: number,
): Promise<Report> {
  return aggregate(
    await reader.read({
      topics: { ignored: settings.IGNORED_TOPICS, only: topics, shard },
      ignoredGroups: settings.IGNORED_GROUPS,
      onlyGroups: groups,
      processQuestions: groups === undefined ? settings.PROCESS_QUESTIONS : Infinity,
      deadline,
      now,
      onProgress,
    }),
    clock(),
  );
}

function resultOf(
  outcome: TickResult['outcome'],
  report: Report,
  series: SeriesCounts,
  { groups }: TickRequest,
  { reader, settings, clock }: TickTools,
  { startedAt }: SoFar,
): TickResult {
  return {
    cluster: settings.CLUSTER_NAME,
    outcome,
    ...summarize(report, series),
    ...(groups === undefined ? {} : detailsOfGroups(report)),
    console: reader.usage(),
    durationMs: Math.round(clock() - startedAt),
  };
}

/** A name that matches nothing is more likely mistyped than a group that is gone. */
function refuseUnknownGroups({ groups, failures, otherGroups }: Report, { groups: wanted }: TickRequest): void {
  const found = groups.read + groups.unreadable + groups.phantom + groups.broadcast + groups.unsubscribed;
  if (wanted !== undefined && found === 0 && failures.length === 0)
    throw new LagPusherError('no-groups', `no consumer group matches ${wanted.join(', ')}${hintAt(nearNames(wanted, otherGroups))}`);
}

function hintAt(names: readonly string[]): string {
  return names.length === 0 ? '' : ` (similar names: ${names.join(', ')})`;
}

/** Reading must leave this share of the time for the pushes, but not more than the maximum. */
const PUSH_SHARE = 0.2;
const PUSH_SHARE_MAX_MS = 10_000;
/** The push of data must leave this share of the time for the push of health, but not more than the maximum. */
const HEALTH_SHARE = 0.05;
const HEALTH_SHARE_MAX_MS = 2_000;

function shareOut(deadline: Deadline): { readBy: Deadline; pushBy: Deadline } {
  const left = deadline.remainingMs();
  return {
    readBy: deadline.earlierBy(Math.min(PUSH_SHARE_MAX_MS, left * PUSH_SHARE)),
    pushBy: deadline.earlierBy(Math.min(HEALTH_SHARE_MAX_MS, left * HEALTH_SHARE)),
  };
}

/** Throws if nothing was read: an empty reading must not replace the data at the gateway. */
function refuseEmptyReading(
  { readableTopics, topics, groups, subscriptions, unreadableGroups, failures }: Report,
  { shard }: TickRequest,
  reader: ClusterReader,
): void {
  const [first] = failures;
  // A shard may have no topics; a whole cluster may not, unless its topics are known from groups and no group could be read.
  if (readableTopics.length === 0 && groups.unreadable === 0 && shard === undefined)
    throw new LagPusherError('no-topics', 'there is no topic to read');
  if (topics.read === 0 && topics.failed + topics.unread > 0) {
    throw new LagPusherError(
      'no-topic-readable',
      `not one of ${topics.failed + topics.unread} topics could be read; the first, ${first?.topic}: ${first?.message}`,
    );
  }
  // A group that is readable on one topic and not on another was read in part: that is a partial tick.
  if (subscriptions.length === 0 && groups.unreadable > 0) {
    throw new LagPusherError(
      'no-group-readable',
      `not one of ${groups.unreadable} consumer groups could be read${whyNoGroup(unreadableGroups, reader)}; the first${first?.topic ? `, on topic ${first.topic}` : ''}: ${first?.message}`,
    );
  }
}

/** The likely cause, if all unreadable groups failed in the same way; otherwise an empty text. */
function whyNoGroup(unreadable: Report['unreadableGroups'], reader: ClusterReader): string {
  const kinds = new Set(unreadable.map(({ failure }) => failure.kind));
  const why =
    kinds.size === 1 && kinds.has('deadline')
      ? 'there was no time left to ask about them (docs/performance.md: CONCURRENCY, shards)'
      : reader.whyNoGroup?.(kinds);
  return why ? `: ${why}` : '';
}

const MAX_LOGGED_FAILURES = 20;

function logFailures({ failures }: Report, log: Log): void {
  for (const { topic, kind, message } of sampleFailures(failures, MAX_LOGGED_FAILURES))
    log.warn('not read', { topic, kind, reason: message });
  if (failures.length > MAX_LOGGED_FAILURES) log.warn(`${failures.length - MAX_LOGGED_FAILURES} more were not read`);
}

function logMissingBrokers({ brokerList }: Report, log: Log): void {
  const { seen = 0, missing = [] } = brokerList ?? {};
  if (missing.length === 0) return;
  log.warn('brokers are missing from the list of the cluster: what they hold is in no number', { missing: missing.join(', '), seen });
}

function logUnsubscribed({ unsubscribedGroups }: Report, log: Log): void {
  for (const { topic, consumerGroup } of unsubscribedGroups.slice(0, MAX_LOGGED_FAILURES))
    log.info('no longer subscribed: brokers still list the group on the topic, and nobody consumes it for the group', {
      topic,
      consumerGroup,
    });
}

/** Pushes the health of a failed tick. Returns the error to throw. */
async function pushFailureHealth(error: unknown, request: TickRequest, tools: TickTools, soFar: SoFar): Promise<unknown> {
  try {
    await pushHealth(soFar, tools.reader.usage(), request.shard, tools);
    return error;
  } catch (second) {
    const { kind, message } = toFailure(error);
    return new LagPusherError(kind, `${message}\nThe health of this tick could not be pushed either: ${toFailure(second).message}`);
  }
}
