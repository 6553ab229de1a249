import type { Deadline } from '../base/deadline.ts';
import type { Log } from '../base/log.ts';
import type { Shard } from '../base/names.ts';
import type { HttpUsage } from '../http/client.ts';
import type { Report } from '../lag/report.ts';
import type { SeriesCounts } from '../metrics/data.ts';
import type { Exposition } from '../metrics/exposition.ts';
import { exposeHealth, VERSION } from '../metrics/health-metrics.ts';
import type { PushSettings, Settings } from '../settings/settings.ts';
import type { GroupingKey, Pushgateway } from './pushgateway.ts';

export interface DataTools {
  readonly gateway: Pushgateway;
  readonly settings: PushSettings;
  readonly deadline: Deadline;
}

/** Replaces the data group of a cluster, or of one of its shards, with what `exposition` writes. Throws a `PushError`. */
export async function pushData(
  exposition: Exposition,
  series: SeriesCounts,
  shard: Shard | undefined,
  { gateway, settings, deadline }: DataTools,
): Promise<void> {
  const key = dataKey(settings, shard);
  // A shard without topics has no series. An empty PUT would leave an empty group that looks freshly pushed.
  if (series.pushed === 0) await gateway.remove(key, deadline);
  else await gateway.put(key, exposition, deadline);
}

/** What is known about a tick so far. Its health is computed from this, whichever step it ends at. */
export interface SoFar {
  /** Epoch ms. */
  readonly startedAt: number;
  report?: Report;
  series?: SeriesCounts;
  /** Epoch ms; when the gateway had accepted the data. */
  pushedAt?: number;
}

export interface HealthTools {
  readonly gateway: Pushgateway;
  readonly settings: PushSettings;
  readonly deadline: Deadline;
  readonly clock: () => number;
}

/** Posts how the tick went to the health group of its cluster and shard. */
export async function pushHealth(
  soFar: SoFar,
  usage: HttpUsage,
  shard: Shard | undefined,
  { gateway, settings, deadline, clock }: HealthTools,
): Promise<void> {
  const { report, series, pushedAt, startedAt } = soFar;
  const text = await exposeHealth(
    {
      success: pushedAt !== undefined,
      complete: pushedAt !== undefined && report?.failures.length === 0,
      lastSuccess: pushedAt,
      durationMs: clock() - startedAt,
      topics: report?.topics,
      groups: report?.groups,
      series,
      brokers: report?.brokerList,
      processes: report?.processCounts,
      negativeDiffs: report?.negativeDiffs,
      console: usage,
      version: VERSION,
    },
    settings.METRICS_PREFIX,
  );
  await gateway.post(healthKey(settings, shard), text, deadline);
}

export interface ForgetTools {
  readonly gateway: Pushgateway;
  readonly deadline: Deadline;
  readonly log: Log;
}

/**
 * Deletes this cluster's groups from the gateway: data and health, of the whole cluster and of every shard, and no other
 * groups. The gateway never deletes a group by itself.
 */
export async function forget(settings: Settings, { gateway, deadline, log }: ForgetTools): Promise<void> {
  try {
    const ours = (await gateway.list(deadline)).filter((key) => isOurs(key, settings));
    for (const key of ours) await gateway.remove(key, deadline);
    if (ours.length === 0)
      log.warn(`there was nothing to forget: the Pushgateway has no group of cluster ${settings.CLUSTER_NAME} with these settings`);
    else log.info('forgotten', { groups: ours });
  } finally {
    gateway.close();
  }
}

/** The grouping key of this cluster's data, or of one shard of it. */
export function dataKey(settings: PushSettings, shard?: Shard): GroupingKey {
  return {
    job: settings.JOB,
    rocketmqClusterName: settings.CLUSTER_NAME,
    ...(settings.NAMESRV_ADDR === undefined ? {} : { namesrvAddr: settings.NAMESRV_ADDR }),
    ...settings.GROUPING,
    ...(shard === undefined ? {} : { shard: String(shard.index) }),
  };
}

/** The grouping key of the ticks' health. It is a group of its own, so that a failed tick keeps the time of the last success. */
export function healthKey(settings: PushSettings, shard?: Shard): GroupingKey {
  return { ...dataKey(settings, shard), job: `${settings.JOB}-tick` };
}

/** Whether a group belongs to this cluster: data or health, of the whole cluster or of any shard. */
export function isOurs(key: GroupingKey, settings: PushSettings): boolean {
  const { shard: _anyShard, ...rest } = key;
  return [dataKey(settings), healthKey(settings)].some((own) => sameLabels(own, rest));
}

function sameLabels(a: GroupingKey, b: GroupingKey): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
