import type { LaggingGroup } from './case.ts';
import * as rules from './symptoms.ts';

/** Why a group is behind on a topic. */
export type Reason =
  | 'nobody-online'
  | 'duplicate-client-id'
  | 'subscriptions-differ'
  | 'unresponsive'
  | 'blocked'
  | 'failing'
  | 'saturated'
  | 'starved'
  | 'catching-up'
  | 'unknown';

export interface Diagnosis {
  readonly reason: Reason;
  /** The evidence, one sentence, with the process in it. */
  readonly because: string;
}

/** Each gives its evidence, or undefined where it does not hold. */
type Rule = (of: LaggingGroup) => string | undefined;

/** The first that holds is the reason: what makes the ones below it look different stands above them. */
const RULES: readonly (readonly [Reason, Rule])[] = [
  ['nobody-online', rules.nobodyOnline],
  ['duplicate-client-id', rules.duplicateClientId],
  ['subscriptions-differ', rules.subscriptionsDiffer],
  ['unresponsive', rules.unresponsive],
  ['blocked', rules.blocked],
  ['failing', rules.failing],
  ['saturated', rules.saturated],
  ['starved', rules.starved],
  ['catching-up', rules.catchingUp],
];

/**
 * Why a group is behind on a topic. Pure, and independent of the order of queues and clients. A client that was not
 * asked or did not answer is evidence of nothing: with one of those a group is never `catching-up`.
 */
export function diagnose(of: LaggingGroup): Diagnosis {
  for (const [reason, rule] of RULES) {
    const because = rule(of);
    if (because !== undefined) return { reason, because };
  }
  return { reason: 'unknown', because: rules.whatIsMissing(of) };
}
