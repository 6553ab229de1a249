import { describe, expect, test } from 'vitest';
import { loadRecording } from '../../scripts/servers/recordings.ts';
import type { RecordedExchange } from '../../src/reading/rocketmq-console/replay.ts';
import { asked, HELD, masters, onTopic, queue, tickOf, topics } from '../support/asked-console.ts';
import { exchange } from '../support/made-cluster.ts';
import type { Gateway } from '../support/run.ts';

const EXPIRED = '2.1.0.messages-expired';
const of = (gateway: Gateway, metric: string, group: string) =>
  gateway.values(`rocketmq_msg_diff_${metric}{`, `consumerGroup="${group}"`, `topic="${group.replace('g_', 'h_')}"`);

/** Recorded exchanges with another answer to one path. */
const answering = (recording: readonly RecordedExchange[], other: RecordedExchange): RecordedExchange[] => [
  other,
  ...recording.filter(({ request }) => request.path !== other.request.path),
];

/** A cluster of one master that has deleted everything older than its time 1,000,000. */
const brokers = exchange('/cluster/list.query', {
  clusterInfo: { brokerAddrTable: { 'broker-a': { brokerAddrs: { 0: 'm1:1' } } } },
  brokerServer: { 'broker-a': { 0: { earliestMessageTimeStamp: '1000000', commitLogDiskRatio: '0.5', brokerVersionDesc: 'V5_5_1' } } },
});
const beginning = (topic: string, begins: Record<string, number>) =>
  exchange(`/topic/stats.query?topic=${encodeURIComponent(topic)}`, {
    offsetTable: Object.fromEntries(Object.entries(begins).map(([key, minOffset]) => [key, { minOffset, maxOffset: 99 }])),
  });
const key = (topic: string, queueId: number) => `MessageQueue [topic=${topic}, brokerName=broker-a, queueId=${queueId}]`;

