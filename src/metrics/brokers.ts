import type { Report } from '../lag/report.ts';
import { type Metric, type Sample, sample } from './gauge.ts';

type Source = { readonly report: Pick<Report, 'brokers'> };

/** Metrics of the brokers themselves. An unknown value has no series. */
export const BROKER_METRICS: readonly Metric<Source>[] = [
  {
    name: 'broker_earliest_message_timestamp_seconds',
    help: 'Store time of the earliest message that a broker still has, Unix time in seconds.',
    labels: ['broker'],
    samples: ({ report }) =>
      report.brokers.flatMap(({ broker, earliestMessageAt }) =>
        known(earliestMessageAt === null ? null : earliestMessageAt / 1000, { broker }),
      ),
  },
  {
    name: 'broker_disk_used_ratio',
    help: 'Used share of the disk with the commit log of a broker, 0 to 1; by default a broker refuses writes above 0.9.',
    labels: ['broker'],
    samples: ({ report }) => report.brokers.flatMap(({ broker, diskUsedRatio }) => known(diskUsedRatio, { broker })),
  },
  {
    name: 'broker_delayed_messages',
    help: 'Delayed messages, retries among them, that a broker has not delivered yet, by delay level.',
    labels: ['broker', 'level'],
    samples: ({ report }) =>
      report.brokers.flatMap(({ broker, delayed }) => Array.from(delayed, ([level, messages]) => sample(messages, { broker, level }))),
  },
  {
    name: 'broker_info',
    help: '1 for a broker that the name server knows and that answers, with its version.',
    labels: ['broker', 'version'],
    samples: ({ report }) => report.brokers.flatMap(({ broker, version }) => (version === null ? [] : [sample(1, { broker, version })])),
  },
];

function known(value: number | null, labels: Parameters<typeof sample>[1]): Sample[] {
  return value === null ? [] : [sample(value, labels)];
}
