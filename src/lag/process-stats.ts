import { compare } from '../base/names.ts';
import { knownValues, sum } from '../base/numbers.ts';
import type {
  ClientReading,
  ClientState,
  GroupProcesses,
  OwnedQueue,
  ProcessReadings,
  TopicActivity,
  TopicSubscription,
} from './readings.ts';
import type { GroupConsistency, ProcessCounts, ProcessOnTopic, ProcessReport } from './report.ts';
import { type Client, isRetryTopic, parseClientId } from './rocketmq-names.ts';

/**
 * The processes of one group, each once, with what they do on these topics. Client ids that show the same IP and PID
 * (containers do) are one process here, as they are one everywhere else.
 */
export function reportProcesses(consumerGroup: string, { clients }: GroupProcesses, topics: ReadonlySet<string>): ProcessReport[] {
  const processes = new Map<string, Map<string, { client: Client; clients: ClientReading[] }>>();
  for (const reading of [...clients].sort((a, b) => compare(a.clientId, b.clientId))) {
    const client = parseClientId(reading.clientId);
    const byPid = processes.get(client.ip) ?? new Map<string, { client: Client; clients: ClientReading[] }>();
    processes.set(client.ip, byPid);
    const process = byPid.get(client.pid) ?? { client, clients: [] };
    byPid.set(client.pid, process);
    process.clients.push(reading);
  }
  return [...processes.values()]
    .flatMap((byPid) => [...byPid.values()])
    .map((process) => ({ consumerGroup, ...describe(process, topics) }));
}

function describe(
  { client, clients }: { client: Client; clients: readonly ClientReading[] },
  topics: ReadonlySet<string>,
): Omit<ProcessReport, 'consumerGroup'> {
  const told = clients.flatMap(({ answer }) => (answer.outcome === 'answered' ? [answer.state] : []));
  // A part of a process is no number of it.
  const states = told.length === clients.length ? told : [];
  const outcomes = clients.map(({ answer }) => answer.outcome);
  const started = knownValues(states.map(({ startedAt }) => startedAt));
  const threads = knownValues(states.map((state) => state.threads));
  return {
    client,
    // Where one of them is silent, that is what is to be looked at.
    responding: outcomes.includes('unresponsive') ? false : outcomes.includes('answered') ? true : null,
    threads: threads.length > 0 ? sum(threads) : null,
    busyRatio: busyOf(states),
    startedAt: started.length > 0 ? Math.min(...started) : null,
    kinds: distinctKinds(clients),
    topics: topicsOf(states).filter(({ topic }) => topics.has(topic)),
  };
}

/** All threads together; null where it is unknown of one of them. */
function busyOf(states: readonly ClientState[]): number | null {
  const withThreads = states.filter(({ threads }) => threads !== null);
  const ratios = knownValues(withThreads.map(busyRatio));
  if (ratios.length === 0 || ratios.length < withThreads.length) return null;
  const threads = sum(withThreads.map((state) => state.threads ?? 0));
  return sum(withThreads.map((state, index) => (ratios[index] ?? 0) * (state.threads ?? 0))) / threads;
}

/** What is told of the version and the type, without repetition; of a client that did not answer the type is not known. */
function distinctKinds(clients: readonly ClientReading[]): ProcessReport['kinds'] {
  const kinds = clients.flatMap(({ answer, version, language }) => {
    if (answer.outcome !== 'answered' || answer.state.type === null) return [];
    return [{ version: answer.state.version ?? version ?? '', language: language ?? '', type: answer.state.type }];
  });
  return [...new Map(kinds.map((kind) => [JSON.stringify(kind), kind])).values()];
}

function topicsOf(states: readonly ClientState[]): ProcessOnTopic[] {
  const topics = new Set(states.flatMap(({ activity, queues }) => [...activity, ...queues].map(({ topic }) => topic)));
  return [...topics].sort(compare).map((topic) => {
    const activity = states.flatMap((state) => state.activity.filter((of) => of.topic === topic));
    const held = states.flatMap((state) =>
      state.queues.filter((queue) => queue.topic === topic).map((queue) => ({ queue, idle: idleSeconds(queue, state) })),
    );
    const idle = knownValues(held.map((queue) => queue.idle));
    const calls = states.flatMap((state) =>
      state.activity
        .filter((of) => of.topic === topic)
        .map((of) => ({ perSecond: endedPerSecond(of) / state.messagesPerCall, seconds: of.secondsPerCall })),
    );
    const callsPerSecond = sum(calls.map(({ perSecond }) => perSecond));
    const rates = activity.length > 0;
    return {
      topic,
      consumedPerSecond: rates ? sum(activity.map((of) => of.consumedPerSecond)) : null,
      failedPerSecond: rates ? sum(activity.map((of) => of.failedPerSecond)) : null,
      pulledPerSecond: rates ? sum(activity.map((of) => of.pulledPerSecond)) : null,
      // No call has ended: how long one takes is not known.
      secondsPerCall: callsPerSecond > 0 ? sum(calls.map(({ perSecond, seconds }) => perSecond * seconds)) / callsPerSecond : null,
      cachedMessages: held.length > 0 ? sum(held.map(({ queue }) => queue.inHand)) : null,
      idleSeconds: idle.length > 0 && idle.length === held.length ? Math.max(...idle) : null,
    };
  });
}

