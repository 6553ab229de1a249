import { Registry } from 'prom-client';
import manifest from '../../package.json' with { type: 'json' };
import type { BrokerList, GroupCounts, ProcessCounts, TopicCounts } from '../lag/report.ts';
import type { SeriesCounts } from './data.ts';
import { fill, type Metric, metric, part } from './metric.ts';

/** The health of a tick. A failed tick leaves unknown values undefined; the gateway then keeps those of the previous tick. */
export interface Health {
  readonly success: boolean;
  readonly complete: boolean;
  /** Epoch ms; undefined if no data was pushed. */
  readonly lastSuccess: number | undefined;
  readonly durationMs: number;
  readonly topics: TopicCounts | undefined;
  readonly groups: GroupCounts | undefined;
  readonly series: SeriesCounts | undefined;
  readonly brokers: BrokerList | undefined;
  readonly processes: ProcessCounts | undefined;
  readonly negativeDiffs: number | undefined;
  /** Requests to the console, and the duration of its answers in seconds; undefined if none arrived. */
  readonly console: {
    readonly requests: number;
    readonly answerSeconds: { readonly median: number; readonly slowest: number } | undefined;
  };
  readonly version: string;
}

const yesOrNo = (value: boolean) => (value ? 1 : 0);

/** A metric with one series; none if its value is unknown. */
function perTick(name: string, help: string, read: (health: Health) => number | undefined): Metric<Health> {
  return metric({
    name,
    help,
    labels: [],
    series: (health: Health, add) => {
      const value = read(health);
      if (value !== undefined) add(value);
    },
  });
}

/** A metric with one series for each outcome; none if they are unknown. */
function perOutcome(name: string, help: string, read: (health: Health) => object | undefined): Metric<Health> {
  return metric({
    name,
    help,
    labels: ['outcome'],
    series: (health: Health, add) => {
      for (const [outcome, count] of Object.entries(read(health) ?? {})) add(count, outcome);
    },
  });
}

export const HEALTH_METRICS: readonly Metric<Health>[] = [
  perTick('tick_success', '1 when the last tick pushed data, also in part; 0 when it could not push any.', ({ success }) =>
    yesOrNo(success),
  ),
  perTick(
    'tick_complete',
    '1 when the last tick read everything; 0 when something is missing, so that sums can be too low.',
    ({ complete }) => yesOrNo(complete),
  ),
  perTick(
    'tick_last_success_timestamp_seconds',
    'When data was last pushed, Unix time in seconds. A failed tick leaves it as it is.',
    ({ lastSuccess }) => (lastSuccess === undefined ? undefined : lastSuccess / 1000),
  ),
  perTick(
    'tick_duration_seconds',
    'How long the last tick took, up to the push of its health, in seconds.',
    ({ durationMs }) => durationMs / 1000,
  ),
  perOutcome(
    'tick_topics',
    'Topics by outcome in the last tick: read, failed, unread (not reached in time), ignored.',
    ({ topics }) => topics,
  ),
  perOutcome(
    'tick_groups',
    'Distinct consumer groups by outcome in the last tick: read, unreadable, phantom, broadcast, unsubscribed (from a topic on which brokers still list them).',
    ({ groups }) => groups,
  ),
  perOutcome(
    'tick_series',
    'Series of the data group by outcome in the last tick: pushed, or dropped because of MAX_SERIES.',
    ({ series }) => series,
  ),
  perOutcome(
    'tick_brokers',
    'Brokers by outcome in the last tick: seen in the list of the cluster, or missing from it although a tick within the five minutes before had seen them.',
    ({ brokers }) => brokers && { seen: brokers.seen, missing: brokers.missing.length },
  ),
  perOutcome(
    'tick_processes',
    'Processes of groups with backlog by outcome of asking them in the last tick: answered, unresponsive, failed, unasked.',
    ({ processes }) => processes,
  ),
  perTick(
    'tick_negative_diffs',
    'Queues whose consumer offset was ahead of the broker offset (offset reset, deleted messages); counted as no backlog.',
    ({ negativeDiffs }) => negativeDiffs,
  ),
  perTick(
    'tick_console_requests',
    'Requests that the last tick sent to the console, logins and retries included.',
    ({ console }) => console.requests,
  ),
  perTick(
    'tick_console_answer_seconds',
    'How long the console took for an answer in the last tick, in seconds: the median of all answers; no series when none arrived.',
    ({ console }) => console.answerSeconds?.median,
  ),
  perTick(
    'tick_console_slowest_answer_seconds',
    'How long the console took for the answer that took longest in the last tick, in seconds; no series when none arrived.',
    ({ console }) => console.answerSeconds?.slowest,
  ),
  metric({
    name: 'tick_build_info',
    help: '1, with the version of rocketmq-lag-pusher.',
    labels: ['version'],
    series: ({ version }: Health, add) => add(1, version),
  }),
];

/** The exposition of the health of a tick. */
export async function exposeHealth(health: Health, prefix: string): Promise<string> {
  const registry = new Registry();
  for (const metric of HEALTH_METRICS) fill(registry, prefix, part(metric, health));
  return await registry.metrics();
}

export const VERSION: string = manifest.version;
