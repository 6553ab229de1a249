import { Registry } from 'prom-client';
import type { DetailRow, Report, SubscriptionReport } from '../lag/report.ts';
import { BROKER_METRICS } from './brokers.ts';
import { fill, type Labels, type Metric, type Sample, sample, sharing } from './gauge.ts';
import { PROCESS_METRICS } from './processes.ts';
import { type DetailChoice, limitDetail } from './series-limit.ts';

const GROUP_ON_TOPIC = ['topic', 'consumerGroup'] as const;

/** A group on a topic, and one object with its labels for all the metrics that have them. */
interface Labelled {
  readonly subscription: SubscriptionReport;
  readonly labels: Labels;
}

/** What the metrics are read off. */
interface Source {
  readonly report: Report;
  readonly groupsOnTopics: readonly Labelled[];
}

/** The series of a metric that each group on each topic has one of; none where its value is null. */
function perGroupOnTopic(read: (subscription: SubscriptionReport) => number | null): (source: Source) => Sample[] {
  return ({ groupsOnTopics }) => {
    const samples: Sample[] = [];
    for (const { subscription, labels } of groupsOnTopics) {
      const value = read(subscription);
      if (value !== null) samples.push(sharing(labels, value));
    }
    return samples;
  };
}

const DETAIL: Metric<readonly DetailRow[]> = {
  name: 'msg_diff_detail',
  help: 'Backlog of one queue for one consumer group, in messages, with the process that holds the queue; empty client labels: no known client.',
  labels: ['topic', 'consumerGroup', 'broker', 'queueId', 'consumerClientIP', 'consumerClientPID'],
  samples: (rows) =>
    rows.map(({ topic, consumerGroup, broker, queueId, client, backlog }) =>
      sample(backlog, { topic, consumerGroup, broker, queueId, consumerClientIP: client.ip, consumerClientPID: client.pid }),
    ),
};

