import type { Failure, QueueReading, Subscription } from '../../lag/readings.ts';
import { askInRounds, type RoundOptions } from '../rounds.ts';
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

/** How far a group has been read: a retry goes on from there. */
interface Progress {
  /** Brokers that are yet to answer; the first is being asked. */
  readonly open: Address[];
  /** Topic, then broker, then queue id: where two brokers tell of one queue, it is one row. */
  readonly rows: Map<string, Map<string, Map<number, QueueReading>>>;
  readonly unreadable: Map<string, Subscription>;
}

/**
 * Reads groups at each broker that answers for them, their rows merged by topic, broker and queue. A console 1.0.0 ignores
 * whom it is to ask, and answers for all brokers: once an answer shows that, one question a group is enough.
 */
export async function readGroups(
  groups: readonly string[],
  brokers: readonly BrokerAddress[],
  questions: Questions,
  rounds: RoundOptions,
): Promise<Map<string, GroupRows>> {
  const addresses = byAddress(brokers);
  const progress = new Map(groups.map((group) => [group, startProgress(addresses)]));
  let answersForAll = false;

  async function readOn(group: string): Promise<void> {
    const { open, rows, unreadable } = progress.get(group) ?? startProgress(addresses);
    for (let asked = open[0]; asked !== undefined; asked = open[0]) {
      for (const { topic, subscription } of await questions.topicsOfGroup(group, asked.address)) {
        if (!subscription.readable) unreadable.set(topic, subscription);
        else answersForAll = merge(rows, topic, subscription.queues, addresses, asked) || answersForAll;
      }
      if (answersForAll) open.length = 0;
      else open.shift();
    }
  }

  const outcomes = await askInRounds(groups, readOn, rounds);
  return new Map(
    Array.from(outcomes, ([group, outcome]): [string, GroupRows] => {
      const { open, rows, unreadable } = progress.get(group) ?? startProgress(addresses);
      if (outcome.ok) return [group, { outcome: 'read', byTopic: new Map([...subscriptionsOf(group, rows), ...unreadable]) }];
      const failure = { kind: outcome.failure.kind, message: `asked for it, broker ${nameOf(open[0])} failed: ${outcome.failure.message}` };
      return [group, { outcome: 'failed', refused: outcome.reached && outcome.verdict === 'final', failure }];
    }),
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

function startProgress(addresses: readonly Address[]): Progress {
  return { open: [...addresses], rows: new Map(), unreadable: new Map() };
}

/** Adds one broker's rows of a topic; tells whether there are some of a broker that has an address of its own. */
function merge(
  rows: Progress['rows'],
  topic: string,
  queues: readonly QueueReading[],
  addresses: readonly Address[],
  asked: Address,
): boolean {
  const brokers = rows.get(topic) ?? new Map<string, Map<number, QueueReading>>();
  rows.set(topic, brokers);
  for (const queue of queues) {
    const ofBroker = brokers.get(queue.broker) ?? new Map<number, QueueReading>();
    brokers.set(queue.broker, ofBroker.set(queue.queueId, queue));
  }
  return queues.some(({ broker }) => addresses.some((other) => other !== asked && other.names.includes(broker)));
}

function subscriptionsOf(consumerGroup: string, rows: Progress['rows']): Map<string, Subscription> {
  return new Map(
    Array.from(rows, ([topic, brokers]) => {
      const queues = [...brokers.values()].flatMap((ofBroker) => [...ofBroker.values()]);
      return [topic, { consumerGroup, readable: true, queues }];
    }),
  );
}

function nameOf(address: Address | undefined): string {
  return address === undefined ? '' : `${address.names.join(' and ')} (${address.address})`;
}
