import type { IncomingMessage } from 'node:http';
import type { RecordedExchange } from '../../src/reading/rocketmq-console/replay.ts';

/** One queue in the console's format. Defaults: on broker-a, held by one process, consumed a while ago. */
export interface MadeQueue {
  broker?: string;
  queueId?: number;
  brokerOffset: number;
  consumerOffset: number;
  clientInfo?: string | null;
  lastTimestamp?: number;
}

/** Topic, then consumer group, then its queues. Maps: any name will do, `__proto__` included. */
export type MadeCluster = ReadonlyMap<string, ReadonlyMap<string, readonly MadeQueue[]>>;

/** Plain objects, or maps for names that have a meaning in JavaScript. */
export function made(topics: Record<string, Record<string, readonly MadeQueue[]>>): MadeCluster {
  return new Map(Object.entries(topics).map(([topic, groups]) => [topic, new Map(Object.entries(groups))]));
}

/** `count` topics `t0`…, each with one group `g0`… that is `backlog` messages behind on its one queue. */
export function madeTopics(count: number, backlog = 5): MadeCluster {
  return new Map(
    Array.from({ length: count }, (_, index) => [
      `t${index}`,
      new Map([[`g${index}`, [{ brokerOffset: 100 + backlog, consumerOffset: 100 }]]]),
    ]),
  );
}

export const TOPIC_LIST = '/topic/list.query';
export const topicPath = (topic: string) => `/topic/queryConsumerByTopic.query?topic=${encodeURIComponent(topic)}`;
export const consumersPath = (topic: string) => `/topic/queryTopicConsumerInfo.query?topic=${encodeURIComponent(topic)}`;
export const routePath = (topic: string) => `/topic/route.query?topic=${encodeURIComponent(topic)}`;
export const BROKERS_PATH = '/cluster/list.query';
export const atBrokerPath = (group: string, address: string) =>
  `/consumer/queryTopicByConsumer.query?consumerGroup=${encodeURIComponent(group)}&address=${encodeURIComponent(address)}`;
export const groupPath = (group: string) => `/consumer/group.query?consumerGroup=${encodeURIComponent(group)}`;

export const isTopic = ({ url }: IncomingMessage) => url?.startsWith(topicPath('')) === true;
export const isOneOf =
  (topics: readonly string[]) =>
  ({ url }: IncomingMessage) =>
    topics.some((topic) => url === topicPath(topic));

/** The answers of a console 2.1.0 in front of this cluster, where each group is a clustering one with one client. */
export function exchangesOf(cluster: MadeCluster): RecordedExchange[] {
  const groups = new Set([...cluster.values()].flatMap((ofTopic) => [...ofTopic.keys()]));
  return [
    exchange(TOPIC_LIST, { topicList: [...cluster.keys()], brokerAddr: null }),
    ...[...cluster].map(([topic, ofTopic]) =>
      exchange(topicPath(topic), ofOwnNames([...ofTopic].map(([group, queues]) => [group, subscription(topic, queues)]))),
    ),
    ...[...groups].map((group) => exchange(groupPath(group), { group, count: 1, messageModel: 'CLUSTERING', diffTotal: 0 })),
  ];
}

/** Where the one broker of a made cluster answers. */
export const BROKER_A = '192.0.2.10:10911';

/** The same from a console that can be read by group as well. */
export function exchangesBothWays(cluster: MadeCluster): RecordedExchange[] {
  const ofGroups = new Map<string, ReturnType<typeof subscription>[]>();
  for (const [topic, ofTopic] of cluster)
    for (const [group, queues] of ofTopic) ofGroups.set(group, [...(ofGroups.get(group) ?? []), subscription(topic, queues)]);
  return [
    ...exchangesOf(cluster),
    exchange(BROKERS_PATH, { clusterInfo: { brokerAddrTable: { 'broker-a': { brokerAddrs: { 0: BROKER_A } } } } }),
    ...[...cluster].map(([topic, ofTopic]) => exchange(consumersPath(topic), { groupList: [...ofTopic.keys()] })),
    ...[...cluster].map(([topic, ofTopic]) =>
      route(topic, { 'broker-a': { address: BROKER_A, queues: Math.max(...[...ofTopic.values()].map((queues) => queues.length)) } }),
    ),
    ...[...ofGroups].map(([group, rows]) => exchange(atBrokerPath(group, BROKER_A), rows)),
  ];
}

/** Where a topic is: the read queues and the master's address of each broker. */
export function route(topic: string, brokers: Readonly<Record<string, { address: string; queues: number }>>): RecordedExchange {
  const entries = Object.entries(brokers);
  return exchange(routePath(topic), {
    queueDatas: entries.map(([brokerName, { queues }]) => ({ brokerName, readQueueNums: queues, writeQueueNums: queues, perm: 6 })),
    brokerDatas: entries.map(([brokerName, { address }]) => ({ cluster: 'c', brokerName, brokerAddrs: { 0: address } })),
    topicQueueMappingByBroker: null,
  });
}

/** An exchange with a successful answer that contains `data`. */
export function exchange(path: string, data: unknown): RecordedExchange {
  return { request: { method: 'GET', path }, status: 200, headers: {}, body: { status: 0, data, errMsg: null }, ms: 1 };
}

function subscription(topic: string, queues: readonly MadeQueue[]) {
  const queueStatInfoList = queues.map((queue, index) => ({
    brokerName: 'broker-a',
    queueId: index,
    clientInfo: '192.0.2.2@41#7',
    lastTimestamp: 1_795_403_476_413,
    ...queue,
  }));
  return { topic, diffTotal: 0, lastTimestamp: 0, queueStatInfoList };
}

/** `Object.fromEntries` defines a property even for `__proto__`; an assignment would set the prototype. */
function ofOwnNames(entries: readonly (readonly [string, unknown])[]): object {
  return Object.fromEntries(entries);
}
