import type { BrokerReport, DetailRow, Report, SubscriptionReport } from '../lag/report.ts';
import { type Metric, metric } from './metric.ts';

const GROUP_ON_TOPIC = ['topic', 'consumerGroup'] as const;

/** A metric with one series for each group on each topic; none if its value is null. */
function perGroupOnTopic(name: string, help: string, read: (subscription: SubscriptionReport) => number | null): Metric<Report> {
  return metric({
    name,
    help,
    labels: GROUP_ON_TOPIC,
    series: ({ subscriptions }: Report, add) => {
      for (const subscription of subscriptions) {
        const value = read(subscription);
        if (value !== null) add(value, subscription.topic, subscription.consumerGroup);
      }
    },
  });
}

export const DETAIL_METRIC = metric({
  name: 'msg_diff_detail',
  help: 'Backlog of one queue for one consumer group, in messages, with the process that holds the queue; empty client labels: no known client.',
  labels: ['topic', 'consumerGroup', 'broker', 'queueId', 'consumerClientIP', 'consumerClientPID'],
  series: (rows: readonly DetailRow[], add) => {
    for (const { topic, consumerGroup, broker, queueId, client, backlog } of rows)
      add(backlog, topic, consumerGroup, broker, queueId, client.ip, client.pid);
  },
});

export const BACKLOG_METRICS: readonly Metric<Report>[] = [
  metric({
    name: 'msg_diff_topic',
    help: 'Backlog of all consumer groups on a topic, in messages.',
    labels: ['topic'],
    series: ({ byTopic }, add) => {
      for (const [topic, backlog] of byTopic) add(backlog, topic);
    },
  }),
  metric({
    name: 'msg_diff_consumergroup',
    help: 'Backlog of a consumer group on all its topics, in messages.',
    labels: ['consumerGroup'],
    series: ({ byGroup }, add) => {
      for (const [consumerGroup, backlog] of byGroup) add(backlog, consumerGroup);
    },
  }),
  perGroupOnTopic('msg_diff_topic_consumergroup', 'Backlog of a consumer group on a topic, in messages.', ({ backlog }) => backlog),
  metric({
    name: 'msg_diff_broker',
    help: 'Backlog of all consumer groups on the queues of a broker, in messages.',
    labels: ['broker'],
    series: ({ byBroker }, add) => {
      for (const [broker, backlog] of byBroker) add(backlog, broker);
    },
  }),
  metric({
    name: 'msg_diff_queue',
    help: 'Backlog of all topics and consumer groups on the queues of one id on a broker, in messages.',
    labels: ['broker', 'queueId'],
    series: ({ byQueue }, add) => {
      for (const [broker, queues] of byQueue) for (const [queueId, backlog] of queues) add(backlog, broker, queueId);
    },
  }),
  metric({
    name: 'msg_diff_clientinfo',
    help: 'Backlog on the queues that one consumer process holds, in messages; empty labels: queues without a known client.',
    labels: ['consumerClientIP', 'consumerClientPID'],
    series: ({ byProcess }, add) => {
      for (const { client, backlog } of byProcess) add(backlog, client.ip, client.pid);
    },
  }),
  perGroupOnTopic('msg_diff_unassigned', 'Backlog on queues that no known client holds, in messages.', ({ unassigned }) => unassigned),
  perGroupOnTopic(
    'msg_diff_delay_seconds',
    'Age of the last message consumed from the queue that is furthest behind, in seconds; 0 without backlog; no series when unknown.',
    ({ delaySeconds }) => delaySeconds,
  ),
  metric({
    name: 'msg_diff_process_delay_seconds',
    help: 'Delay of a consumer group on a topic over the queues that one process holds, in seconds; only with backlog; empty client labels: queues without a known client.',
    labels: ['topic', 'consumerGroup', 'consumerClientIP', 'consumerClientPID'],
    series: ({ subscriptions }, add) => {
      for (const { topic, consumerGroup, owners } of subscriptions)
        for (const { client, backlog, delaySeconds } of owners)
          if (backlog > 0 && delaySeconds !== null) add(delaySeconds, topic, consumerGroup, client.ip, client.pid);
    },
  }),
  perGroupOnTopic(
    'msg_diff_largest_queue',
    'Backlog of the queue with the most backlog of a consumer group on a topic, in messages; only with backlog.',
    ({ largestQueue }) => (largestQueue > 0 ? largestQueue : null),
  ),
  perGroupOnTopic(
    'msg_diff_consumer_offset',
    'Offset up to which a consumer group has consumed a topic, summed over the queues.',
    ({ consumerOffset }) => consumerOffset,
  ),
  perGroupOnTopic(
    'msg_diff_broker_offset',
    'Offset up to which a topic was written, as a consumer group sees it, summed over the queues.',
    ({ brokerOffset }) => brokerOffset,
  ),
  perGroupOnTopic(
    'msg_diff_queues',
    'Queues that were read for a consumer group on a topic; the queues of a dead broker are missing from this number.',
    ({ queues }) => queues,
  ),
  perGroupOnTopic(
    'msg_diff_processes',
    'Distinct known processes that hold queues of a consumer group on a topic.',
    ({ processes }) => processes,
  ),
  perGroupOnTopic(
    'msg_diff_ahead',
    'Messages by which the consumer offsets of a group are ahead of the broker offsets; the group consumes nothing until the brokers catch up; no series when 0.',
    ({ ahead }) => (ahead > 0 ? ahead : null),
  ),
  metric({
    name: 'msg_diff_clients_online',
    help: 'Clients online of a consumer group that has backlog and no known client; no series when unknown.',
    labels: ['consumerGroup'],
    series: ({ clientsOnline }, add) => {
      for (const [consumerGroup, clients] of clientsOnline) add(clients, consumerGroup);
    },
  }),
  metric({
    name: 'msg_diff_dead_letters',
    help: 'Dead letters of a consumer group that are stored now, in messages.',
    labels: ['consumerGroup'],
    series: ({ deadLetters }, add) => {
      for (const { consumerGroup, stored } of deadLetters) add(stored, consumerGroup);
    },
  }),
  metric({
    name: 'msg_diff_dead_letter_offset',
    help: 'Dead letters of a consumer group that were ever sent, in messages.',
    labels: ['consumerGroup'],
    series: ({ deadLetters }, add) => {
      for (const { consumerGroup, everSent } of deadLetters) add(everSent, consumerGroup);
    },
  }),
  metric({
    name: 'msg_diff_topic_readable',
    help: '1 for a topic that was read in this tick, 0 for one that was not: its numbers are missing, not zero.',
    labels: ['topic'],
    series: ({ readableTopics }, add) => {
      for (const { topic, readable } of readableTopics) add(readable ? 1 : 0, topic);
    },
  }),
  metric({
    name: 'msg_diff_unreadable_group',
    help: '1 for a consumer group on a topic whose backlog the console could not read: its numbers are missing, not zero.',
    labels: GROUP_ON_TOPIC,
    series: ({ unreadableGroups }, add) => {
      for (const { topic, consumerGroup } of unreadableGroups) add(1, topic, consumerGroup);
    },
  }),
  metric({
    name: 'msg_diff_unsubscribed_group',
    help: '1 for a consumer group that is online and no longer subscribes to a topic on which brokers still list it: nobody consumes the topic for it.',
    labels: GROUP_ON_TOPIC,
    series: ({ unsubscribedGroups }, add) => {
      for (const { topic, consumerGroup } of unsubscribedGroups) add(1, topic, consumerGroup);
    },
  }),
  perGroupOnTopic(
    'msg_diff_retention_margin_seconds',
    'Store time of the last message that a consumer group with backlog consumed, minus the store time of the earliest message of the broker, in seconds, on the queue where this is smallest; no series when unknown.',
    ({ retentionMarginSeconds }) => retentionMarginSeconds,
  ),
  perGroupOnTopic(
    'msg_diff_lost_messages',
    'Messages of the backlog that were deleted before they were consumed; a lower bound; no series when it was not requested.',
    ({ lostMessages }) => lostMessages,
  ),
];

