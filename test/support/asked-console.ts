import { emptyWarmState } from '../../src/invocation.ts';
import type { RecordedExchange, ReplayConsole } from '../../src/reading/rocketmq-console/replay.ts';
import { consumersPath, exchange, groupPath, TOPIC_LIST, topicPath } from './made-cluster.ts';
import { envFor, pushgateway, replayConsole, run } from './run.ts';

/** One queue of broker-a in the console's format. */
export function queue(queueId: number, brokerOffset: number, consumerOffset: number, clientInfo: string | null, lastTimestamp = 0) {
  return { brokerName: 'broker-a', queueId, brokerOffset, consumerOffset, clientInfo, lastTimestamp };
}

export const onTopic = (topic: string, groups: Record<string, unknown[]>) =>
  exchange(
    topicPath(topic),
    Object.fromEntries(
      Object.entries(groups).map(([group, queueStatInfoList]) => [group, { topic, diffTotal: 0, lastTimestamp: 0, queueStatInfoList }]),
    ),
  );

/** Who is on a topic. */
export const consumers = (topic: string, ...groupList: string[]) => exchange(consumersPath(topic), { groupList });

/** The console's answer about a group; with an address, the answer of that broker. */
export const group = (name: string, count: number, messageModel: string | null, diffTotal: number, address?: string) =>
  exchange(groupPath(name) + (address === undefined ? '' : `&address=${encodeURIComponent(address)}`), {
    group: name,
    count,
    messageModel,
    diffTotal,
  });

export const masters = (...addresses: string[]) =>
  exchange('/cluster/list.query', {
    clusterInfo: {
      brokerAddrTable: Object.fromEntries(
        addresses.map((address, index) => [`broker-${index}`, { brokerAddrs: { 0: address, 1: 'slave:1' } }]),
      ),
    },
  });

export const ofGroup = (name: string, address: string, topic: string, queueStatInfoList: unknown[]) =>
  exchange(`/consumer/queryTopicByConsumer.query?consumerGroup=${name}&address=${encodeURIComponent(address)}`, [
    { topic, queueStatInfoList },
  ]);

export const topics = (...topicList: string[]) => exchange(TOPIC_LIST, { topicList });

export const asked = (source: ReplayConsole, endpoint: string) => source.requests.filter((request) => request.includes(endpoint));

/** A tick against a console that has only these answers; `again` runs another tick in the same process, `minutes` later. */
export async function tickOf(exchanges: readonly RecordedExchange[], env: Record<string, string> = {}) {
  const [source, gateway] = await Promise.all([replayConsole(exchanges), pushgateway()]);
  const warm = emptyWarmState();
  const began = Date.now();
  const tick = (minutes: number) => run({}, envFor(source.url, gateway.url, env), { warm, clock: () => began + minutes * 60_000 });
  const ran = await tick(0);
  return { ...ran, source, gateway, again: (minutes = 1) => tick(minutes) };
}

export const HELD = '10.0.0.1@77#123';