const AGGREGATES: readonly Metric<Source>[] = [
  {
    name: 'msg_diff_topic',
    help: 'Backlog of all consumer groups on a topic, in messages.',
    labels: ['topic'],
    samples: ({ report }) => Array.from(report.byTopic, ([topic, backlog]) => sample(backlog, { topic })),
  },
  {
    name: 'msg_diff_consumergroup',
    help: 'Backlog of a consumer group on all its topics, in messages.',
    labels: ['consumerGroup'],
    samples: ({ report }) => Array.from(report.byGroup, ([consumerGroup, backlog]) => sample(backlog, { consumerGroup })),
  },
  {
    name: 'msg_diff_topic_consumergroup',
    help: 'Backlog of a consumer group on a topic, in messages.',
    labels: GROUP_ON_TOPIC,
    samples: perGroupOnTopic(({ backlog }) => backlog),
  },
  {
    name: 'msg_diff_broker',
    help: 'Backlog of all consumer groups on the queues of a broker, in messages.',
    labels: ['broker'],
    samples: ({ report }) => Array.from(report.byBroker, ([broker, backlog]) => sample(backlog, { broker })),
  },
  {
    name: 'msg_diff_queue',
    help: 'Backlog of all topics and consumer groups on the queues of one id on a broker, in messages.',
    labels: ['broker', 'queueId'],
    samples: ({ report }) =>
      [...report.byQueue].flatMap(([broker, queues]) => Array.from(queues, ([queueId, backlog]) => sample(backlog, { broker, queueId }))),
  },
  {
    name: 'msg_diff_clientinfo',
    help: 'Backlog on the queues that one consumer process holds, in messages; empty labels: queues without a known client.',
    labels: ['consumerClientIP', 'consumerClientPID'],
    samples: ({ report }) =>
      report.byProcess.map(({ client, backlog }) => sample(backlog, { consumerClientIP: client.ip, consumerClientPID: client.pid })),
  },
  {
    name: 'msg_diff_unassigned',
    help: 'Backlog on queues that no known client holds, in messages.',
    labels: GROUP_ON_TOPIC,
    samples: perGroupOnTopic(({ unassigned }) => unassigned),
  },
  {
    name: 'msg_diff_delay_seconds',
    help: 'Age of the last message consumed from the queue that is furthest behind, in seconds; 0 without backlog; no series when unknown.',
    labels: GROUP_ON_TOPIC,
    samples: perGroupOnTopic(({ delaySeconds }) => delaySeconds),
  },
  {
    name: 'msg_diff_consumer_offset',
    help: 'Offset up to which a consumer group has consumed a topic, summed over the queues.',
    labels: GROUP_ON_TOPIC,
    samples: perGroupOnTopic(({ consumerOffset }) => consumerOffset),
  },
  {
    name: 'msg_diff_broker_offset',
    help: 'Offset up to which a topic was written, as a consumer group sees it, summed over the queues.',
    labels: GROUP_ON_TOPIC,
    samples: perGroupOnTopic(({ brokerOffset }) => brokerOffset),
  },
  {
    name: 'msg_diff_queues',
    help: 'Queues that were read for a consumer group on a topic; the queues of a dead broker are missing from this number.',
    labels: GROUP_ON_TOPIC,
    samples: perGroupOnTopic(({ queues }) => queues),
  },
  {
    name: 'msg_diff_processes',
    help: 'Distinct known processes that hold queues of a consumer group on a topic.',
    labels: GROUP_ON_TOPIC,
    samples: perGroupOnTopic(({ processes }) => processes),
  },
  {
    name: 'msg_diff_ahead',
    help: 'Messages by which the consumer offsets of a group are ahead of the broker offsets; the group consumes nothing until the brokers catch up; no series when 0.',
    labels: GROUP_ON_TOPIC,
    samples: perGroupOnTopic(({ ahead }) => (ahead > 0 ? ahead : null)),
  },
  {
    name: 'msg_diff_clients_online',
    help: 'Clients online of a consumer group that has backlog and no known client; no series when unknown.',
    labels: ['consumerGroup'],
    samples: ({ report }) => Array.from(report.clientsOnline, ([consumerGroup, clients]) => sample(clients, { consumerGroup })),
  },
  {
    name: 'msg_diff_dead_letters',
    help: 'Dead letters of a consumer group that are stored now, in messages.',
    labels: ['consumerGroup'],
    samples: ({ report }) => report.deadLetters.map(({ consumerGroup, stored }) => sample(stored, { consumerGroup })),
  },
  {
    name: 'msg_diff_dead_letter_offset',
    help: 'Dead letters of a consumer group that were ever sent, in messages.',
    labels: ['consumerGroup'],
    samples: ({ report }) => report.deadLetters.map(({ consumerGroup, everSent }) => sample(everSent, { consumerGroup })),
  },
  {
    name: 'msg_diff_topic_readable',
    help: '1 for a topic that was read in this tick, 0 for one that was not: its numbers are missing, not zero.',
    labels: ['topic'],
    samples: ({ report }) => report.readableTopics.map(({ topic, readable }) => sample(readable ? 1 : 0, { topic })),
  },
  {
    name: 'msg_diff_unreadable_group',
    help: '1 for a consumer group on a topic whose backlog the console could not read: its numbers are missing, not zero.',
    labels: GROUP_ON_TOPIC,
    samples: ({ report }) => report.unreadableGroups.map(({ topic, consumerGroup }) => sample(1, { topic, consumerGroup })),
  },
  {
    name: 'msg_diff_retention_margin_seconds',
    help: 'Store time of the last message that a consumer group with backlog consumed, minus the store time of the earliest message of the broker, in seconds, on the queue where this is smallest; no series when unknown.',
    labels: GROUP_ON_TOPIC,
    samples: perGroupOnTopic(({ retentionMarginSeconds }) => retentionMarginSeconds),
  },
  {
    name: 'msg_diff_lost_messages',
    help: 'Messages of the backlog that were deleted before they were consumed; a lower bound; no series when it was not requested.',
    labels: GROUP_ON_TOPIC,
    samples: perGroupOnTopic(({ lostMessages }) => lostMessages),
  },
  ...BROKER_METRICS,
];

/** All metrics of the data group, in the order in which they are pushed. */
export const DATA_METRICS: readonly Pick<Metric<never>, 'name' | 'help' | 'labels'>[] = [DETAIL, ...AGGREGATES, ...PROCESS_METRICS];

export interface SeriesCounts {
  readonly pushed: number;
  readonly dropped: number;
}

export interface DataOptions {
  prefix: string;
  detail: DetailChoice;
  maxSeries: number;
}

/** A registry with everything that the report knows, and how many series that is. Fresh each tick: nothing of an earlier one stays. */
export function buildDataRegistry(
  report: Report,
  { prefix, detail, maxSeries }: DataOptions,
): { registry: Registry; series: SeriesCounts } {
  const registry = new Registry();
  let pushed = 0;
  const source = { report, groupsOnTopics: report.subscriptions.map((subscription) => ({ subscription, labels: labelsOf(subscription) })) };
  for (const metric of AGGREGATES) pushed += fill(registry, prefix, metric, source);
  for (const metric of PROCESS_METRICS) pushed += fill(registry, prefix, metric, report);
  const { kept, dropped } = limitDetail(report.detail, detail, Math.max(0, maxSeries - pushed));
  pushed += fill(registry, prefix, DETAIL, kept);
  return { registry, series: { pushed, dropped } };
}

function labelsOf({ topic, consumerGroup }: SubscriptionReport): Labels {
  return { topic, consumerGroup };
}
