import type { Deadline } from '../../base/deadline.ts';
import type { ClientState, GroupAnswer, QueueReading, Subscription } from '../../lag/readings.ts';
import { type ReadScope, wantsGroup } from '../reader.ts';
import type { Ask } from './client.ts';
import {
  type Broker,
  decodeBrokers,
  decodeGroup,
  decodeStored,
  decodeSubscriptions,
  decodeTopicList,
  decodeTopicsOfGroup,
} from './wire.ts';
import { type Connected, decodeClientState, decodeConnections } from './wire-processes.ts';

/** Everything that is ever asked of a console, one function an endpoint. Each throws a `LagPusherError`. */
export interface Questions {
  topicList(): Promise<string[]>;
  subscriptions(topic: string): Promise<Subscription[]>;
  group(consumerGroup: string): Promise<GroupAnswer>;
  stored(topic: string): Promise<{ stored: number; everSent: number }>;
  /** By the deadline of the tick where not told. */
  brokers(by?: Deadline): Promise<Broker[]>;
  topicsOfGroup(consumerGroup: string, master: string): Promise<{ topic: string; queues: QueueReading[] }[]>;
  /** The clients of a group that one broker knows. */
  connections(consumerGroup: string, address: string, deadline: Deadline): Promise<Connected[]>;
  /** What a client says of itself; the console asks it through a broker. */
  clientState(consumerGroup: string, clientId: string, deadline: Deadline): Promise<ClientState>;
}

export function questionsTo(ask: Ask, scope: ReadScope): Questions {
  const { deadline } = scope;
  return {
    topicList: async () => decodeTopicList(await ask('/topic/list.query', {}, deadline)),
    subscriptions: async (topic) => {
      const all = decodeSubscriptions(await ask('/topic/queryConsumerByTopic.query', { topic }, deadline));
      return all.filter(({ consumerGroup }) => wantsGroup(scope, consumerGroup));
    },
    group: async (consumerGroup) => decodeGroup(await ask('/consumer/group.query', { consumerGroup }, deadline)),
    stored: async (topic) => decodeStored(await ask('/topic/stats.query', { topic }, deadline)),
    brokers: async (by = deadline) => decodeBrokers(await ask('/cluster/list.query', {}, by)),
    // One master at a time: without an address 2.x fails, and of several 2.0.0 reads the first only.
    topicsOfGroup: async (consumerGroup, address) =>
      decodeTopicsOfGroup(await ask('/consumer/queryTopicByConsumer.query', { consumerGroup, address }, deadline)),
    connections: async (consumerGroup, address, by) =>
      decodeConnections(await ask('/consumer/consumerConnection.query', { consumerGroup, address }, by)),
    clientState: async (consumerGroup, clientId, by) =>
      decodeClientState(await ask('/consumer/consumerRunningInfo.query', { consumerGroup, clientId, jstack: 'false' }, by)),
  };
}

/** The brokers of the cluster, asked for once a tick, in the way of whoever needs them first. */
export type SharedBrokers = (ask: () => Promise<Broker[]>) => Promise<Broker[]>;

export function shareBrokers(): SharedBrokers {
  let brokers: Promise<Broker[]> | undefined;
  return (ask) => {
    brokers ??= ask();
    return brokers;
  };
}
