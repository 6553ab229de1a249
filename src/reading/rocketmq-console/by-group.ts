import pLimit from 'p-limit';
import { LagPusherError, toFailure } from '../../base/errors.ts';
import type { Failure, QueueReading, Subscription } from '../../lag/readings.ts';
import { type AdaptiveLimit, askAllWithRetry } from '../retry.ts';
import { ask, type ConsoleContext } from './context.ts';
import { brokersMissingIn, type Route } from './route.ts';
import { NO_ROWS, ROWS_BY_GROUP } from './topic-endpoints.ts';

/** What the brokers answered about one group so far. */
export interface GroupAnswers {
  readonly group: string;
  /** The topics with a route on which the group is expected, or has shown rows. */
  readonly topics: Set<string>;
  /** Topic, then broker, then queue id: a queue that two brokers answer for is one row. */
  readonly rows: Map<string, Map<string, Map<number, QueueReading>>>;
  /** By topic: why the rows of one broker are invalid. */
  readonly invalid: Map<string, Failure>;
  /** Topics that a broker listed with an empty list, which is no answer. */
  readonly emptyAt: Set<string>;
  /** Addresses that answered. */
  readonly answered: Set<string>;
  /** By address: the brokers of the rows that it answered with. */
  readonly brokersShownAt: Map<string, Set<string>>;
  /** By address: why there is no answer. */
  readonly failures: Map<string, { readonly failure: Failure; readonly isRefused: boolean }>;
}

/** The rows of one group on one topic by group, in the order of brokers. */
export function queuesOf({ rows }: GroupAnswers, topic: string): QueueReading[] {
  return [...(rows.get(topic)?.values() ?? [])].flatMap((queues) => [...queues.values()]);
}

/**
 * Reads groups at the brokers that have queues of their topics, until no row is missing: console 1.0.0 ignores the address
 * and answers for all brokers at once, others for one broker at a time.
 *
 * The brokers of a group are asked one after the other, because the console asks every client of the group each time, and a
 * client that is asked twice at the same moment can stand still for seconds. Where an answer shows that a process hangs
 * already, the group's remaining brokers are asked at once: the hung process then costs one wait, not one for each broker.
 */
export async function readGroups(
  groups: readonly GroupAnswers[],
  routes: ReadonlyMap<string, Route>,
  context: ConsoleContext,
  concurrency: number,
): Promise<void> {
  await readGroupsAt((answers) => addressesOfMissing(answers, routes), groups, context, concurrency);
}

/** Reads groups at every broker, where no route says which have queues of their topics. */
export async function readGroupsEverywhere(
  groups: readonly GroupAnswers[],
  brokers: readonly { readonly address: string }[],
  context: ConsoleContext,
  concurrency: number,
): Promise<void> {
  await readGroupsAt(() => brokers.map(({ address }) => address), groups, context, concurrency);
}

/** Asks about each group at the addresses that `addressesFor` gives, again after each answer, until all were asked. */
async function readGroupsAt(
  addressesFor: (answers: GroupAnswers) => Iterable<string>,
  groups: readonly GroupAnswers[],
  context: ConsoleContext,
  concurrency: number,
): Promise<void> {
  const { limit } = context.retry;
  const breaker = startBreaker();
  // As many groups at a time as requests: where the time ends early, the groups that were begun are whole.
  const groupsAtOnce = pLimit(concurrency);
  const groupLimit: AdaptiveLimit = { ...limit, run: (task) => groupsAtOnce(task) };

  async function askBroker(answers: GroupAnswers, address: string): Promise<{ isHanging: boolean }> {
    return await limit.run(async () => {
      if (breaker.isOpen(address)) throw new BrokerHangsError();
      const startedAt = performance.now();
      try {
        const answer = await ask(context, ROWS_BY_GROUP, { consumerGroup: answers.group, address });
        breaker.close(address);
        addAnswer(answers, answer, address);
        return { isHanging: performance.now() - startedAt >= HANGING_AFTER_MS && !namesAnyClient(answer) };
      } catch (error) {
        if (context.retry.classify(error) === 'slow') breaker.count(address);
        throw error;
      }
    });
  }

  async function askGroup(answers: GroupAnswers): Promise<void> {
    const tried = new Set<string>();
    const errors: unknown[] = [];
    const tryBroker = async (address: string) => {
      tried.add(address);
      try {
        return await askBroker(answers, address);
      } catch (error) {
        if (context.retry.classify(error) === 'fatal') throw error;
        noteFailure(answers, address, error, context);
        errors.push(error);
        return { isHanging: false };
      }
    };
    const open = () => [...new Set(addressesFor(answers))].filter((address) => !tried.has(address) && !answers.answered.has(address));
    for (let [address] = open(); address !== undefined; [address] = open()) {
      const { isHanging } = await tryBroker(address);
      if (isHanging) await Promise.all(open().map(tryBroker));
    }
    if (errors.length > 0) throw errors.find((error) => context.retry.classify(error) !== 'final') ?? errors[0];
  }

  await askAllWithRetry(groups, askGroup, { ...context.retry, limit: groupLimit });
}