describe('a recorded cluster that has deleted what was not consumed', () => {
  test('says how many messages each group has lost, and that nothing is left of its margin', async () => {
    const { gateway, result, source } = await tickOf(loadRecording(EXPIRED));
    // The recorded minOffset minus consumer offset, queue by queue where that is above 0.
    const lost = { g_offline: 535 + 462 + 461 + 461, g_blocked: 498 + 499 + 467 + 489, g_pulled: 2285, g_slow: 445 + 446 + 446 + 446 };
    for (const [group, messages] of Object.entries(lost)) {
      expect({ group, lost: await of(gateway, 'lost_messages', group) }).toEqual({ group, lost: [messages] });
      expect({ group, margin: await of(gateway, 'retention_margin_seconds', group) }).toEqual({ group, margin: [0] });
    }
    // The backlog stays what the admin tool says.
    expect(await of(gateway, 'topic_consumergroup', 'g_offline')).toEqual([2197]);
    expect(result?.top.groups.find(({ consumerGroup }) => consumerGroup === 'g_offline')).toMatchObject({
      backlog: 2197,
      retentionMarginSeconds: 0,
      lostMessages: 1919,
    });
    expect(asked(source, 'cluster/list')).toHaveLength(1);
  });

  test('tells what each broker says of itself, and nothing of what it does not say', async () => {
    const { gateway } = await tickOf(loadRecording(EXPIRED));
    const told = (await gateway.samples()).filter((line) => line.startsWith('rocketmq_broker_'));
    const short = told.map((line) =>
      line.replace(/instance="",job="rocketmq-monitor",|rocketmqClusterName="test",?/g, '').replace(',}', '}'),
    );
    const zero = (name: string) => ['broker-a', 'broker-b'].map((broker) => `rocketmq_broker_${name}{broker="${broker}"} 0`);
    expect(short).toEqual([
      'rocketmq_broker_delayed_messages{broker="broker-a",level="3"} 61',
      'rocketmq_broker_delayed_messages{broker="broker-a",level="4"} 164',
      'rocketmq_broker_delayed_messages{broker="broker-a",level="5"} 11',
      'rocketmq_broker_disk_used_ratio{broker="broker-a"} 0.23',
      'rocketmq_broker_disk_used_ratio{broker="broker-b"} 0.23',
      ...zero('dispatch_behind_bytes'),
      'rocketmq_broker_earliest_message_timestamp_seconds{broker="broker-a"} 1.795570465111e+09',
      'rocketmq_broker_info{broker="broker-a",version="V5_5_1"} 1',
      'rocketmq_broker_info{broker="broker-b",version="V5_5_1"} 1',
      ...['page_cache_lock_seconds', 'pull_wait_seconds', 'send_wait_seconds', 'timer_behind_seconds', 'timer_messages'].flatMap(zero),
    ]);
  });

  test('a console that cannot list the cluster takes away these numbers and the delays that need them, and no other', async () => {
    const refused = { ...masters('m:1'), body: { status: -1, data: null, errMsg: 'RemotingTimeoutException: broker-b' } };
    // Processes are asked for at the masters: that they cannot be asked either is not the question here.
    const env = { PROCESS_QUESTIONS: '0' };
    const all = await tickOf(loadRecording(EXPIRED), env);
    const without = await tickOf(answering(loadRecording(EXPIRED), refused), env);
    const isOfBrokers = (line: string) => /_(retention_margin_seconds|lost_messages)\{|^rocketmq_broker_/.test(line);
    const isDelay = (line: string) => line.includes('_delay_seconds{');
    const [before, after] = await Promise.all([all, without].map(async ({ gateway }) => (await gateway.groups()).data));
    expect(after?.filter(isOfBrokers)).toEqual([]);
    // Nobody can be said to be offline where the brokers are not known.
    const isTold = (line: string) => !isDelay(line) && !isOfBrokers(line) && !line.includes('_clients_online{');
    expect(after?.filter(isTold)).toEqual(before?.filter(isTold));
    expect(asked(without.source, 'stats.query')).toEqual([]);
  });
});

describe('a recorded cluster that has deleted nothing', () => {
  test('margins are the differences of the recorded times, and nothing is lost', async () => {
    const { gateway } = await tickOf(loadRecording('2.1.0.processes-5.5.1'));
    const [onA, onB] = [1_795_568_770_209, 1_795_568_770_098];
    const margins = {
      g_offline: Math.min(1_795_568_787_402 - onA, 1_795_568_787_022 - onB),
      g_slow: Math.min(1_795_568_798_372 - onA, 1_795_568_798_807 - onB),
      g_ordered: 1_795_568_901_285 - onB,
      g_fast: 1_795_568_900_039 - onA,
    };
    for (const [group, ms] of Object.entries(margins)) {
      expect({ group, margin: await of(gateway, 'retention_margin_seconds', group) }).toEqual({ group, margin: [ms / 1000] });
      expect({ group, lost: await of(gateway, 'lost_messages', group) }).toEqual({ group, lost: [0] });
    }
    // Queues that were never consumed: their first message may be as old as the broker's earliest, or not.
    expect(await of(gateway, 'retention_margin_seconds', 'g_pulled')).toEqual([]);
    expect(await of(gateway, 'lost_messages', 'g_pulled')).toEqual([0]);
  });

  test('brokers 4.9.7 tell no time and have no such statistics: no margin, nothing lost, and the tick is what it would be', async () => {
    const { gateway, result } = await tickOf(loadRecording('2.1.0.processes-4.9.7'));
    const data = (await gateway.groups()).data;
    expect(data.filter((line) => /retention_margin|lost_messages|broker_earliest/.test(line))).toEqual([]);
    expect(await gateway.values('rocketmq_broker_info{', 'version="V4_9_7"')).toEqual([1, 1]);
    // Such a console cannot count dead letters either, and that is a failure.
    expect(result?.failures.filter(({ message }) => message.includes('351')).map(({ topic }) => topic)).toEqual(['%DLQ%g_failing']);
  });
});

describe('what suspects are asked', () => {
  const EARLY = 1_000_000 + 60_000;

  test('where a margin is below an hour, once a topic, and not where it is longer', async () => {
    const { source, gateway, result } = await tickOf([
      topics('near', 'far', 'idle'),
      onTopic('near', { g: [queue(0, 99, 5, HELD, EARLY)], h: [queue(0, 99, 90, HELD, 9_000_000)] }),
      onTopic('far', { g: [queue(0, 99, 5, HELD, 1_000_000 + 3_600_000)] }),
      onTopic('idle', { g: [queue(0, 99, 99, HELD, EARLY)] }),
      brokers,
      beginning('near', { [key('near', 0)]: 7 }),
    ]);
    expect(result?.outcome).toBe('complete');
    expect(asked(source, 'stats.query')).toEqual(['GET /topic/stats.query?topic=near']);
    const lost = (group: string) => gateway.values('rocketmq_msg_diff_lost_messages{', 'topic="near"', `consumerGroup="${group}"`);
    expect([await lost('g'), await lost('h')]).toEqual([[2], [0]]);
    expect(await gateway.values('rocketmq_msg_diff_retention_margin_seconds{', 'topic="far"')).toEqual([3600]);
    expect(await gateway.values('rocketmq_msg_diff_lost_messages{', 'topic="far"')).toEqual([]);
    expect(await gateway.values('rocketmq_msg_diff_retention_margin_seconds{', 'topic="idle"')).toEqual([]);
  });

  test('a topic whose name reads like the key of another queue loses what it has lost', async () => {
    const topic = 't, brokerName=broker-a, queueId=3]';
    const { gateway } = await tickOf([
      topics(topic),
      onTopic(topic, { g: [queue(3, 99, 5, HELD, EARLY)] }),
      brokers,
      beginning(topic, { [key(topic, 3)]: 25 }),
    ]);
    expect(await gateway.values('rocketmq_msg_diff_lost_messages{')).toEqual([20]);
  });

  test.each([
    ['a key that is not understood', beginning('a', { [key('a', 0)]: 7, 'MessageQueue(a, 1)': 7 })],
    ['a refusal', { ...beginning('a', {}), body: { status: -1, data: null, errMsg: 'not supported' } }],
    ['a server error', { ...beginning('a', {}), status: 500, body: 'away' }],
  ])('%s makes the number unknown, is asked once, and costs nothing else', async (_what, answer) => {
    const { gateway, result, source } = await tickOf([
      topics('a'),
      onTopic('a', { g: [queue(0, 99, 5, HELD, EARLY), queue(1, 99, 5, HELD, EARLY)] }),
      brokers,
      answer,
    ]);
    expect(result).toMatchObject({ outcome: 'complete', backlog: 188 });
    expect(asked(source, 'stats.query')).toHaveLength(1);
    expect(await gateway.values('rocketmq_msg_diff_lost_messages{')).toEqual([]);
    expect(await gateway.values('rocketmq_msg_diff_retention_margin_seconds{')).toEqual([60]);
  });

  test('at most 50 topics a tick, and not the same ones each time', async () => {
    const names = Array.from({ length: 120 }, (_, index) => `t${index}`);
    const { source, again } = await tickOf([
      topics(...names),
      ...names.map((name) => onTopic(name, { g: [queue(0, 99, 5, HELD, EARLY)] })),
      ...names.map((name) => beginning(name, { [key(name, 0)]: 7 })),
      brokers,
    ]);
    expect(asked(source, 'stats.query')).toHaveLength(50);
    for (const minute of [1, 2, 3]) await again(minute);
    expect(asked(source, 'stats.query')).toHaveLength(200);
    expect(new Set(asked(source, 'stats.query')).size).toBe(120);
  });
});
