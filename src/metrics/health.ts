import { Registry } from 'prom-client';
import type { BrokerList, GroupCounts, ProcessCounts, TopicCounts } from '../lag/report.ts';
import type { SeriesCounts } from './data.ts';
import { fill, type Metric, sample } from './gauge.ts';

/** How a tick went. What a failed tick does not know is undefined; the gateway then keeps the value of the previous tick. */
export interface Health {
  readonly success: boolean;
  readonly complete: boolean;
  /** Epoch ms; only after data was pushed. */
  readonly lastSuccess: number | undefined;
  readonly durationMs: number;
  readonly topics: TopicCounts | undefined;
  readonly groups: GroupCounts | undefined;
  readonly series: SeriesCounts | undefined;
  readonly brokers: BrokerList | undefined;
  readonly processes: ProcessCounts | undefined;
  readonly negativeDiffs: number | undefined;
  readonly consoleRequests: number;
  readonly version: string;
}

const yesOrNo = (value: boolean) => (value ? 1 : 0);
const byOutcome = (counts: object | undefined) => Object.entries(counts ?? {}).map(([outcome, count]) => sample(count, { outcome }));
const known = (value: number | undefined) => (value === undefined ? [] : [sample(value)]);

export const HEALTH_METRICS: readonly Metric<Health>[] = [
  {
    name: 'tick_success',
    help: '1 when the last tick pushed data, also in part; 0 when it could not push any.',
    labels: [],
    samples: ({ success }) => [sample(yesOrNo(success))],
  },
  {
    name: 'tick_complete',
    help: '1 when the last tick read everything; 0 when something is missing, so that sums can be too low.',
    labels: [],
    samples: ({ complete }) => [sample(yesOrNo(complete))],
  },
  {
    name: 'tick_last_success_timestamp_seconds',
    help: 'When data was last pushed, Unix time in seconds. A failed tick leaves it as it is.',
    labels: [],
    samples: ({ lastSuccess }) => known(lastSuccess === undefined ? undefined : lastSuccess / 1000),
  },
  {
    name: 'tick_duration_seconds',
    help: 'How long the last tick took, up to the push of its health, in seconds.',
    labels: [],
    samples: ({ durationMs }) => [sample(durationMs / 1000)],
  },
  {
    name: 'tick_topics',
    help: 'Topics by outcome in the last tick: read, failed, unread (not reached in time), ignored.',
    labels: ['outcome'],
    samples: ({ topics }) => byOutcome(topics),
  },
  {
    name: 'tick_groups',
    help: 'Distinct consumer groups by outcome in the last tick: read, unreadable, phantom, broadcast.',
    labels: ['outcome'],
    samples: ({ groups }) => byOutcome(groups),
  },
  {
    name: 'tick_series',
    help: 'Series of the data group by outcome in the last tick: pushed, or dropped because of MAX_SERIES.',
    labels: ['outcome'],
    samples: ({ series }) => byOutcome(series),
  },
  {
    name: 'tick_brokers',
    help: 'Brokers by outcome in the last tick: seen in the list of the cluster, or missing from it although a tick within the five minutes before had seen them.',
    labels: ['outcome'],
    samples: ({ brokers }) => byOutcome(brokers && { seen: brokers.seen, missing: brokers.missing.length }),
  },
  {
    name: 'tick_processes',
    help: 'Processes of groups with backlog by outcome of asking them in the last tick: answered, unresponsive, failed, unasked.',
    labels: ['outcome'],
    samples: ({ processes }) => byOutcome(processes),
  },
  {
    name: 'tick_negative_diffs',
    help: 'Queues whose consumer offset was ahead of the broker offset (offset reset, deleted messages); counted as no backlog.',
    labels: [],
    samples: ({ negativeDiffs }) => known(negativeDiffs),
  },
  {
    name: 'tick_console_requests',
    help: 'Requests that the last tick sent to the console, logins and retries included.',
    labels: [],
    samples: ({ consoleRequests }) => [sample(consoleRequests)],
  },
  {
    name: 'tick_build_info',
    help: '1, with the version of rocketmq-lag-pusher.',
    labels: ['version'],
    samples: ({ version }) => [sample(1, { version })],
  },
];

export function buildHealthRegistry(health: Health, prefix: string): Registry {
  const registry = new Registry();
  for (const metric of HEALTH_METRICS) fill(registry, prefix, metric, health);
  return registry;
}
