import type { ProcessOnTopic, ProcessReport, Report } from '../lag/report.ts';
import { type Labels, type Metric, type Sample, sample, sharing } from './gauge.ts';

const PROCESS = ['consumerGroup', 'consumerClientIP', 'consumerClientPID'] as const;
const PROCESS_ON_TOPIC = ['topic', ...PROCESS] as const;

/** The series of a metric that each process has one of; none where its value is null. */
function perProcess(read: (process: ProcessReport) => number | null): (report: Report) => Sample[] {
  return ({ processes }) =>
    processes.flatMap((process) => {
      const value = read(process);
      return value === null ? [] : [sample(value, labelsOf(process))];
    });
}

/** The same for each topic of a process. One object with the labels serves one metric only: there are few processes. */
function perTopic(read: (on: ProcessOnTopic) => number | null): (report: Report) => Sample[] {
  return ({ processes }) =>
    processes.flatMap((process) =>
      process.topics.flatMap((on) => {
        const value = read(on);
        return value === null ? [] : [sharing({ topic: on.topic, ...labelsOf(process) }, value)];
      }),
    );
}

function labelsOf({ consumerGroup, client }: ProcessReport): Labels {
  return { consumerGroup, consumerClientIP: client.ip, consumerClientPID: client.pid };
}

/** Why groups are behind: of groups with backlog only, and only of those whose processes were asked. */
export const PROCESS_METRICS: readonly Metric<Report>[] = [
  {
    name: 'msg_diff_reason',
    help: '1, with the reason why a consumer group is behind on a topic; one reason for each group on a topic that has backlog and was asked.',
    labels: ['topic', 'consumerGroup', 'reason'],
    samples: ({ reasons }) => reasons.map(({ topic, consumerGroup, reason }) => sample(1, { topic, consumerGroup, reason })),
  },
  {
    name: 'process_consumed_per_second',
    help: 'Messages per second that a process consumed successfully in the last minute.',
    labels: PROCESS_ON_TOPIC,
    samples: perTopic(({ consumedPerSecond }) => consumedPerSecond),
  },
  {
    name: 'process_failed_per_second',
    help: 'Messages per second that a process failed to consume in the last minute.',
    labels: PROCESS_ON_TOPIC,
    samples: perTopic(({ failedPerSecond }) => failedPerSecond),
  },
  {
    name: 'process_pulled_per_second',
    help: 'Messages per second that a process pulled in the last minute.',
    labels: PROCESS_ON_TOPIC,
    samples: perTopic(({ pulledPerSecond }) => pulledPerSecond),
  },
  {
    name: 'process_consume_seconds',
    help: 'Average duration of a call of the listener in the last minute, in seconds; no series when no call ended.',
    labels: PROCESS_ON_TOPIC,
    samples: perTopic(({ secondsPerCall }) => secondsPerCall),
  },
  {
    name: 'process_cached_messages',
    help: 'Messages that a process has pulled and not yet consumed.',
    labels: PROCESS_ON_TOPIC,
    samples: perTopic(({ cachedMessages }) => cachedMessages),
  },
  {
    name: 'process_idle_seconds',
    help: 'Seconds for which a process has had messages of a queue in hand and finished none, on the queue where this is longest, by the clock of the process; 0 when nothing is in hand.',
    labels: PROCESS_ON_TOPIC,
    samples: perTopic(({ idleSeconds }) => idleSeconds),
  },
  {
    name: 'process_busy_ratio',
    help: 'Time in the listener divided by the time of all threads of a process, in the last minute; 1 is saturated.',
    labels: PROCESS,
    samples: perProcess(({ busyRatio }) => busyRatio),
  },
  {
    name: 'process_threads',
    help: 'Threads of a process that consume.',
    labels: PROCESS,
    samples: perProcess(({ threads }) => threads),
  },
  {
    name: 'process_started_timestamp_seconds',
    help: 'When a process started to consume, Unix time in seconds, by its own clock.',
    labels: PROCESS,
    samples: perProcess(({ startedAt }) => (startedAt === null ? null : startedAt / 1000)),
  },
  {
    name: 'process_responding',
    help: '1 for a process that answered the console, 0 for one that is connected and does not answer.',
    labels: PROCESS,
    samples: perProcess(({ responding }) => (responding === null ? null : responding ? 1 : 0)),
  },
  {
    name: 'process_info',
    help: '1, with the version of the client library, its language, and the type of consumer: concurrent, orderly or pull.',
    labels: [...PROCESS, 'version', 'language', 'type'],
    samples: ({ processes }) => processes.flatMap((process) => process.kinds.map((kind) => sample(1, { ...labelsOf(process), ...kind }))),
  },
  {
    name: 'group_subscriptions_differ',
    help: '1 when processes of a consumer group have different subscriptions, which loses messages, otherwise 0; no series when a process did not answer and no difference was found.',
    labels: ['consumerGroup'],
    samples: ({ consistency }) =>
      consistency.flatMap(({ consumerGroup, subscriptionsDiffer }) =>
        subscriptionsDiffer === null ? [] : [sample(subscriptionsDiffer ? 1 : 0, { consumerGroup })],
      ),
  },
  {
    name: 'group_duplicate_client_ids',
    help: 'Client ids of a consumer group that more than one process has, which leaves queues without a reader; no series when a process did not answer and no such id was found.',
    labels: ['consumerGroup'],
    samples: ({ consistency }) =>
      consistency.flatMap(({ consumerGroup, duplicateClientIds }) =>
        duplicateClientIds === null ? [] : [sample(duplicateClientIds, { consumerGroup })],
      ),
  },
];
