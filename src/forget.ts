import type { Settings } from './config.ts';
import type { Deadline } from './deadline.ts';
import { isOurs } from './groups.ts';
import type { Pushgateway } from './pushgateway.ts';
import type { TickResult } from './result.ts';

/**
 * Deletes this cluster's groups at the gateway, data and health, whole and every shard's, and nobody else's. The
 * gateway never forgets by itself.
 */
export async function forget(settings: Settings, gateway: Pushgateway, deadline: Deadline, clock: () => number): Promise<TickResult> {
  const startedAt = clock();
  try {
    const ours = (await gateway.list(deadline)).filter((key) => isOurs(key, settings));
    for (const key of ours) await gateway.remove(key, deadline);
  } finally {
    gateway.close();
  }
  return {
    cluster: settings.CLUSTER_NAME,
    outcome: 'forgotten',
    topics: { read: 0, failed: 0, unread: 0, ignored: 0 },
    groups: { read: 0, unreadable: 0, phantom: 0, broadcast: 0 },
    series: { pushed: 0, dropped: 0 },
    backlog: 0,
    top: { groups: [], processes: [] },
    durationMs: Math.round(clock() - startedAt),
    failures: [],
  };
}
