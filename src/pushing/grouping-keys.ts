import type { Shard } from '../base/shards.ts';
import type { PushSettings } from '../settings/config.ts';
import type { GroupingKey } from './pushgateway.ts';

/** Where this cluster's numbers live at the gateway, one shard or all of it. */
export function dataKey(settings: PushSettings, shard?: Shard): GroupingKey {
  return {
    job: settings.JOB,
    rocketmqClusterName: settings.CLUSTER_NAME,
    ...(settings.NAMESRV_ADDR === undefined ? {} : { namesrvAddr: settings.NAMESRV_ADDR }),
    ...settings.GROUPING,
    ...(shard === undefined ? {} : { shard: String(shard.index) }),
  };
}

/** The health of the ticks is a group of its own, so that a failed tick leaves the last success standing. */
export function healthKey(settings: PushSettings, shard?: Shard): GroupingKey {
  return { ...dataKey(settings, shard), job: `${settings.JOB}-tick` };
}

/** Whether a group is this cluster's: its data or health, whole or any shard's, and nobody else's. */
export function isOurs(key: GroupingKey, settings: PushSettings): boolean {
  const { shard: _anyShard, ...rest } = key;
  return [dataKey(settings), healthKey(settings)].some((own) => sameLabels(own, rest));
}

function sameLabels(a: GroupingKey, b: GroupingKey): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
