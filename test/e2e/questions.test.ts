import { describe, expect, test } from 'vitest';
import { loadRecording } from '../../scripts/servers/recordings.ts';
import { send } from '../../src/reading/rocketmq-console/replay.ts';
import { asked, group, HELD, masters, ofGroup, onTopic, queue, tickOf, topics } from '../support/asked-console.ts';
import { exchange } from '../support/made-cluster.ts';
import { envFor, pushgateway, replayConsole, run } from '../support/run.ts';

describe('what a console is asked', () => {
  test('a healthy cluster that is read by topic: the list, the brokers, each topic once, nothing about groups', async () => {
    const { source, result } = await tickOf([topics('a', 'b'), onTopic('a', { g: [queue(0, 5, 5, HELD, 9)] }), onTopic('b', {})]);
    expect(result?.outcome).toBe('complete');
    expect(source.requests.toSorted()).toEqual([
      'GET /cluster/list.query',
      'GET /topic/list.query',
      'GET /topic/queryConsumerByTopic.query?topic=a',
      'GET /topic/queryConsumerByTopic.query?topic=b',
      'GET /topic/queryTopicConsumerInfo.query?topic=a',
      'GET /topic/queryTopicConsumerInfo.query?topic=b',
    ]);
  });

  test.each(['%RETRY%g a', 'a/b?c=d&e#f', '中文', '"quoted"\\', 'per%25cent'])(
    'topic %j is encoded on the way out and whole at the gateway',
    async (topic) => {
      const { source, gateway } = await tickOf([topics(topic), onTopic(topic, { g: [queue(0, 7, 5, HELD, 9)] })]);
      expect(asked(source, 'queryConsumerByTopic')).toEqual([`GET /topic/queryConsumerByTopic.query?topic=${encodeURIComponent(topic)}`]);
      const label = topic.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
      expect(await gateway.values('msg_diff_topic{', `topic="${label}"`)).toEqual([2]);
    },
  );

  test('system topics are not asked for', async () => {
    const { source } = await tickOf([
      topics('%SYS%X', 'rmq_sys_wheel_timer', 'DefaultHeartBeatSyncerTopic', 'SCHEDULE_TOPIC_XXXX', 'TBW102', 'a'),
      onTopic('a', {}),
    ]);
    expect(asked(source, 'queryConsumerByTopic')).toHaveLength(1);
  });

  test('never more than CONCURRENCY at once', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `t${index}`);
    const source = await replayConsole([topics(...names)], (request, response) => {
      if (!request.url?.includes('queryConsumerByTopic')) return false;
      setTimeout(() => send(response, 200, {}, { status: 0, data: {}, errMsg: null }), 5);
      return true;
    });
    const gateway = await pushgateway();
    await run({}, envFor(source.url, gateway.url, { CONCURRENCY: '4' }));
    expect(asked(source, 'queryConsumerByTopic')).toHaveLength(40);
    expect(source.maxInFlight()).toBe(4);
  });

  test('a group listed without rows is asked for at each master, and both answers make its rows', async () => {
    const { source, gateway, result } = await tickOf([
      topics('a'),
      onTopic('a', { g: [] }),
      masters('m1:10911', 'm2:10911'),
      ofGroup('g', 'm1:10911', 'a', [queue(0, 10, 4, HELD, 9)]),
      ofGroup('g', 'm2:10911', 'a', [{ ...queue(0, 5, 4, HELD, 9), brokerName: 'broker-b' }]),
    ]);
    expect(result).toMatchObject({ outcome: 'complete', backlog: 7, groups: { read: 1, unreadable: 0 } });
    expect(asked(source, 'cluster/list')).toHaveLength(1);
    expect(asked(source, 'queryTopicByConsumer')).toHaveLength(2);
    expect(await gateway.values('msg_diff_queues{')).toEqual([2]);
  });

  test('rows that two masters tell of are one row: console 1.0.0 ignores the address', async () => {
    const rows = [queue(0, 10, 4, HELD, 9)];
    const { result } = await tickOf([
      topics('a'),
      onTopic('a', { g: [] }),
      masters('m1:1', 'm2:1'),
      ofGroup('g', 'm1:1', 'a', rows),
      ofGroup('g', 'm2:1', 'a', rows),
    ]);
    expect(result?.backlog).toBe(6);
  });

  test('half a group is no reading: one master fails, and the group is unreadable, named, without a number', async () => {
    const { gateway, result } = await tickOf([
      topics('a'),
      onTopic('a', { g: [], h: [queue(0, 1, 0, HELD, 9)] }),
      masters('m1:1', 'm2:1'),
      ofGroup('g', 'm1:1', 'a', [queue(0, 10, 4, HELD, 9)]),
      group('g', 1, 'CLUSTERING', -1),
    ]);
    expect(result).toMatchObject({ outcome: 'partial', backlog: 1, groups: { read: 1, unreadable: 1 } });
    expect(result?.failures[0]).toMatchObject({ topic: 'a', kind: 'unreadable-group' });
    expect((await gateway.samples()).filter((line) => line.includes('consumerGroup="g"')).map((line) => line.split('{')[0])).toEqual([
      'rocketmq_msg_diff_unreadable_group',
    ]);
    expect(await gateway.values('tick_complete{')).toEqual([0]);
  });

  test('a group without rows anywhere that broadcasts is left out, and counted', async () => {
    const { result, source, again } = await tickOf([
      topics('a'),
      onTopic('a', { g: [], h: [queue(0, 1, 0, HELD, 9)] }),
      masters('m1:1'),
      exchange('/consumer/queryTopicByConsumer.query?consumerGroup=g&address=m1%3A1', []),
      group('g', 2, 'BROADCASTING', -1),
    ]);
    expect(result).toMatchObject({ outcome: 'complete', groups: { read: 1, broadcast: 1, unreadable: 0 } });
    await again();
    expect(asked(source, 'group.query')).toHaveLength(1);
  });

  test('a group named like its topic, without rows, is a phantom; rows that the brokers have make it real', async () => {
    const exchanges = [
      topics('a'),
      onTopic('a', { a: [], g: [queue(0, 1, 0, HELD, 9)] }),
      masters('m1:1'),
      exchange('/consumer/queryTopicByConsumer.query?consumerGroup=a&address=m1%3A1', []),
    ];
    const { result, source } = await tickOf(exchanges);
    expect(result).toMatchObject({ outcome: 'complete', groups: { phantom: 1, unreadable: 0 } });
    expect(asked(source, 'group.query')).toHaveLength(0);
    const real = await tickOf([
      topics('a'),
      onTopic('a', { a: [] }),
      masters('m1:1'),
      ofGroup('a', 'm1:1', 'a', [queue(0, 3, 1, HELD, 9)]),
    ]);
    expect(real.result).toMatchObject({ backlog: 2, groups: { read: 1, phantom: 0 } });
  });

  test('nothing about phantoms is remembered: one that has rows in the next tick is real', async () => {
    const exchanges = [topics('a'), onTopic('a', { a: [], g: [queue(0, 1, 0, HELD, 9)] })];
    const { result, source, again } = await tickOf(exchanges);
    expect(result).toMatchObject({ groups: { phantom: 1 } });
    source.replay([...exchanges, masters('m1:1'), ofGroup('a', 'm1:1', 'a', [queue(0, 3, 1, HELD, 9)])]);
    expect((await again()).result).toMatchObject({ backlog: 3, groups: { phantom: 0, read: 2 } });
  });

  test('a broadcast suspect is asked about once while warm; without an answer it is unreadable', async () => {
    const suspect = [topics('a'), onTopic('a', { g: [queue(0, 9, 0, HELD)], h: [queue(0, 1, 0, HELD, 9)] })];
    const broadcast = await tickOf([...suspect, group('g', 1, 'BROADCASTING', 9)]);
    expect(broadcast.result).toMatchObject({ backlog: 1, groups: { broadcast: 1 } });
    await broadcast.again();
    expect(asked(broadcast.source, 'group.query')).toHaveLength(1);
    expect((await tickOf([...suspect, group('g', 1, 'CLUSTERING', 9)])).result).toMatchObject({ outcome: 'complete', backlog: 10 });
    expect((await tickOf([...suspect, group('g', 1, null, 9)])).result).toMatchObject({
      outcome: 'partial',
      backlog: 1,
      groups: { unreadable: 1 },
    });
    expect((await tickOf(suspect)).result).toMatchObject({ outcome: 'partial', backlog: 1, groups: { unreadable: 1 } });
  });

  test('a broadcast group is remembered when its clients hang and nobody can say who it is', async () => {
    const held = [topics('a'), onTopic('a', { g: [queue(0, 9, 0, HELD)], h: [queue(0, 1, 0, HELD, 9)] })];
    const { source, again } = await tickOf([...held, group('g', 1, 'BROADCASTING', 9)]);
    source.replay([topics('a'), onTopic('a', { g: [queue(0, 9, 0, null)], h: [queue(0, 1, 0, HELD, 9)] })]);
    expect((await again()).result).toMatchObject({ outcome: 'complete', backlog: 1, groups: { broadcast: 1 } });
  });

  test.each([
    ['online', group('g', 3, 'CLUSTERING', 9), [3], 'complete'],
    ['offline', group('g', 0, null, 9), [0], 'complete'],
    ['unknown, as a gRPC group at work', group('g', 0, null, -1), [], 'complete'],
    ['not told', exchange('/elsewhere', {}), [], 'partial'],
  ])('backlog and no known client: %s', async (_what, told, clients, outcome) => {
    const { result, gateway } = await tickOf([topics('a'), onTopic('a', { g: [queue(0, 9, 2, null, 9)] }), told]);
    expect(result).toMatchObject({ outcome, backlog: 7 });
    expect(await gateway.values('msg_diff_clients_online{')).toEqual(clients);
    expect(await gateway.values('msg_diff_unassigned{')).toEqual([7]);
  });

  test('ignored topics and groups are not asked about, by name and by glob', async () => {
    const recording = loadRecording('2.1.0.grpc-5.5.0');
    const source = await replayConsole(recording);
    const gateway = await pushgateway();
    const { result } = await run(
      {},
      envFor(source.url, gateway.url, { IGNORED_TOPICS: '%RETRY%*,orders', IGNORED_GROUPS: 'g_off*,g_fail' }),
    );
    expect(source.requests.join()).not.toMatch(/%25RETRY%25|topic=orders|g_offline|stats\.query/);
    expect(result?.top.groups.map(({ consumerGroup }) => consumerGroup)).toEqual(['g_pull', 'g_unit', 'g_same']);
  });
});
