import { answered } from './measures.ts';
import { compare } from './order.ts';
import type { ClientReading, TopicSubscription } from './readings.ts';
import { RETRY_PREFIX } from './rules.ts';

/** Two clients of one group that do not subscribe to the same. */
export interface Difference {
  readonly one: ClientReading;
  readonly other: ClientReading;
  readonly topic: string;
  /** The expression of each; null for who does not subscribe to the topic at all. */
  readonly oneExpression: string | null;
  readonly otherExpression: string | null;
}

/**
 * A difference between what clients of a group say that they subscribe to, or undefined where there is none among those
 * that answered. Only the clients' own words show it: a broker keeps the last one it heard.
 */
export function differenceOf(clients: readonly ClientReading[]): Difference | undefined {
  const told = answered(clients)
    .map(({ client, state }) => ({ client, topics: byTopic(state.subscriptions) }))
    // Who assigns queues by hand subscribes to nothing, and differs from nobody.
    .filter(({ topics }) => topics.size > 0)
    .sort((a, b) => compare(a.client.clientId, b.client.clientId));
  const [first, ...others] = told;
  if (first === undefined) return undefined;
  for (const other of others) {
    const topics = [...new Set([...first.topics.keys(), ...other.topics.keys()])].sort(compare);
    const topic = topics.find((name) => first.topics.get(name) !== other.topics.get(name));
    if (topic !== undefined)
      return {
        one: first.client,
        other: other.client,
        topic,
        oneExpression: first.topics.get(topic) ?? null,
        otherExpression: other.topics.get(topic) ?? null,
      };
  }
  return undefined;
}

/** Retry topics are left out: every process subscribes to its group's by itself. */
function byTopic(subscriptions: readonly TopicSubscription[]): Map<string, string> {
  return new Map(subscriptions.filter(({ topic }) => !topic.startsWith(RETRY_PREFIX)).map((one) => [one.topic, expressionOf(one)]));
}

/** In one spelling: the order of tags and the blanks between them mean nothing. */
function expressionOf({ expressionType, expression }: TopicSubscription): string {
  if (expressionType !== 'TAG') return `${expressionType} ${expression}`;
  const tags = expression
    .split('||')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
  return [...new Set(tags)].sort(compare).join(' || ') || '*';
}
