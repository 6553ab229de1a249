import type { Reason } from '../../src/lag/report.ts';

/** As an object, so that the compiler misses a new one here. */
const EVERY: Readonly<Record<Reason, true>> = {
  'nobody-online': true,
  'duplicate-client-id': true,
  'subscriptions-differ': true,
  unresponsive: true,
  blocked: true,
  'stuck-queue': true,
  failing: true,
  saturated: true,
  starved: true,
  'catching-up': true,
  unknown: true,
};

/** All reasons, in the order in which the first that holds is told. */
export const REASONS: readonly string[] = Object.keys(EVERY);
