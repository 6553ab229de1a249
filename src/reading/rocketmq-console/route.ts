import type { QueueReading } from '../../lag/readings.ts';

/** Where a topic is: the yardstick for whether a group was read whole on it. */
export interface Route {
  /** By broker: how many queues consumers read, numbered from 0. */
  readonly readQueues: ReadonlyMap<string, number>;
  /** By broker: the address of the master, or of the slave with the lowest id, which acts for a master that is gone. */
  readonly addresses: ReadonlyMap<string, string>;
  /** The number of logical queues of a static topic, whose brokers know other queues than its consumers; else undefined. */
  readonly logicalQueues: number | undefined;
}

/** How many queues the topic has for its consumers. */
export function countQueues({ readQueues, logicalQueues }: Route): number {
  return logicalQueues ?? [...readQueues.values()].reduce((sum, queues) => sum + queues, 0);
}

/** The brokers of which a read queue is not among `queues`. More queues than the route has are fine: removed queues hold messages. */
export function brokersMissingIn(queues: readonly QueueReading[], { readQueues }: Route): string[] {
  const found = new Map<string, Set<number>>();
  for (const { broker, queueId } of queues) {
    const ids = found.get(broker) ?? new Set<number>();
    found.set(broker, ids.add(queueId));
  }
  return [...readQueues]
    .filter(([broker, count]) => Array.from({ length: count }, (_, queueId) => queueId).some((queueId) => !found.get(broker)?.has(queueId)))
    .map(([broker]) => broker);
}

/** The broker of a logical queue in the console's rows: a queue of a static topic moves between the real brokers. */
const LOGICAL_BROKER = '__syslo__';

/** Whether every read queue of the topic is among `queues`: a group with fewer was read in part, which is no reading. */
export function isWhole(queues: readonly QueueReading[], route: Route): boolean {
  if (queues.length === 0) return false;
  if (route.logicalQueues === undefined) return brokersMissingIn(queues, route).length === 0;
  const ids = new Set(queues.filter(({ broker }) => broker.startsWith(LOGICAL_BROKER)).map(({ queueId }) => queueId));
  return Array.from({ length: route.logicalQueues }, (_, queueId) => queueId).every((queueId) => ids.has(queueId));
}
