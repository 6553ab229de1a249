import { groupBy } from '../../base/collections.ts';
import type { Failure } from '../../lag/readings.ts';
import { isRetryTopic } from '../../lag/rocketmq-names.ts';
import { askAllWithRetry } from '../retry.ts';
import { CLIENT_STATE, CONNECTIONS, saysNobodyIsOnline } from './client-endpoints.ts';
import { ask, type ConsoleContext } from './context.ts';
import type { Route } from './route.ts';

/** The group is online and no longer subscribes to the topic. This kind of failure is none: nobody consumes the topic for it. */
export const UNSUBSCRIBED: Failure = { kind: 'unsubscribed', message: 'it is online and no longer subscribes to the topic' };

interface GroupOnTopic {
  readonly topic: string;
  readonly group: string;
  readonly route: Route;
}

/**
 * Those of the groups without rows on a topic whose own clients say that they do not subscribe to it: brokers go on listing
 * a group on a topic that a deployment dropped, and have no rows of it. At least one client must be connected, every client
 * must answer, and none may have the topic among its subscriptions. The subscriptions that a broker merged prove nothing:
 * they are those of the last heartbeat.
 *
 * Asking is not free for the clients, so what they say is remembered for a while.
 */
export async function findUnsubscribed<P extends GroupOnTopic>(pairs: readonly P[], context: ConsoleContext): Promise<P[]> {
  const { memory, retry } = context;
  const key = ({ topic, group }: P) => JSON.stringify([topic, group]);
  // Nobody drops a retry topic: every process subscribes to its group's by itself. A broadcast group never has rows by group.
  const candidates = pairs.filter(
    ({ topic, group }) => !isRetryTopic(topic) && memory.messageModels.get(group, retry.now) !== 'BROADCASTING',
  );
  const remembered = candidates.filter((pair) => memory.unsubscribed.get(key(pair), retry.now));
  const byGroup = groupBy(
    candidates.filter((pair) => !remembered.includes(pair)),
    ({ group }) => group,
  );
  const outcomes = await askAllWithRetry([...byGroup.values()], (ofGroup) => subscribedTopics(ofGroup, context), {
    ...retry,
    classify: (error) => (retry.classify(error) === 'fatal' ? 'fatal' : 'final'),
  });
  const found = [...outcomes].flatMap(([ofGroup, outcome]) => {
    const topics = outcome.ok ? outcome.answer : undefined;
    return topics === undefined ? [] : ofGroup.filter(({ topic }) => !topics.has(topic));
  });
  for (const pair of found) memory.unsubscribed.set(key(pair), true, retry.now);
  return [...remembered, ...found];
}

/** All topics to which some client of the group subscribes; undefined where the clients do not show it. */
async function subscribedTopics(pairs: readonly GroupOnTopic[], context: ConsoleContext): Promise<ReadonlySet<string> | undefined> {
  const [{ group: consumerGroup } = { group: '' }] = pairs;
  const addresses = new Set(pairs.flatMap(({ route }) => [...route.addresses.values()]));
  const clientIds = new Set<string>();
  for (const address of addresses) {
    const connected = await ask(context, CONNECTIONS, { consumerGroup, address }).catch((error: unknown) => {
      if (saysNobodyIsOnline(error)) return [];
      throw error;
    });
    for (const { clientId } of connected) clientIds.add(clientId);
  }
  if (clientIds.size === 0) return undefined;
  const topics = new Set<string>();
  // One after the other: a client that is asked twice at the same moment can stand still for seconds.
  for (const clientId of clientIds) {
    const { subscriptions } = await ask(context, CLIENT_STATE, { consumerGroup, clientId, jstack: 'false' });
    // A client whose queues are assigned by hand subscribes to nothing, and proves nothing.
    if (subscriptions.every(({ topic }) => isRetryTopic(topic))) return undefined;
    for (const { topic } of subscriptions) topics.add(topic);
  }
  return topics;
}
