import type { Deadline } from '../base/deadline.ts';
import type { Shard } from '../base/shards.ts';
import type { SeriesCounts } from '../metrics/data.ts';
import type { Exposition } from '../metrics/exposition.ts';
import type { PushSettings } from '../settings/config.ts';
import { dataKey } from './grouping-keys.ts';
import type { Pushgateway } from './pushgateway.ts';

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
