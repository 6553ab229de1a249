import type { Failure, QueueReading, Subscription } from '../../lag/readings.ts';
import { askAllWithRetry, type RetryOptions } from '../rounds.ts';
import type { Questions } from './questions.ts';
import type { BrokerAddress } from './wire-cluster.ts';

/** One group's rows of all its topics, at all brokers; or why there are none: half a group is no reading. */
export type GroupRows =
  | { readonly outcome: 'read'; readonly byTopic: ReadonlyMap<string, Subscription> }
  /** `refused`: the console said no, and says so again when asked again. */
  | { readonly outcome: 'failed'; readonly refused: boolean; readonly failure: Failure };

/** A broker that is to be asked; where several share an address, it is one. */
interface Address {
  readonly address: string;
  readonly names: string[];
}

/** What was told of a group so far. */
interface Told {
  /** Of each address, which queues it tells of. */
  readonly queues: Map<Address, string>;
  /** Topic, then broker, then queue id: where two brokers tell of one queue, it is one row. */
  readonly rows: Map<string, Map<string, Map<number, QueueReading>>>;
  readonly unreadable: Map<string, Subscription>;
}

interface Question {
  readonly group: string;
  readonly asked: Address;
  readonly told: Told;
}

/**
 * Reads groups at each broker that answers for them, their rows merged by topic, broker and queue. Every broker of a group
 * is a question of its own: a process that hangs costs its groups the same seconds at each of them, but at the same time.
 *
 * A console 1.0.0 ignores whom it is to ask, and answers for all brokers: once a group shows that, one answer a group is
 * enough.
 */
export async function readGroups(
  groups: readonly string[],
  brokers: readonly BrokerAddress[],
  questions: Questions,
  rounds: RetryOptions,
): Promise<Map<string, GroupRows>> {
  const addresses = byAddress(brokers);
  const toldOf = new Map(groups.map((group): [string, Told] => [group, { queues: new Map(), rows: new Map(), unreadable: new Map() }]));
  let answersForAll: boolean | undefined;

  async function ask({ group, asked, told }: Question): Promise<void> {
    if (answersForAll && (told.queues.size > 0 || asked !== addresses[0])) return;
    const answer = await questions.topicsOfGroup(group, asked.address);
    for (const { topic, subscription } of answer) {
      if (subscription.readable) merge(told.rows, topic, subscription.queues);
      else told.unreadable.set(topic, subscription);
    }
    told.queues.set(asked, answersForAll === undefined ? queuesIn(answer) : '');
    if (told.queues.size === addresses.length) answersForAll ??= isToldByEach(told, addresses);
  }

  // Group by group: where the time ends before all are asked, those that were are read whole.
  const asking = [...toldOf].flatMap(([group, told]) => addresses.map((asked): Question => ({ group, asked, told })));
  const outcomes = await askAllWithRetry(asking, ask, rounds);
  const failures = new Map<string, GroupRows>();
  for (const question of asking) {
    const { group, asked, told } = question;
    const outcome = outcomes.get(question);
    if (outcome === undefined || outcome.ok || failures.has(group) || (answersForAll && told.queues.size > 0)) continue;
    const failure = { kind: outcome.failure.kind, message: `asked for it, broker ${nameOf(asked)} failed: ${outcome.failure.message}` };
    failures.set(group, { outcome: 'failed', refused: outcome.reached && outcome.failureClass === 'final', failure });
  }
  return new Map(
    Array.from(toldOf, ([group, { rows, unreadable }]) => [
      group,
      failures.get(group) ?? { outcome: 'read', byTopic: new Map([...subscriptionsOf(group, rows), ...unreadable]) },
    ]),
  );
}

function byAddress(brokers: readonly BrokerAddress[]): Address[] {
  const addresses = new Map<string, Address>();
  for (const { broker, address } of brokers) {
    const names = addresses.get(address)?.names ?? [];
    names.push(broker);
    addresses.set(address, { address, names });
  }
  return [...addresses.values()];
}

function merge(rows: Told['rows'], topic: string, queues: readonly QueueReading[]): void {
  const brokers = rows.get(topic) ?? new Map<string, Map<number, QueueReading>>();
  rows.set(topic, brokers);
  for (const queue of queues) {
    const ofBroker = brokers.get(queue.broker) ?? new Map<number, QueueReading>();
    brokers.set(queue.broker, ofBroker.set(queue.queueId, queue));
  }
}

function queuesIn(answer: Awaited<ReturnType<Questions['topicsOfGroup']>>): string {
  const queues = answer.flatMap(({ topic, subscription }) =>
    subscription.readable ? subscription.queues.map(({ broker, queueId }) => JSON.stringify([topic, broker, queueId])) : [topic],
  );
  return queues.sort().join();
}

/**
 * Whether every address told of the same queues, though they are on brokers of several addresses; undefined where the group
 * cannot show it. One answer with rows of another broker does not: an address may have passed from one broker to another.
 */
function isToldByEach({ queues, rows }: Told, addresses: readonly Address[]): boolean | undefined {
  const present = new Set([...rows.values()].flatMap((brokers) => [...brokers.keys()]));
  const areSeveral = addresses.filter(({ names }) => names.some((name) => present.has(name))).length > 1;
  return areSeveral ? new Set(queues.values()).size === 1 : undefined;
}

function subscriptionsOf(consumerGroup: string, rows: Told['rows']): Map<string, Subscription> {
  return new Map(
    Array.from(rows, ([topic, brokers]) => {
      const queues = [...brokers.values()].flatMap((ofBroker) => [...ofBroker.values()]);
      return [topic, { consumerGroup, readable: true, queues }];
    }),
  );
}

function nameOf({ names, address }: Address): string {
  return `${names.join(' and ')} (${address})`;
}
