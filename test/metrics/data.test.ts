import { describe, expect, test } from 'vitest';
import { aggregate } from '../../src/lag/aggregate.ts';
import type { ClusterReadings } from '../../src/lag/readings.ts';
import { DATA_METRICS, type DataOptions, exposeData } from '../../src/metrics/data.ts';
import { textOf } from '../../src/metrics/exposition.ts';
import { answering, client, does, processes, SILENT, stuck, subscribedTo } from '../support/processes.ts';
import {
  beginsAt,
  behind,
  broker,
  failedTopic,
  group,
  NOW,
  OFFLINE,
  queue,
  readings,
  says,
  topic,
  unreadable,
  unsubscribed,
} from '../support/readings.ts';

const PROCESS = '192.0.2.1@100#1';
const report = aggregate(
  withProcesses(
    [
      topic(
        'orders',
        group('g_orders', behind(7, { clientId: '192.0.2.1@100#1' }), queue({ queueId: 1 })),
        unreadable('g_grpc'),
        unsubscribed('g_dropped'),
      ),
      topic('shipments', group('g_offline', behind(3, { clientId: null, broker: 'broker-b', lastTimestamp: null }))),
      topic('%DLQ%g_fail'),
      topic('rewound', group('g_ahead', behind(-4, { clientId: null }))),
      failedTopic('payments'),
    ],
    { g_offline: says(null, OFFLINE) },
    {
      deadLetters: [{ topic: '%DLQ%g_fail', consumerGroup: 'g_fail', stored: 40, everSent: 1900 }],
      brokers: [
        broker({
          earliestMessageAt: NOW - 3_660_000,
          diskUsedRatio: 0.21,
          delayed: new Map([
            [3, 46],
            [4, 0],
          ]),
          version: 'V5_5_1',
          pullWaitSeconds: 0.25,
          sendWaitSeconds: 0,
          pageCacheLockSeconds: 0.003,
          dispatchBehindBytes: 4096,
          timerBehindSeconds: 1,
          timerMessages: 602,
        }),
        broker({ broker: 'broker-b' }),
      ],
      minOffsets: { shipments: beginsAt([102], 'broker-b') },
    },
  ),
  NOW,
);

/** The same, where the processes of g_orders were asked: one that has two messages in hand for 20 s, and one that hangs. */
function withProcesses(...of: Parameters<typeof readings>): ClusterReadings {
  const state = { queues: [stuck(2, 20)], activity: [does({ failedPerSecond: 1, pulledPerSecond: 12 })] };
  const busy = { ...client(state, PROCESS), address: '192.0.2.77' };
  const group = processes(busy, answering(SILENT, 'x'));
  return { ...readings(...of), processes: { groups: new Map([['g_orders', group]]), elsewhere: { failed: 0, unasked: 0 } } };
}

async function samples(options: Partial<DataOptions> = {}): Promise<string[]> {
  const { exposition } = await exposeData(report, { prefix: 'rocketmq', detail: 'all', maxSeries: 1000, ...options });
  return textOf(exposition)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
}

const PROCESS_LABELS = 'consumerGroup="g_orders",consumerClientIP="192.0.2.1",consumerClientPID="100"';

