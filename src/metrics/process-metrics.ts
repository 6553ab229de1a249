import type { ProcessOnTopic, ProcessReport, Report } from '../lag/report.ts';
import { type Metric, metric } from './metric.ts';

const PROCESS = ['consumerGroup', 'consumerClientIP', 'consumerClientPID'] as const;

/** A metric with one series for each process of a group; none if its value is null. */
function perProcess(name: string, help: string, read: (process: ProcessReport) => number | null): Metric<Report> {
  return metric({
    name,
    help,
    labels: PROCESS,
    series: ({ processes }: Report, add) => {
      for (const process of processes) {
        const value = read(process);
        if (value !== null) add(value, process.consumerGroup, process.client.ip, process.client.pid);
      }
    },
  });
}

/** A metric with one series for each topic of a process of a group; none if its value is null. */
function perTopic(name: string, help: string, read: (activity: ProcessOnTopic) => number | null): Metric<Report> {
  return metric({
    name,
    help,
    labels: ['topic', ...PROCESS],
    series: ({ processes }: Report, add) => {
      for (const { topics, consumerGroup, client } of processes)
        for (const activity of topics) {
          const value = read(activity);
          if (value !== null) add(value, activity.topic, consumerGroup, client.ip, client.pid);
        }
    },
  });
}

/** Metrics of why groups are behind: only groups with backlog whose processes were asked have them. */
export const PROCESS_METRICS: readonly Metric<Report>[] = [
  metric({
    name: 'msg_diff_reason',
    help: '1, with the reason why a consumer group is behind on a topic; one reason for each group on a topic that has backlog and was asked.',
    labels: ['topic', 'consumerGroup', 'reason'],
    series: ({ reasons }, add) => {
      for (const { topic, consumerGroup, reason } of reasons) add(1, topic, consumerGroup, reason);
    },
  }),
  perTopic(
    'process_consumed_per_second',
    'Messages per second that a process consumed successfully in the last minute.',
    ({ consumedPerSecond }) => consumedPerSecond,
  ),
  perTopic(
    'process_failed_per_second',
    'Messages per second that a process failed to consume in the last minute.',
    ({ failedPerSecond }) => failedPerSecond,
  ),
  perTopic(
    'process_pulled_per_second',
    'Messages per second that a process pulled in the last minute.',
    ({ pulledPerSecond }) => pulledPerSecond,
  ),
  perTopic(
    'process_consume_seconds',
    'Average duration of a call of the listener in the last minute, in seconds; no series when no call ended.',
    ({ secondsPerCall }) => secondsPerCall,
  ),
  perTopic('process_cached_messages', 'Messages that a process has pulled and not yet consumed.', ({ cachedMessages }) => cachedMessages),
  perTopic(
    'process_idle_seconds',
    'Seconds for which a process has had messages of a queue in hand and finished none, on the queue where this is longest, by the clock of the process; 0 when nothing is in hand.',
    ({ idleSeconds }) => idleSeconds,
  ),
  perProcess(
    'process_busy_ratio',
    'Time in the listener divided by the time of all threads of a process that can work, in the last minute; 1 is saturated; no series when unknown.',
    ({ busyRatio }) => busyRatio,
  ),
  perProcess('process_threads', 'Threads of a process that consume.', ({ threads }) => threads),
  perProcess(
    'process_started_timestamp_seconds',
    'When a process started to consume, Unix time in seconds, by its own clock.',
    ({ startedAt }) => (startedAt === null ? null : startedAt / 1000),
  ),
  perProcess(
    'process_responding',
    '1 for a process that answered the console, 0 for one that is connected and does not answer.',
    ({ responding }) => (responding === null ? null : responding ? 1 : 0),
  ),
  metric({
    name: 'process_info',
    help: '1, with the version of the client library, its language, the type of consumer (concurrent, orderly or pull), and the IP address at which the broker sees the process.',
    labels: [...PROCESS, 'version', 'language', 'type', 'address'],
    series: ({ processes }, add) => {
      for (const { consumerGroup, client, kinds } of processes)
        for (const { version, language, type, address } of kinds)
          add(1, consumerGroup, client.ip, client.pid, version, language, type, address);
    },
  }),
  metric({
    name: 'group_idle_processes',
    help: 'Connected processes of a consumer group that hold no queue of a topic; no series when unknown.',
    labels: ['topic', 'consumerGroup'],
    series: ({ idleProcesses }, add) => {
      for (const { topic, consumerGroup, processes } of idleProcesses) add(processes, topic, consumerGroup);
    },
  }),
  metric({
    name: 'group_subscriptions_differ',
    help: '1 when processes of a consumer group have different subscriptions, which loses messages, otherwise 0; no series when a process did not answer and no difference was found.',
    labels: ['consumerGroup'],
    series: ({ consistency }, add) => {
      for (const { consumerGroup, subscriptionsDiffer } of consistency)
        if (subscriptionsDiffer !== null) add(subscriptionsDiffer ? 1 : 0, consumerGroup);
    },
  }),
  metric({
    name: 'group_duplicate_client_ids',
    help: 'Client ids of a consumer group that more than one process has, which leaves queues without a reader; no series when a process did not answer and no such id was found.',
    labels: ['consumerGroup'],
    series: ({ consistency }, add) => {
      for (const { consumerGroup, duplicateClientIds } of consistency)
        if (duplicateClientIds !== null) add(duplicateClientIds, consumerGroup);
    },
  }),
];
