import type { Report } from '../lag/report.ts';
import { metric } from './metric.ts';

/** Metrics of the brokers themselves. An unknown value has no series. */
export const BROKER_METRICS = [
  metric({
    name: 'broker_earliest_message_timestamp_seconds',
    help: 'Store time of the earliest message that a broker still has, Unix time in seconds.',
    labels: ['broker'],
    series: ({ brokers }: Brokers, add) => {
      for (const { broker, earliestMessageAt } of brokers) if (earliestMessageAt !== null) add(earliestMessageAt / 1000, broker);
    },
  }),
  metric({
    name: 'broker_disk_used_ratio',
    help: 'Used share of the disk with the commit log of a broker, 0 to 1; by default a broker refuses writes above 0.9.',
    labels: ['broker'],
    series: ({ brokers }: Brokers, add) => {
      for (const { broker, diskUsedRatio } of brokers) if (diskUsedRatio !== null) add(diskUsedRatio, broker);
    },
  }),
  metric({
    name: 'broker_delayed_messages',
    help: 'Delayed messages, retries among them, that a broker has not delivered yet, by delay level.',
    labels: ['broker', 'level'],
    series: ({ brokers }: Brokers, add) => {
      for (const { broker, delayed } of brokers) for (const [level, messages] of delayed) add(messages, broker, level);
    },
  }),
  metric({
    name: 'broker_info',
    help: '1 for a broker that the name server knows and that answers, with its version.',
    labels: ['broker', 'version'],
    series: ({ brokers }: Brokers, add) => {
      for (const { broker, version } of brokers) if (version !== null) add(1, broker, version);
    },
  }),
];

type Brokers = Pick<Report, 'brokers'>;
