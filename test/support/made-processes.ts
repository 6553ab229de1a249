import type { RecordedExchange } from '../../src/reading/rocketmq-console/replay.ts';
import { exchange } from './made-cluster.ts';

export const BROKERS_LIST = '/cluster/list.query';
export const connectionsPath = (group: string, address: string) =>
  `/consumer/consumerConnection.query?consumerGroup=${encodeURIComponent(group)}&address=${encodeURIComponent(address)}`;
export const statePath = (group: string, clientId: string) =>
  `/consumer/consumerRunningInfo.query?consumerGroup=${encodeURIComponent(group)}&clientId=${encodeURIComponent(clientId)}&jstack=false`;

export const isConnections = (url: string) => url.includes('/consumer/consumerConnection.query?');
export const isState = (url: string) => url.includes('/consumer/consumerRunningInfo.query?');

/** The masters, by broker. */
export function brokers(addresses: Record<string, string>, version = 'V5_5_1'): RecordedExchange {
  const entries = Object.entries(addresses);
  return exchange(BROKERS_LIST, {
    clusterInfo: { brokerAddrTable: Object.fromEntries(entries.map(([broker, address]) => [broker, { brokerAddrs: { 0: address } }])) },
    brokerServer: Object.fromEntries(entries.map(([broker]) => [broker, { 0: { brokerVersionDesc: version } }])),
  });
}

/** Who is connected to one master; a client id that is told twice is there at two addresses. */
export function connections(group: string, address: string, ...clientIds: string[]): RecordedExchange {
  const connectionSet = clientIds.map((clientId, index) => ({
    clientId,
    clientAddr: `192.0.2.1:${index}`,
    language: 'JAVA',
    version: 515,
    versionDesc: 'V5_5_1',
  }));
  return exchange(connectionsPath(group, address), { connectionSet, subscriptionTable: {}, messageModel: 'CLUSTERING' });
}

/** What a client says that is well, and consumes ten messages a second of `topic` from these queues of broker-a. */
export function clientState(
  group: string,
  clientId: string,
  topic: string,
  queueIds: readonly number[] = [0],
  more: object = {},
): RecordedExchange {
  const held = {
    cachedMsgCount: 0,
    transactionMsgCount: 0,
    commitOffset: 100,
    droped: false,
    lastPullTimestamp: 9000,
    lastConsumeTimestamp: 9000,
  };
  return exchange(statePath(group, clientId), {
    properties: {
      PROP_CONSUMEORDERLY: 'false',
      PROP_CONSUME_TYPE: 'CONSUME_PASSIVELY',
      PROP_THREADPOOL_CORE_SIZE: '20',
      PROP_CLIENT_VERSION: 'V5_5_1',
    },
    subscriptionSet: [{ topic, subString: '*', expressionType: 'TAG' }],
    mqTable: Object.fromEntries(
      queueIds.map((queueId) => [`MessageQueue [topic=${topic}, brokerName=broker-a, queueId=${queueId}]`, held]),
    ),
    statusTable: { [topic]: { pullRT: 0, pullTPS: 10, consumeRT: 5, consumeOKTPS: 10, consumeFailedTPS: 0 } },
    ...more,
  });
}

/** A console's refusal of a question. */
export function refused(path: string, errMsg: string): RecordedExchange {
  return { request: { method: 'GET', path }, status: 200, headers: {}, body: { status: -1, data: null, errMsg }, ms: 1 };
}

export const NOT_ONLINE = 'CODE: 206  DESC: the consumer group not online';
export const HUNG =
  'org.apache.rocketmq.remoting.exception.RemotingTimeoutException: wait response on the channel </192.0.2.9:10909> timeout, 5000(ms)';
