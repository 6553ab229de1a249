import { toFailure } from '../../base/errors.ts';
import type { QueueReading, Subscription, TopicReading } from '../../lag/readings.ts';
import { isPhantom } from '../../lag/rules.ts';
import { askInRounds, askOnce, type Outcome, type RoundOptions } from '../rounds.ts';
import type { ConsoleMemory } from './memory.ts';
import type { Questions, SharedBrokers } from './questions.ts';
import { LoginError } from './session.ts';

/** Topic, then broker, then queue id: where two masters tell of one queue, it is one row. */
type RowsByTopic = Map<string, Map<string, Map<number, QueueReading>>>;

type GroupRows =
  | { readonly outcome: 'read'; readonly rows: RowsByTopic }
  /** `final`: the console gave its answer, and it will not be another one next time. */
  | { readonly outcome: 'failed'; readonly reason: string; readonly final: boolean };

/**
 * Reads by group what the reading by topic left without rows. That is the rule rather than the exception for a console
 * 2.x in front of 4.x brokers, which don't have the request that it uses by topic.
 *
 * A group that a master failed to tell about, or that no row comes of, stays unreadable: half a group is no reading.
 */
export async function readGroupsAgain(
  topics: readonly TopicReading[],
  questions: Questions,
  brokers: SharedBrokers,
  memory: ConsoleMemory,
  rounds: RoundOptions,
): Promise<TopicReading[]> {
  const { groups, maybePhantoms } = groupsWithoutRows(topics);
  const toAsk = [...groups].filter((group) => !(maybePhantoms.has(group) && memory.phantoms.has(group)));
  if (toAsk.length === 0) return [...topics];
  const rows = await readByMaster(toAsk, questions, brokers, rounds);
  for (const group of maybePhantoms) {
    const found = rows.get(group);
    if (found && (found.outcome === 'read' ? found.rows.size === 0 : found.final)) memory.phantoms.add(group);
  }
  return topics.map((reading) =>
    reading.outcome === 'read'
      ? { ...reading, subscriptions: reading.subscriptions.map((subscription) => fillIn(reading.topic, subscription, rows)) }
      : reading,
  );
}

/** Groups that some topic lists without rows, and which of them only ever where the topic has their own name. */
function groupsWithoutRows(topics: readonly TopicReading[]) {
  const groups = new Set<string>();
  const real = new Set<string>();
  for (const reading of topics) {
    if (reading.outcome !== 'read') continue;
    for (const subscription of reading.subscriptions) {
      if (subscription.readable) continue;
      groups.add(subscription.consumerGroup);
      if (!isPhantom(reading.topic, subscription)) real.add(subscription.consumerGroup);
    }
  }
  return { groups, maybePhantoms: new Set([...groups].filter((group) => !real.has(group))) };
}

/** Asks every master about every group. */
async function readByMaster(
  groups: readonly string[],
  questions: Questions,
  brokers: SharedBrokers,
  rounds: RoundOptions,
): Promise<Map<string, GroupRows>> {
  const listed = await brokers(() => askOnce(() => questions.brokers(), rounds)).catch((error: unknown) => {
    if (error instanceof LoginError) throw error;
    return toFailure(error);
  });
  if (!Array.isArray(listed)) {
    const failed: GroupRows = { outcome: 'failed', reason: `the brokers to ask for it are unknown: ${listed.message}`, final: false };
    return new Map(groups.map((group) => [group, failed]));
  }
  const masters = [...new Set(listed.map(({ address }) => address))];
  const pairs = groups.flatMap((group) => masters.map((master) => ({ group, master })));
  const outcomes = await askInRounds(pairs, ({ group, master }) => questions.topicsOfGroup(group, master), rounds);
  const found = new Map<string, GroupRows>();
  for (const pair of pairs) {
    const outcome = outcomes.get(pair);
    const soFar = found.get(pair.group) ?? { outcome: 'read', rows: new Map() };
    if (outcome) found.set(pair.group, soFar.outcome === 'failed' && !soFar.final ? soFar : merge(soFar, outcome, pair.master));
  }
  return found;
}

function merge(soFar: GroupRows, outcome: Outcome<{ topic: string; queues: QueueReading[] }[]>, master: string): GroupRows {
  if (!outcome.ok)
    return {
      outcome: 'failed',
      reason: `asked for it, broker ${master} failed: ${outcome.failure.message}`,
      final: outcome.failure.kind === 'refused',
    };
  if (soFar.outcome === 'failed') return soFar;
  for (const { topic, queues } of outcome.answer) {
    if (queues.length === 0) continue;
    const brokers = soFar.rows.get(topic) ?? new Map<string, Map<number, QueueReading>>();
    soFar.rows.set(topic, brokers);
    for (const queue of queues) {
      const ofBroker = brokers.get(queue.broker) ?? new Map<number, QueueReading>();
      brokers.set(queue.broker, ofBroker.set(queue.queueId, queue));
    }
  }
  return soFar;
}

function fillIn(topic: string, subscription: Subscription, rows: ReadonlyMap<string, GroupRows>): Subscription {
  const { consumerGroup } = subscription;
  const found = rows.get(consumerGroup);
  if (subscription.readable || found === undefined) return subscription;
  if (found.outcome === 'failed') return { consumerGroup, readable: false, reason: `the console lists it without a row; ${found.reason}` };
  const brokers = found.rows.get(topic);
  if (brokers === undefined) return { consumerGroup, readable: false, reason: 'the console lists it without a row, and no broker has one' };
  return { consumerGroup, readable: true, queues: [...brokers.values()].flatMap((queues) => [...queues.values()]) };
}
