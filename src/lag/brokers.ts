import { count, span } from './format.ts';
import type { BrokerReading } from './readings.ts';
import type { BrokerProblem } from './report.ts';

/** Brokers that slow their consumers down, by their own runtime state. */

/** RocketMQ's own limit for the page cache: from there on, a broker refuses writes. Requests that wait for as long are late as well. */
const LONG_WAIT_SECONDS = 1;
const FAR_BEHIND_BYTES = 100_000_000;

/** What is bad about a broker; undefined if nothing is. */
export function brokerProblem(broker: BrokerReading): string | undefined {
  const { pullWaitSeconds, sendWaitSeconds, pageCacheLockSeconds, dispatchBehindBytes } = broker;
  const problems = [
    isLong(pullWaitSeconds) && `pulls wait for ${span(pullWaitSeconds ?? 0)}`,
    isLong(sendWaitSeconds) && `sends wait for ${span(sendWaitSeconds ?? 0)}`,
    isLong(pageCacheLockSeconds) && `its page cache has been locked for ${span(pageCacheLockSeconds ?? 0)}`,
    (dispatchBehindBytes ?? 0) >= FAR_BEHIND_BYTES && `its index is ${count(Math.round((dispatchBehindBytes ?? 0) / 1e6))} MB behind`,
  ].filter((problem) => problem !== false);
  return problems.length === 0 ? undefined : problems.join(', ');
}

function isLong(seconds: number | null): boolean {
  return (seconds ?? 0) >= LONG_WAIT_SECONDS;
}

/** Every broker with a problem, those that are missing from the cluster's list among them. */
export function brokerProblems(brokers: readonly BrokerReading[], missing: readonly string[]): BrokerProblem[] {
  const slow = brokers.flatMap((broker) => {
    const problem = brokerProblem(broker);
    return problem === undefined ? [] : [{ broker: broker.broker, problem }];
  });
  return [...missing.map((broker) => ({ broker, problem: 'is missing from the list of the cluster' })), ...slow];
}