/** After this time without a client in its answer, the console has waited for a process that hangs. */
const HANGING_AFTER_MS = 3_000;

function namesAnyClient(answer: readonly { subscription: Subscription }[]): boolean {
  return answer.some(({ subscription }) => subscription.readable && subscription.queues.some(({ clientId }) => clientId !== null));
}

/** The addresses of brokers whose rows are missing. A broker without an address in the route cannot be asked. */
function addressesOfMissing(answers: GroupAnswers, routes: ReadonlyMap<string, Route>): string[] {
  return [...answers.topics].flatMap((topic) => {
    const route = routes.get(topic);
    if (route === undefined || route.logicalQueues !== undefined) return [];
    return brokersMissingIn(queuesOf(answers, topic), route).flatMap((broker) => route.addresses.get(broker) ?? []);
  });
}

function addAnswer(answers: GroupAnswers, answer: readonly { topic: string; subscription: Subscription }[], address: string): void {
  answers.answered.add(address);
  answers.failures.delete(address);
  const shown = new Set<string>();
  answers.brokersShownAt.set(address, shown);
  for (const { topic, subscription } of answer) {
    if (subscription.readable) {
      const brokers = answers.rows.get(topic) ?? new Map<string, Map<number, QueueReading>>();
      answers.rows.set(topic, brokers);
      for (const queue of subscription.queues) {
        shown.add(queue.broker);
        const ofBroker = brokers.get(queue.broker) ?? new Map<number, QueueReading>();
        brokers.set(queue.broker, ofBroker.set(queue.queueId, queue));
      }
    } else if (subscription.failure === NO_ROWS) answers.emptyAt.add(topic);
    else answers.invalid.set(topic, subscription.failure);
  }
}

function noteFailure({ failures }: GroupAnswers, address: string, error: unknown, { retry }: ConsoleContext): void {
  const { kind, message } = toFailure(error);
  // Running out of time says less than what went wrong before.
  if (failures.has(address) && kind === 'deadline') return;
  failures.set(address, {
    failure: { kind, message },
    isRefused: kind !== 'deadline' && !(error instanceof BrokerHangsError) && retry.classify(error) === 'final',
  });
}

/** The broker did not answer in time for several groups, so further groups are not asked there in this tick. */
class BrokerHangsError extends LagPusherError {
  constructor() {
    super('broker-unreachable', 'it did not answer for several groups before this one, and was not asked again in this tick');
  }
}

/** Time-outs in a row at one broker after which it counts as hanging. */
const HANGS_AFTER = 4;

/** Stops asking a broker that hangs: otherwise every group would wait for it, and none would be read in time. */
function startBreaker() {
  const timeouts = new Map<string, number>();
  return {
    isOpen: (address: string) => (timeouts.get(address) ?? 0) >= HANGS_AFTER,
    count: (address: string) => void timeouts.set(address, (timeouts.get(address) ?? 0) + 1),
    close: (address: string) => void timeouts.delete(address),
  };
}

export function startGroupAnswers(group: string, topics: Iterable<string>): GroupAnswers {
  return {
    group,
    topics: new Set(topics),
    rows: new Map(),
    invalid: new Map(),
    emptyAt: new Set(),
    answered: new Set(),
    brokersShownAt: new Map(),
    failures: new Map(),
  };
}

/** What the brokers' answers say of a group on a topic, by the topic's route. */
export type FoundByGroup =
  | { readonly kind: 'whole'; readonly queues: readonly QueueReading[] }
  /** A broker was asked and failed, or was not reached in time: the topic's other rows of the group are a half. */
  | { readonly kind: 'failed'; readonly failure: Failure; readonly isRefused: boolean }
  /** Every broker answered, and at least one has no row: the group committed no offset there, or does not subscribe. */
  | { readonly kind: 'missing'; readonly brokers: readonly string[]; readonly queues: readonly QueueReading[] }
  /** The brokers know other queues than the consumers do. */
  | { readonly kind: 'static' };

export function findByGroup(answers: GroupAnswers, topic: string, route: Route): FoundByGroup {
  if (route.logicalQueues !== undefined) return { kind: 'static' };
  const queues = queuesOf(answers, topic);
  const brokers = brokersMissingIn(queues, route);
  if (brokers.length === 0 && queues.length > 0) return { kind: 'whole', queues };
  for (const broker of brokers) {
    const address = route.addresses.get(broker);
    const failed = address === undefined ? undefined : answers.failures.get(address);
    if (failed !== undefined) {
      const message = `asked for it, broker ${broker} (${address}) failed: ${failed.failure.message}`;
      return { kind: 'failed', isRefused: failed.isRefused, failure: { kind: failed.failure.kind, message } };
    }
    if (address === undefined || !answers.answered.has(address))
      return {
        kind: 'failed',
        isRefused: false,
        failure:
          address === undefined
            ? { kind: 'broker-unreachable', message: `the route of the topic has no address of broker ${broker}` }
            : { kind: 'deadline', message: `broker ${broker} was not reached before the deadline` },
      };
  }
  return { kind: 'missing', brokers, queues };
}