describe('the data group', () => {
  test('every number of a report, as the Pushgateway gets it', async () => {
    const text = (await samples()).map((line) => line.replace(/^rocketmq_msg_diff_/, '')).sort();
    expect(text).toEqual(
      [
        'ahead{topic="rewound",consumerGroup="g_ahead"} 4',
        'broker_offset{topic="rewound",consumerGroup="g_ahead"} 96',
        'consumer_offset{topic="rewound",consumerGroup="g_ahead"} 100',
        'consumergroup{consumerGroup="g_ahead"} 0',
        'delay_seconds{topic="rewound",consumerGroup="g_ahead"} 0',
        'detail{topic="rewound",consumerGroup="g_ahead",broker="broker-a",queueId="0",consumerClientIP="",consumerClientPID=""} 0',
        'processes{topic="rewound",consumerGroup="g_ahead"} 0',
        'queues{topic="rewound",consumerGroup="g_ahead"} 1',
        'topic_consumergroup{topic="rewound",consumerGroup="g_ahead"} 0',
        'topic_readable{topic="rewound"} 1',
        'topic{topic="rewound"} 0',
        'unassigned{topic="rewound",consumerGroup="g_ahead"} 0',
        'broker_offset{topic="orders",consumerGroup="g_orders"} 207',
        'broker_offset{topic="shipments",consumerGroup="g_offline"} 103',
        'lost_messages{topic="shipments",consumerGroup="g_offline"} 2',
        'retention_margin_seconds{topic="orders",consumerGroup="g_orders"} 3600',
        'retention_margin_seconds{topic="shipments",consumerGroup="g_offline"} 0',
        'rocketmq_broker_delayed_messages{broker="broker-a",level="3"} 46',
        'rocketmq_broker_delayed_messages{broker="broker-a",level="4"} 0',
        'rocketmq_broker_disk_used_ratio{broker="broker-a"} 0.21',
        `rocketmq_broker_earliest_message_timestamp_seconds{broker="broker-a"} ${NOW / 1000 - 3660}`,
        'rocketmq_broker_info{broker="broker-a",version="V5_5_1"} 1',
        'rocketmq_broker_pull_wait_seconds{broker="broker-a"} 0.25',
        'rocketmq_broker_send_wait_seconds{broker="broker-a"} 0',
        'rocketmq_broker_page_cache_lock_seconds{broker="broker-a"} 0.003',
        'rocketmq_broker_dispatch_behind_bytes{broker="broker-a"} 4096',
        'rocketmq_broker_timer_behind_seconds{broker="broker-a"} 1',
        'rocketmq_broker_timer_messages{broker="broker-a"} 602',
        'rocketmq_group_idle_processes{topic="orders",consumerGroup="g_orders"} 1',
        'process_delay_seconds{topic="orders",consumerGroup="g_orders",consumerClientIP="192.0.2.1",consumerClientPID="100"} 60',
        'largest_queue{topic="orders",consumerGroup="g_orders"} 7',
        'largest_queue{topic="shipments",consumerGroup="g_offline"} 3',
        'broker{broker="broker-a"} 7',
        'broker{broker="broker-b"} 3',
        'clientinfo{consumerClientIP="",consumerClientPID=""} 3',
        'clientinfo{consumerClientIP="192.0.2.1",consumerClientPID="100"} 7',
        'clients_online{consumerGroup="g_offline"} 0',
        'consumer_offset{topic="orders",consumerGroup="g_orders"} 200',
        'consumer_offset{topic="shipments",consumerGroup="g_offline"} 100',
        'consumergroup{consumerGroup="g_offline"} 3',
        'consumergroup{consumerGroup="g_orders"} 7',
        'dead_letter_offset{consumerGroup="g_fail"} 1900',
        'dead_letters{consumerGroup="g_fail"} 40',
        'delay_seconds{topic="orders",consumerGroup="g_orders"} 60',
        'detail{topic="orders",consumerGroup="g_orders",broker="broker-a",queueId="0",consumerClientIP="192.0.2.1",consumerClientPID="100"} 7',
        'detail{topic="orders",consumerGroup="g_orders",broker="broker-a",queueId="1",consumerClientIP="192.0.2.1",consumerClientPID="100"} 0',
        'detail{topic="shipments",consumerGroup="g_offline",broker="broker-b",queueId="0",consumerClientIP="",consumerClientPID=""} 3',
        'processes{topic="orders",consumerGroup="g_orders"} 1',
        'processes{topic="shipments",consumerGroup="g_offline"} 0',
        'queue{broker="broker-a",queueId="0"} 7',
        'queue{broker="broker-a",queueId="1"} 0',
        'queue{broker="broker-b",queueId="0"} 3',
        'queues{topic="orders",consumerGroup="g_orders"} 2',
        'queues{topic="shipments",consumerGroup="g_offline"} 1',
        'topic_consumergroup{topic="orders",consumerGroup="g_orders"} 7',
        'topic_consumergroup{topic="shipments",consumerGroup="g_offline"} 3',
        'topic_readable{topic="%DLQ%g_fail"} 1',
        'topic_readable{topic="orders"} 1',
        'topic_readable{topic="payments"} 0',
        'topic_readable{topic="shipments"} 1',
        'topic{topic="orders"} 7',
        'topic{topic="shipments"} 3',
        'unassigned{topic="orders",consumerGroup="g_orders"} 0',
        'unassigned{topic="shipments",consumerGroup="g_offline"} 3',
        'unreadable_group{topic="orders",consumerGroup="g_grpc"} 1',
        'unsubscribed_group{topic="orders",consumerGroup="g_dropped"} 1',
        'reason{topic="orders",consumerGroup="g_orders",reason="unresponsive"} 1',
        `rocketmq_process_busy_ratio{${PROCESS_LABELS}} 0.055`,
        `rocketmq_process_cached_messages{topic="orders",${PROCESS_LABELS}} 2`,
        `rocketmq_process_consume_seconds{topic="orders",${PROCESS_LABELS}} 0.01`,
        `rocketmq_process_consumed_per_second{topic="orders",${PROCESS_LABELS}} 10`,
        `rocketmq_process_failed_per_second{topic="orders",${PROCESS_LABELS}} 1`,
        `rocketmq_process_idle_seconds{topic="orders",${PROCESS_LABELS}} 20`,
        `rocketmq_process_info{${PROCESS_LABELS},version="V5_5_1",language="JAVA",type="concurrent",address="192.0.2.77"} 1`,
        `rocketmq_process_pulled_per_second{topic="orders",${PROCESS_LABELS}} 12`,
        `rocketmq_process_responding{${PROCESS_LABELS}} 1`,
        'rocketmq_process_responding{consumerGroup="g_orders",consumerClientIP="x",consumerClientPID=""} 0',
        `rocketmq_process_started_timestamp_seconds{${PROCESS_LABELS}} 1714525200`,
        `rocketmq_process_threads{${PROCESS_LABELS}} 2`,
      ].sort(),
    );
  });

  test('every metric is a gauge with its help, under the prefix of the settings', async () => {
    const { exposition } = await exposeData(report, { prefix: 'mq_2', detail: 'all', maxSeries: 1000 });
    const lines = textOf(exposition)
      .split('\n')
      .filter((line) => line.startsWith('#'));
    const told = DATA_METRICS.filter(({ name }) => !/^group_(subscriptions|duplicate)/.test(name));
    const expected = told.flatMap(({ name, help }) => [`# HELP mq_2_${name} ${help}`, `# TYPE mq_2_${name} gauge`]);
    expect(lines.toSorted()).toEqual(expected.toSorted());
  });

  test('what the processes of a group have in common, once all of them answered', async () => {
    const topics = [topic('orders', ...['a', 'b'].map((name) => ({ consumerGroup: name, readable: true as const, queues: [behind(5)] })))];
    const groups = new Map([
      ['a', processes(client())],
      ['b', processes({ ...client(subscribedTo('A'), '192.0.2.7@same'), addresses: 2 }, client(subscribedTo('B'), 'x'))],
    ]);
    const both = aggregate({ ...readings(topics), processes: { groups, elsewhere: { failed: 0, unasked: 0 } } }, NOW);
    const { exposition } = await exposeData(both, { prefix: 'rocketmq', detail: 'all', maxSeries: 1000 });
    expect(
      textOf(exposition)
        .split('\n')
        .filter((line) => line.startsWith('rocketmq_group_')),
    ).toEqual([
      'rocketmq_group_idle_processes{topic="orders",consumerGroup="a"} 0',
      'rocketmq_group_idle_processes{topic="orders",consumerGroup="b"} 0',
      'rocketmq_group_subscriptions_differ{consumerGroup="a"} 0',
      'rocketmq_group_subscriptions_differ{consumerGroup="b"} 1',
      'rocketmq_group_duplicate_client_ids{consumerGroup="a"} 0',
      'rocketmq_group_duplicate_client_ids{consumerGroup="b"} 1',
    ]);
  });

  test('a broker of whom two are told under one name has one series, or the gateway would refuse all', async () => {
    const twice = aggregate(
      readings([topic('orders')], {}, { brokers: [broker({ version: 'V5_5_1' }), broker({ version: 'V5_5_1' })] }),
      NOW,
    );
    const { exposition } = await exposeData(twice, { prefix: 'p', detail: 'all', maxSeries: 1000 });
    expect(textOf(exposition).match(/^p_broker_info\{.*$/gm)).toHaveLength(1);
  });

  test('a metric without a series is not there: nothing stands for it', async () => {
    const { exposition, series } = await exposeData(aggregate(readings([failedTopic('payments')]), NOW), {
      prefix: 'rocketmq',
      detail: 'all',
      maxSeries: 1000,
    });
    expect(
      textOf(exposition)
        .split('\n')
        .filter((line) => !line.startsWith('# HELP')),
    ).toEqual(['# TYPE rocketmq_msg_diff_topic_readable gauge', 'rocketmq_msg_diff_topic_readable{topic="payments"} 0', '']);
    expect(series).toEqual({ pushed: 1, dropped: 0 });
  });
});

/** All series but those of single queues. */
const AGGREGATES = (await samples({ detail: 'off' })).length;

describe('how much of the detail is pushed', () => {
  const isDetail = (line: string) => line.startsWith('rocketmq_msg_diff_detail{');
  const CASES: { n: number; proves: string; options: Partial<DataOptions>; detail: number; dropped: number }[] = [
    { n: 1, proves: 'all of it where it fits', options: { maxSeries: AGGREGATES + 4 }, detail: 4, dropped: 0 },
    { n: 2, proves: 'less where it does not', options: { maxSeries: AGGREGATES + 2 }, detail: 2, dropped: 2 },
    { n: 3, proves: 'where aggregates fill the room, rows with backlog alone', options: { maxSeries: AGGREGATES }, detail: 2, dropped: 2 },
    { n: 4, proves: 'aggregates are never dropped, however little is allowed', options: { maxSeries: 1 }, detail: 1, dropped: 3 },
    { n: 5, proves: 'nor where they are just too many', options: { maxSeries: AGGREGATES - 1 }, detail: 2, dropped: 2 },
    { n: 6, proves: 'DETAIL nonzero: rows with backlog', options: { detail: 'nonzero' }, detail: 2, dropped: 0 },
    { n: 7, proves: 'DETAIL off: none, and that is no loss', options: { detail: 'off', maxSeries: 1 }, detail: 0, dropped: 0 },
  ];
  for (const { n, proves, options, detail, dropped } of CASES)
    test(`${n}. ${proves}`, async () => {
      const lines = await samples(options);
      expect(lines.filter(isDetail)).toHaveLength(detail);
      expect(lines.filter((line) => !isDetail(line))).toHaveLength(AGGREGATES);
      const { series } = await exposeData(report, { prefix: 'rocketmq', detail: 'all', maxSeries: 1000, ...options });
      expect(series).toEqual({ pushed: lines.length, dropped });
    });
});