/** A metric with one series for each broker; none if its value is unknown. */
function perBroker(name: string, help: string, read: (broker: BrokerReport) => number | null): Metric<Brokers> {
  return metric({
    name,
    help,
    labels: ['broker'],
    series: ({ brokers }: Brokers, add) => {
      for (const broker of brokers) {
        const value = read(broker);
        if (value !== null) add(value, broker.broker);
      }
    },
  });
}

/** Metrics of the brokers themselves. An unknown value has no series. */
export const BROKER_METRICS: readonly Metric<Brokers>[] = [
  perBroker(
    'broker_earliest_message_timestamp_seconds',
    'Store time of the earliest message that a broker still has, Unix time in seconds.',
    ({ earliestMessageAt }) => (earliestMessageAt === null ? null : earliestMessageAt / 1000),
  ),
  perBroker(
    'broker_disk_used_ratio',
    'Used share of the disk with the commit log of a broker, 0 to 1; by default a broker refuses writes above 0.9.',
    ({ diskUsedRatio }) => diskUsedRatio,
  ),
  perBroker(
    'broker_pull_wait_seconds',
    'How long the first request in the queue of pulls of a broker has been waiting, in seconds.',
    ({ pullWaitSeconds }) => pullWaitSeconds,
  ),
  perBroker(
    'broker_send_wait_seconds',
    'How long the first request in the queue of sends of a broker has been waiting, in seconds.',
    ({ sendWaitSeconds }) => sendWaitSeconds,
  ),
  perBroker(
    'broker_page_cache_lock_seconds',
    'How long the message that a broker is writing has held the lock of the commit log, in seconds; from 1 on, a broker refuses writes.',
    ({ pageCacheLockSeconds }) => pageCacheLockSeconds,
  ),
  perBroker(
    'broker_dispatch_behind_bytes',
    'Bytes of the commit log of a broker that are not in its queues yet, so that no consumer sees them.',
    ({ dispatchBehindBytes }) => dispatchBehindBytes,
  ),
  perBroker(
    'broker_timer_behind_seconds',
    'How far the timer of a broker is behind with delayed messages, in seconds; RocketMQ 5 only.',
    ({ timerBehindSeconds }) => timerBehindSeconds,
  ),
  perBroker(
    'broker_timer_messages',
    'Delayed messages that the timer of a broker holds; RocketMQ 5 only.',
    ({ timerMessages }) => timerMessages,
  ),
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
