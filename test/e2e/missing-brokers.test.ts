import { expect, test } from 'vitest';
import { tickOf } from '../support/asked-console.ts';
import { BROKERS_PATH, exchange, exchangesOf, madeTopics } from '../support/made-cluster.ts';

const cluster = (...names: string[]) => [
  ...exchangesOf(madeTopics(2)),
  exchange(BROKERS_PATH, {
    clusterInfo: { brokerAddrTable: Object.fromEntries(names.map((name) => [name, { brokerAddrs: { 0: `${name}:1` } }])) },
  }),
];

test('a tick that sees fewer brokers than the one before names them, until they are back', async () => {
  const { source, gateway, log, again } = await tickOf(cluster('broker-a', 'broker-b', 'broker-c'));
  const outcomes = async () => [
    await gateway.values('rocketmq_tick_brokers{', 'outcome="seen"'),
    await gateway.values('rocketmq_tick_brokers{', 'outcome="missing"'),
  ];
  expect(await outcomes()).toEqual([[3], [0]]);
  expect(log.text()).not.toContain('missing');
  source.replay(cluster('broker-b'));
  const second = await again();
  expect(await outcomes()).toEqual([[1], [2]]);
  expect(second.log.lines()).toContainEqual(expect.objectContaining({ level: 'WARN', missing: 'broker-a, broker-c', seen: 1 }));
  source.replay(cluster('broker-a', 'broker-b', 'broker-c'));
  await again(2);
  expect(await outcomes()).toEqual([[3], [0]]);
});

test('where the brokers are not known there is no series of them, and the tick goes on', async () => {
  const { gateway, result } = await tickOf(exchangesOf(madeTopics(2)));
  expect(result?.outcome).toBe('complete');
  expect(await gateway.values('rocketmq_tick_brokers{')).toEqual([]);
});
