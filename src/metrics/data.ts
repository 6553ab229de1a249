import { Registry } from 'prom-client';
import type { DetailRow, Report } from '../lag/report.ts';
import { fill, type Metric } from './gauge.ts';
import { type DetailChoice, limitDetail } from './series-limit.ts';

const GROUP_ON_TOPIC = ['topic', 'consumerGroup'] as const;

const DETAIL: Metric<readonly DetailRow[]> = {
  name: 'msg_diff_detail',
  help: 'Backlog of one queue for one consumer group, in messages, with the process that holds the queue; empty client labels: no known client.',
  labels: ['topic', 'consumerGroup', 'broker', 'queueId', 'consumerClientIP', 'consumerClientPID'],
  *samples(rows) {
    for (const { topic, consumerGroup, broker, queueId, client, backlog } of rows)
      yield [backlog, topic, consumerGroup, broker, queueId, client.ip, client.pid];
  },
};

const AGGREGATES: readonly Metric<Report>[] = [
  {
    name: 'msg_diff_topic',
    help: 'Backlog of all consumer groups on a topic, in messages.',
    labels: ['topic'],
    *samples({ byTopic }) {
      for (const [topic, backlog] of byTopic) yield [backlog, topic];
    },
  },
  {
    name: 'msg_diff_consumergroup',
    help: 'Backlog of a consumer group on all its topics, in messages.',
    labels: ['consumerGroup'],
    *samples({ byGroup }) {
      for (const [consumerGroup, backlog] of byGroup) yield [backlog, consumerGroup];
    },
  },
  {
    name: 'msg_diff_topic_consumergroup',
    help: 'Backlog of a consumer group on a topic, in messages.',
    labels: GROUP_ON_TOPIC,
    samples: ({ subscriptions }) => subscriptions.map(({ topic, consumerGroup, backlog }) => [backlog, topic, consumerGroup]),
  },
  {
    name: 'msg_diff_broker',
    help: 'Backlog of all consumer groups on the queues of a broker, in messages.',
    labels: ['broker'],
    *samples({ byBroker }) {
      for (const [broker, backlog] of byBroker) yield [backlog, broker];
    },
  },
  {
    name: 'msg_diff_queue',
    help: 'Backlog of all topics and consumer groups on the queues of one id on a broker, in messages.',
    labels: ['broker', 'queueId'],
    *samples({ byQueue }) {
      for (const [broker, queues] of byQueue) for (const [queueId, backlog] of queues) yield [backlog, broker, queueId];
    },
  },
  {
    name: 'msg_diff_clientinfo',
    help: 'Backlog on the queues that one consumer process holds, in messages; empty labels: queues without a known client.',
    labels: ['consumerClientIP', 'consumerClientPID'],
    samples: ({ byProcess }) => byProcess.map(({ client, backlog }) => [backlog, client.ip, client.pid]),
  },
  {
    name: 'msg_diff_unassigned',
    help: 'Backlog on queues that no known client holds, in messages.',
    labels: GROUP_ON_TOPIC,
    samples: ({ subscriptions }) => subscriptions.map(({ topic, consumerGroup, unassigned }) => [unassigned, topic, consumerGroup]),
  },
  {
    name: 'msg_diff_delay_seconds',
    help: 'Age of the last message consumed from the queue that is furthest behind, in seconds; 0 when caught up; no series when unknown.',
    labels: GROUP_ON_TOPIC,
    *samples({ subscriptions }) {
      for (const { topic, consumerGroup, delaySeconds } of subscriptions)
        if (delaySeconds !== null) yield [delaySeconds, topic, consumerGroup];
    },
  },
  {
    name: 'msg_diff_consumer_offset',
    help: 'Offset up to which a consumer group has consumed a topic, summed over the queues.',
    labels: GROUP_ON_TOPIC,
    samples: ({ subscriptions }) => subscriptions.map(({ topic, consumerGroup, consumerOffset }) => [consumerOffset, topic, consumerGroup]),
  },
  {
    name: 'msg_diff_broker_offset',
    help: 'Offset up to which a topic was written, as a consumer group sees it, summed over the queues.',
    labels: GROUP_ON_TOPIC,
    samples: ({ subscriptions }) => subscriptions.map(({ topic, consumerGroup, brokerOffset }) => [brokerOffset, topic, consumerGroup]),
  },
  {
    name: 'msg_diff_queues',
    help: 'Queues read for a consumer group on a topic; the queues of a dead broker vanish from this number.',
    labels: GROUP_ON_TOPIC,
    samples: ({ subscriptions }) => subscriptions.map(({ topic, consumerGroup, queues }) => [queues, topic, consumerGroup]),
  },
  {
    name: 'msg_diff_processes',
    help: 'Distinct known processes that hold queues of a consumer group on a topic.',
    labels: GROUP_ON_TOPIC,
    samples: ({ subscriptions }) => subscriptions.map(({ topic, consumerGroup, processes }) => [processes, topic, consumerGroup]),
  },
  {
    name: 'msg_diff_clients_online',
    help: 'Clients online of a consumer group that has backlog and no known client; no series when that is unknown.',
    labels: ['consumerGroup'],
    *samples({ clientsOnline }) {
      for (const [consumerGroup, clients] of clientsOnline) yield [clients, consumerGroup];
    },
  },
  {
    name: 'msg_diff_dead_letters',
    help: 'Dead letters of a consumer group that are stored now, in messages.',
    labels: ['consumerGroup'],
    samples: ({ deadLetters }) => deadLetters.map(({ consumerGroup, stored }) => [stored, consumerGroup]),
  },
  {
    name: 'msg_diff_dead_letter_offset',
    help: 'Dead letters of a consumer group ever sent, in messages.',
    labels: ['consumerGroup'],
    samples: ({ deadLetters }) => deadLetters.map(({ consumerGroup, everSent }) => [everSent, consumerGroup]),
  },
  {
    name: 'msg_diff_topic_readable',
    help: '1 for a topic that was read in this tick, 0 for one that was not: its numbers are missing, not zero.',
    labels: ['topic'],
    samples: ({ readableTopics }) => readableTopics.map(({ topic, readable }) => [readable ? 1 : 0, topic]),
  },
  {
    name: 'msg_diff_unreadable_group',
    help: '1 for a consumer group on a topic whose backlog the console could not read: its numbers are missing, not zero.',
    labels: GROUP_ON_TOPIC,
    samples: ({ unreadableGroups }) => unreadableGroups.map(({ topic, consumerGroup }) => [1, topic, consumerGroup]),
  },
];

/** All metrics of the data group, in the order in which they are pushed. */
export const DATA_METRICS: readonly Pick<Metric<never>, 'name' | 'help' | 'labels'>[] = [DETAIL, ...AGGREGATES];

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
  for (const metric of AGGREGATES) pushed += fill(registry, prefix, metric, report);
  const { kept, dropped } = limitDetail(report.detail, detail, Math.max(0, maxSeries - pushed));
  pushed += fill(registry, prefix, DETAIL, kept);
  return { registry, series: { pushed, dropped } };
}
