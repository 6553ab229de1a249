import { matchesAny } from '../../base/names.ts';
import type { GroupAnswer, QueueReading, Subscription } from '../../lag/readings.ts';
import type { ReadScope } from '../reader.ts';
import type { Ask } from './client.ts';
import { decodeGroup, decodeMasters, decodeStored, decodeSubscriptions, decodeTopicList, decodeTopicsOfGroup } from './wire.ts';

/** Everything that is ever asked of a console, one function an endpoint. Each throws a `LagPusherError`. */
export interface Questions {
  topicList(): Promise<string[]>;
  subscriptions(topic: string): Promise<Subscription[]>;
  group(consumerGroup: string): Promise<GroupAnswer>;
  stored(topic: string): Promise<{ stored: number; everSent: number }>;
  masters(): Promise<string[]>;
  topicsOfGroup(consumerGroup: string, master: string): Promise<{ topic: string; queues: QueueReading[] }[]>;
}

export function questionsTo(ask: Ask, { deadline, ignoredGroups }: ReadScope): Questions {
  return {
    topicList: async () => decodeTopicList(await ask('/topic/list.query', {}, deadline)),
    subscriptions: async (topic) => {
      const all = decodeSubscriptions(await ask('/topic/queryConsumerByTopic.query', { topic }, deadline));
      return all.filter(({ consumerGroup }) => !matchesAny(consumerGroup, ignoredGroups));
    },
    group: async (consumerGroup) => decodeGroup(await ask('/consumer/group.query', { consumerGroup }, deadline)),
    stored: async (topic) => decodeStored(await ask('/topic/stats.query', { topic }, deadline)),
    masters: async () => decodeMasters(await ask('/cluster/list.query', {}, deadline)),
    // One master at a time: without an address 2.x fails, and of several 2.0.0 reads the first only.
    topicsOfGroup: async (consumerGroup, address) =>
      decodeTopicsOfGroup(await ask('/consumer/queryTopicByConsumer.query', { consumerGroup, address }, deadline)),
  };
}
