import type { Deadline } from '../base/deadline.ts';
import type { Log } from '../base/log.ts';
import type { TickResult } from '../result.ts';
import type { Settings } from '../settings/config.ts';
import { isOurs } from './grouping-keys.ts';
import type { Pushgateway } from './pushgateway.ts';

export interface ForgetTools {
  readonly gateway: Pushgateway;
  readonly deadline: Deadline;
  /** Epoch ms. */
  readonly clock: () => number;
  readonly log: Log;
}

/**
 * Deletes this cluster's groups at the gateway, data and health, whole and every shard's, and nobody else's. The
 * gateway never forgets by itself.
 */
export async function forget(settings: Settings, { gateway, deadline, clock, log }: ForgetTools): Promise<TickResult> {
  const startedAt = clock();
  try {
    const ours = (await gateway.list(deadline)).filter((key) => isOurs(key, settings));
    for (const key of ours) await gateway.remove(key, deadline);
    if (ours.length === 0)
      log.warn(`there was nothing to forget: the Pushgateway has no group of cluster ${settings.CLUSTER_NAME} with these settings`);
    else log.info('forgotten', { groups: ours });
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
