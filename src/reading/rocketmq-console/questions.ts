import type { Deadline } from '../../base/deadline.ts';
import type { ClientState, GroupAnswer, MinOffsets, Subscription } from '../../lag/readings.ts';
import { type ReadScope, wantsGroup } from '../reader.ts';
import type { Ask } from './client.ts';
import { decodeCurrentNameServer, decodeGroup, decodeMessageModel, decodeProxies, decodeTopicConsumers, decodeTopicList } from './wire.ts';
import { type BrokerAddress, decodeBrokers } from './wire-cluster.ts';
import { type Connected, decodeClientState, decodeConnections } from './wire-processes.ts';
import { decodeSubscriptions, decodeTopicsOfGroup } from './wire-rows.ts';
import { decodeMinOffsets, decodeStored } from './wire-stats.ts';

/** Everything that is ever asked of a console, one function an endpoint. Each throws a `LagPusherError`. */
export interface Questions {
  /** The same, by another deadline. */
  within(deadline: Deadline): Questions;
  topicList(): Promise<string[]>;
  /** The consumer groups that are on a topic. */
  topicConsumers(topic: string): Promise<string[]>;
  subscriptions(topic: string): Promise<Subscription[]>;
  /** One group's rows at one broker. */
  topicsOfGroup(consumerGroup: string, address: string): Promise<{ topic: string; subscription: Subscription }[]>;
  /** Without an address the console asks a broker of its choice; 1.0.0 always does. */
  group(consumerGroup: string, address?: string): Promise<Extract<GroupAnswer, { answered: true }>>;
  /** How the clients that one broker knows of a group consume; null when it does not say. */
  messageModel(consumerGroup: string, address: string): Promise<string | null>;
  brokers(): Promise<BrokerAddress[]>;
  proxies(): Promise<string[]>;
  currentNameServer(): Promise<string | undefined>;
  stored(topic: string): Promise<{ stored: number; everSent: number }>;
  /** The first stored offset of each queue of a topic. */
  minOffsets(topic: string): Promise<MinOffsets>;
  /** The clients of a group that one broker knows. */
  connections(consumerGroup: string, address: string, by: Deadline): Promise<Connected[]>;
  /** What a client says of itself; the console asks it through a broker. */
  clientState(consumerGroup: string, clientId: string, by: Deadline): Promise<ClientState>;
}

export function questionsTo(ask: Ask, scope: ReadScope): Questions {
  const { deadline } = scope;
  const isWanted = (consumerGroup: string) => wantsGroup(scope, consumerGroup);
  return {
    within: (sooner) => questionsTo(ask, { ...scope, deadline: sooner }),
    topicList: async () => decodeTopicList(await ask('/topic/list.query', {}, deadline)),
    topicConsumers: async (topic) =>
      decodeTopicConsumers(await ask('/topic/queryTopicConsumerInfo.query', { topic }, deadline)).filter(isWanted),
    subscriptions: async (topic) => {
      const all = decodeSubscriptions(await ask('/topic/queryConsumerByTopic.query', { topic }, deadline));
      return all.filter(({ consumerGroup }) => isWanted(consumerGroup));
    },
    // One broker at a time: without an address 2.x fails, and of several 2.0.0 reads the first only.
    topicsOfGroup: async (consumerGroup, address) =>
      decodeTopicsOfGroup(consumerGroup, await ask('/consumer/queryTopicByConsumer.query', { consumerGroup, address }, deadline)),
    group: async (consumerGroup, address) =>
      decodeGroup(await ask('/consumer/group.query', { consumerGroup, ...(address === undefined ? {} : { address }) }, deadline)),
    messageModel: async (consumerGroup, address) =>
      decodeMessageModel(await ask('/consumer/consumerConnection.query', { consumerGroup, address }, deadline)),
    brokers: async () => decodeBrokers(await ask('/cluster/list.query', {}, deadline)),
    proxies: async () => decodeProxies(await ask('/proxy/homePage.query', {}, deadline)),
    currentNameServer: async () => decodeCurrentNameServer(await ask('/ops/homePage.query', {}, deadline)),
    connections: async (consumerGroup, address, by) =>
      decodeConnections(await ask('/consumer/consumerConnection.query', { consumerGroup, address }, by)),
    clientState: async (consumerGroup, clientId, by) =>
      decodeClientState(await ask('/consumer/consumerRunningInfo.query', { consumerGroup, clientId, jstack: 'false' }, by)),
    stored: async (topic) => decodeStored(await ask('/topic/stats.query', { topic }, deadline)),
    minOffsets: async (topic) => decodeMinOffsets(topic, await ask('/topic/stats.query', { topic }, deadline)),
  };
}
