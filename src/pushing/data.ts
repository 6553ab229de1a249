import type { Registry } from 'prom-client';
import type { Deadline } from '../base/deadline.ts';
import type { Shard } from '../base/shards.ts';
import type { SeriesCounts } from '../metrics/data.ts';
import type { PushSettings } from '../settings/config.ts';
import { dataKey } from './grouping-keys.ts';
import type { Pushgateway } from './pushgateway.ts';

export interface DataTools {
  readonly gateway: Pushgateway;
  readonly settings: PushSettings;
  readonly deadline: Deadline;
}

/** Replaces the data group of a cluster, or of one shard of it, by what `registry` holds. Throws a `PushError`. */
export async function pushData(
  registry: Registry,
  series: SeriesCounts,
  shard: Shard | undefined,
  { gateway, settings, deadline }: DataTools,
): Promise<void> {
  const key = dataKey(settings, shard);
  // A shard without a topic has no series; an empty PUT would leave an empty group behind that looks pushed.
  if (series.pushed === 0) await gateway.remove(key, deadline);
  else await gateway.put(key, registry, deadline);
}
