import type { Failure } from '../../lag/readings.ts';
import { retryTopicOf } from '../../lag/rocketmq-names.ts';
import type { TopicsRead } from './read-strategy.ts';
import { isBrokerList } from './read-strategy.ts';

/** A broker to ask about groups: its master, or the slave that acts for it. */
export interface Master {
  readonly broker: string;
  readonly address: string;
  /** Null where it is not known. */
  readonly version: string | null;
}

/** The brokers that have queues of a group's topics. */
export interface Masters {
  /** By the routes of the group's topics; of the whole cluster where there are no routes. */
  of(group: string): readonly Master[];
  /** Why a master is missing in `of`, or undefined where none is. */
  whyIncomplete(group: string): Failure | undefined;
  /** Whether routes name them. Without routes the console may be one that cannot be asked about a single broker. */
  readonly areRouted: boolean;
}

export function toMasters({ topics, brokers, routes }: TopicsRead): Masters {
  const listed = isBrokerList(brokers) ? brokers : [];
  if (routes === undefined)
    return { of: () => listed, whyIncomplete: () => (isBrokerList(brokers) ? undefined : brokers), areRouted: false };
  const versions = new Map(listed.map(({ broker, version }) => [broker, version]));
  const mastersOf = new Map<string, Map<string, Master>>();
  const unreachable = new Map<string, string>();
  const unread = new Set<string>();
  for (const reading of topics) {
    const route = routes.get(reading.topic);
    if (reading.outcome !== 'read') unread.add(reading.topic);
    if (reading.outcome !== 'read' || route === undefined) continue;
    for (const { consumerGroup } of reading.subscriptions) {
      const masters = mastersOf.get(consumerGroup) ?? new Map<string, Master>();
      mastersOf.set(consumerGroup, masters);
      for (const broker of route.readQueues.keys()) {
        const address = route.addresses.get(broker);
        if (address === undefined) unreachable.set(consumerGroup, broker);
        else masters.set(broker, { broker, address, version: versions.get(broker) ?? null });
      }
    }
  }
  return {
    of: (group) => [...(mastersOf.get(group)?.values() ?? [])],
    whyIncomplete: (group) => {
      const broker = unreachable.get(group);
      if (broker !== undefined) return { kind: 'broker-unreachable', message: `no route has an address of broker ${broker}` };
      // Every broker to which a group was ever connected has its retry topic.
      const retryTopic = retryTopicOf(group);
      return unread.has(retryTopic) ? { kind: 'unread', message: `${retryTopic} was not read, so its brokers are unknown` } : undefined;
    },
    areRouted: true,
  };
}
