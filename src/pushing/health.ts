import type { Deadline } from '../base/deadline.ts';
import type { Shard } from '../base/shards.ts';
import { VERSION } from '../base/version.ts';
import type { HttpUsage } from '../http/client.ts';
import type { Report } from '../lag/report.ts';
import type { SeriesCounts } from '../metrics/data.ts';
import { exposeHealth } from '../metrics/health.ts';
import type { PushSettings } from '../settings/config.ts';
import { healthKey } from './grouping-keys.ts';
import type { Pushgateway } from './pushgateway.ts';

/** What is known about a tick so far. Its health is computed from this, at whatever step the tick ends. */
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
