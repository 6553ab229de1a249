import type { Deadline } from '../base/deadline.ts';
import type { Log } from '../base/log.ts';
import type { Settings } from '../settings/config.ts';
import { isOurs } from './grouping-keys.ts';
import type { Pushgateway } from './pushgateway.ts';

export interface ForgetTools {
  readonly gateway: Pushgateway;
  readonly deadline: Deadline;
  readonly log: Log;
}

/**
 * Deletes this cluster's groups at the gateway, data and health, whole and every shard's, and nobody else's. The
 * gateway never forgets by itself.
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
