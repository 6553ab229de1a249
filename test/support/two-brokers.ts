import type { RecordedExchange } from '../../src/reading/rocketmq-console/replay.ts';
import { HELD, queue } from './asked-console.ts';
import { atBrokerPath, BROKERS_PATH, exchange, route } from './made-cluster.ts';

/** A cluster of two brokers, as a console that can be read by group tells of it. */
const ADDRESSES = { 'broker-a': 'a:1', 'broker-b': 'b:1' } as const;
export type Broker = keyof typeof ADDRESSES;

export const BROKERS = exchange(BROKERS_PATH, {
  clusterInfo: {
    brokerAddrTable: Object.fromEntries(Object.entries(ADDRESSES).map(([broker, address]) => [broker, { brokerAddrs: { 0: address } }])),
  },
});

/** Topics with one queue on each of these brokers. */
export const routes = (topics: readonly string[], brokers: readonly Broker[] = ['broker-a', 'broker-b']): RecordedExchange[] =>
  topics.map((topic) => route(topic, Object.fromEntries(brokers.map((broker) => [broker, { address: ADDRESSES[broker], queues: 1 }]))));

/** Queue 0 of a broker, held and consumed before unless told otherwise. */
export const row = (broker: Broker, brokerOffset: number, consumerOffset: number, clientInfo: string | null = HELD, lastTimestamp = 9) => ({
  ...queue(0, brokerOffset, consumerOffset, clientInfo, lastTimestamp),
  brokerName: broker,
});
export type Row = ReturnType<typeof row>;

export const atBroker = (group: string, broker: Broker) => atBrokerPath(group, ADDRESSES[broker]);

/** A group's rows by topic: each broker tells of its own. */
export const groupRows = (group: string, topics: Readonly<Record<string, readonly Row[]>>): RecordedExchange[] =>
  (['broker-a', 'broker-b'] as const).map((broker) =>
    exchange(
      atBroker(group, broker),
      Object.entries(topics).flatMap(([topic, rows]) => {
        const queueStatInfoList = rows.filter(({ brokerName }) => brokerName === broker);
        return queueStatInfoList.length === 0 ? [] : { topic, queueStatInfoList };
      }),
    ),
  );

/** A group's rows as 1.0.0 tells them: whomever it is to ask, of both brokers. */
export const groupRowsOfAll = (group: string, topics: Readonly<Record<string, readonly Row[]>>): RecordedExchange[] =>
  (['broker-a', 'broker-b'] as const).map((broker) =>
    exchange(
      atBroker(group, broker),
      Object.entries(topics).map(([topic, queueStatInfoList]) => ({ topic, queueStatInfoList })),
    ),
  );

/** The console refuses to answer this. */
export const refused = (path: string, errMsg: string): RecordedExchange => ({
  ...exchange(path, null),
  body: { status: -1, data: null, errMsg },
});