/** What a group's processes have in common, or should. Null is unknown: somebody did not answer who may differ. */
export function reportConsistency(consumerGroup: string, processes: GroupProcesses): GroupConsistency {
  const everyone = everyoneAnswered(processes);
  const differ = differenceOf(processes.clients) !== undefined;
  const duplicates = processes.clients.filter(({ addresses }) => addresses > 1).length;
  return {
    consumerGroup,
    subscriptionsDiffer: differ || everyone ? differ : null,
    duplicateClientIds: duplicates > 0 || everyone ? duplicates : null,
  };
}

/** How many clients were asked, and what came of it. */
export function countProcesses({ groups, elsewhere }: ProcessReadings): ProcessCounts {
  const counts = { answered: 0, unresponsive: 0, failed: elsewhere.failed, unasked: elsewhere.unasked };
  for (const { clients } of groups.values()) for (const { answer } of clients) counts[answer.outcome] += 1;
  return counts;
}

/** What follows from a client's own words about it alone. */

/** RocketMQ's own rule: a client that finishes nothing for so long, with messages in hand, is blocked. */
export const BLOCKED_AFTER_SECONDS = 60;
export const SATURATED_BUSY_RATIO = 0.9;

/**
 * How long a queue's messages have been in hand while none was finished, in seconds; 0 where nothing is in hand, null
 * where that is unknown. Both times are the client's: the last pull of any of its queues is its "now", so it does not
 * matter when its clock is wrong.
 */
export function idleSeconds(queue: OwnedQueue, state: ClientState): number | null {
  if (queue.inHand === 0) return 0;
  return secondsSinceFinish(queue, state);
}

/** Seconds since the client finished a message of the queue, or since it holds the queue; null when unknown. */
export function secondsSinceFinish({ lastFinish }: OwnedQueue, { queues }: ClientState): number | null {
  const now = Math.max(...queues.map(({ lastPull }) => lastPull ?? -Infinity));
  if (lastFinish === null || now === -Infinity) return null;
  return Math.max(0, (now - lastFinish) / 1000);
}

/** Messages of a topic that ended in the last minute, well or not, a second. */
export function endedPerSecond({ consumedPerSecond, failedPerSecond }: TopicActivity): number {
  return consumedPerSecond + failedPerSecond;
}

/**
 * Time in the listener over the time of all threads: 1 is saturated. Null where it is unknown: a client without threads,
 * or one that has messages of a topic in hand of which no call has ended in the last minute.
 */
export function busyRatio({ threads, activity, queues, messagesPerCall }: ClientState): number | null {
  if (threads === null || threads === 0 || activity.length === 0) return null;
  let secondsPerSecond = 0;
  for (const of of activity) {
    const ended = endedPerSecond(of);
    if (ended === 0 && queues.some(({ topic, inHand }) => topic === of.topic && inHand > 0)) return null;
    secondsPerSecond += (ended / messagesPerCall) * of.secondsPerCall;
  }
  return secondsPerSecond / threads;
}

export function isSaturated(state: ClientState): boolean {
  return (busyRatio(state) ?? 0) >= SATURATED_BUSY_RATIO;
}

/**
 * The queues of a topic that a client is stuck on. Threads that are busy all the time and go on finishing messages get
 * to some queues late: that is not stuck, where any thread may take any queue's message.
 */
export function blockedQueues(topic: string, state: ClientState): readonly OwnedQueue[] {
  if (state.type !== 'orderly' && isSaturated(state)) return [];
  return state.queues.filter((queue) => queue.topic === topic && (idleSeconds(queue, state) ?? 0) >= BLOCKED_AFTER_SECONDS);
}

export function activityOn(topic: string, { activity }: ClientState): TopicActivity | undefined {
  return activity.find((of) => of.topic === topic);
}

/** Whether nobody is left who may be in another state than those that answered. */
export function everyoneAnswered({ complete, clients }: GroupProcesses): boolean {
  return complete && clients.length > 0 && clients.every(({ addresses, answer }) => addresses <= 1 && answer.outcome === 'answered');
}

/** The clients that answered, with what they said. */
export function answered(clients: readonly ClientReading[]): readonly { readonly client: ClientReading; readonly state: ClientState }[] {
  return clients.flatMap((client) => (client.answer.outcome === 'answered' ? [{ client, state: client.answer.state }] : []));
}

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
  return new Map(subscriptions.filter(({ topic }) => !isRetryTopic(topic)).map((one) => [one.topic, expressionOf(one)]));
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
