import { compare } from '../base/names.ts';
import { knownValues, sum } from '../base/numbers.ts';
import { busyRatio, endedPerSecond, idleSeconds } from './client-load.ts';
import type { ClientReading, ClientState, GroupProcesses, ProcessReadings, QueueReading, TopicSubscription } from './readings.ts';
import type { GroupConsistency, ProcessCounts, ProcessKind, ProcessOnTopic, ProcessReport } from './report.ts';
import { type Client, hasNanotime, isRetryTopic, parseClientId } from './rocketmq-names.ts';

/**
 * The processes of one group, each once, with what they do on these topics. Client ids with the same IP and PID (containers
 * often have them) count as one process, as in every other metric.
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
  const answers = clients.flatMap(({ answer }) => (answer.outcome === 'answered' ? [answer.state] : []));
  // The sum over some of its clients is not a number of the process.
  const states = answers.length === clients.length ? answers : [];
  const outcomes = clients.map(({ answer }) => answer.outcome);
  const started = knownValues(states.map(({ startedAt }) => startedAt));
  const threads = knownValues(states.map((state) => state.threads));
  return {
    client,
    clientIds: clients.map(({ clientId }) => clientId),
    responding: outcomes.includes('unresponsive') ? false : outcomes.includes('answered') ? true : null,
    threads: threads.length > 0 ? sum(threads) : null,
    busyRatio: busyOf(states),
    startedAt: started.length > 0 ? Math.min(...started) : null,
    kinds: distinctKinds(clients),
    topics: topicsOf(states).filter(({ topic }) => topics.has(topic)),
  };
}

/** The busy ratio of all threads together; null if it is unknown for one of the clients. */
function busyOf(states: readonly ClientState[]): number | null {
  const withThreads = states.filter(({ threads }) => threads !== null);
  const ratios = knownValues(withThreads.map(busyRatio));
  if (ratios.length === 0 || ratios.length < withThreads.length) return null;
  const threads = sum(withThreads.map((state) => state.threads ?? 0));
  return sum(withThreads.map((state, index) => (ratios[index] ?? 0) * (state.threads ?? 0))) / threads;
}

/** Each distinct version, language and type once. The type of a client that did not answer is unknown. */
function distinctKinds(clients: readonly ClientReading[]): ProcessReport['kinds'] {
  const kinds = clients.flatMap(({ answer, version, language, address }): ProcessKind[] => {
    if (answer.outcome !== 'answered' || answer.state.type === null) return [];
    const { type } = answer.state;
    return [{ version: answer.state.version ?? version ?? '', language: language ?? '', type, address: address ?? '' }];
  });
  return [...new Map(kinds.map((kind) => [JSON.stringify(kind), kind])).values()];
}

function topicsOf(states: readonly ClientState[]): ProcessOnTopic[] {
  const topics = new Set(states.flatMap(({ activity, queues, popped }) => [...activity, ...queues, ...popped].map(({ topic }) => topic)));
  return [...topics].sort(compare).map((topic) => {
    const activity = states.flatMap((state) => state.activity.filter((entry) => entry.topic === topic));
    const owned = states.flatMap((state) =>
      state.queues.filter((queue) => queue.topic === topic).map((queue) => ({ queue, idle: idleSeconds(queue, state) })),
    );
    const popped = states.flatMap((state) => state.popped.filter((messages) => messages.topic === topic));
    const idle = knownValues(owned.map((queue) => queue.idle));
    const calls = states.flatMap((state) =>
      state.activity
        .filter((entry) => entry.topic === topic)
        .map((entry) => ({ perSecond: endedPerSecond(entry) / state.messagesPerCall, seconds: entry.secondsPerCall })),
    );
    const callsPerSecond = sum(calls.map(({ perSecond }) => perSecond));
    const hasRates = activity.length > 0;
    return {
      topic,
      consumedPerSecond: hasRates ? sum(activity.map((entry) => entry.consumedPerSecond)) : null,
      failedPerSecond: hasRates ? sum(activity.map((entry) => entry.failedPerSecond)) : null,
      pulledPerSecond: hasRates ? sum(activity.map((entry) => entry.pulledPerSecond)) : null,
      // If no call has ended, its duration is unknown.
      secondsPerCall: callsPerSecond > 0 ? sum(calls.map(({ perSecond, seconds }) => perSecond * seconds)) / callsPerSecond : null,
      cachedMessages:
        owned.length + popped.length > 0 ? sum([...owned.map(({ queue }) => queue), ...popped].map(({ inHand }) => inHand)) : null,
      idleSeconds: idle.length > 0 && idle.length === owned.length && popped.every(({ inHand }) => inHand === 0) ? Math.max(...idle) : null,
    };
  });
}

/** Whether the processes of a group agree. Null is unknown: a process that did not answer may differ. */
export function reportConsistency(consumerGroup: string, processes: GroupProcesses): GroupConsistency {
  const everyone = everyoneAnswered(processes);
  const differ = differenceOf(processes.clients) !== undefined;
  const duplicates = processes.clients.filter(isDuplicate).length;
  return {
    consumerGroup,
    subscriptionsDiffer: differ || everyone ? differ : null,
    duplicateClientIds: duplicates > 0 || everyone ? duplicates : null,
  };
}

/**
 * The number of connected processes that own no queue of a topic. POP clients take from all queues without owning one. Null if
 * unknown: not everybody who is connected is known, or a process that did not answer may own a queue whose row names nobody.
 */
export function countIdleProcesses(topic: string, rows: readonly QueueReading[], { complete, clients }: GroupProcesses): number | null {
  if (!complete || clients.length === 0) return null;
  const rowOwners = new Set(rows.map(({ clientId }) => clientId));
  const isEveryOwnerKnown = !rowOwners.has(null);
  const processes = new Map<string, boolean>();
  for (const { clientId, answer } of clients) {
    const takesPart = rowOwners.has(clientId) || (answer.outcome === 'answered' && isPartOf(topic, answer.state));
    if (!takesPart && answer.outcome !== 'answered' && !isEveryOwnerKnown) return null;
    const { ip, pid } = parseClientId(clientId);
    const name = JSON.stringify([ip, pid]);
    processes.set(name, takesPart || (processes.get(name) ?? false));
  }
  return [...processes.values()].filter((takesPart) => !takesPart).length;
}

function isPartOf(topic: string, { queues, popped }: ClientState): boolean {
  return queues.some((queue) => queue.topic === topic) || popped.some((messages) => messages.topic === topic);
}

/** The number of clients by the outcome of asking them. */
export function countProcesses({ groups, elsewhere }: ProcessReadings): ProcessCounts {
  const counts = { answered: 0, unresponsive: 0, failed: elsewhere.failed, unasked: elsewhere.unasked };
  for (const { clients } of groups.values()) for (const { answer } of clients) counts[answer.outcome] += 1;
  return counts;
}

/** Whether all processes of the group are known and answered. */
export function everyoneAnswered({ complete, clients }: GroupProcesses): boolean {
  return complete && clients.length > 0 && clients.every((client) => !isDuplicate(client) && client.answer.outcome === 'answered');
}

/** Whether several processes have the same client id. Each of them takes the queues of all of them. */
export function isDuplicate({ clientId, addresses }: ClientReading): boolean {
  return addresses > 1 && !hasNanotime(clientId);
}

/** The clients that answered, with their answers. */
export function clientsThatAnswered(
  clients: readonly ClientReading[],
): readonly { readonly client: ClientReading; readonly state: ClientState }[] {
  return clients.flatMap((client) => (client.answer.outcome === 'answered' ? [{ client, state: client.answer.state }] : []));
}

/** Two clients of one group with different subscriptions. */
export interface Difference {
  readonly first: ClientReading;
  readonly second: ClientReading;
  readonly topic: string;
  /** Null if the client does not subscribe to the topic at all. */
  readonly firstExpression: string | null;
  readonly secondExpression: string | null;
}

/**
 * A difference between the subscriptions of a group's clients; undefined if those that answered agree. Only the clients
 * themselves show it, because a broker keeps the last subscription that it heard.
 */
export function differenceOf(clients: readonly ClientReading[]): Difference | undefined {
  const subscribers = clientsThatAnswered(clients)
    .map(({ client, state }) => ({ client, topics: byTopic(state.subscriptions) }))
    // A client that assigns queues by hand subscribes to nothing, so it cannot differ.
    .filter(({ topics }) => topics.size > 0)
    .sort((a, b) => compare(a.client.clientId, b.client.clientId));
  const [first, ...others] = subscribers;
  if (first === undefined) return undefined;
  for (const other of others) {
    const topics = [...new Set([...first.topics.keys(), ...other.topics.keys()])].sort(compare);
    const topic = topics.find((name) => first.topics.get(name) !== other.topics.get(name));
    if (topic !== undefined)
      return {
        first: first.client,
        second: other.client,
        topic,
        firstExpression: first.topics.get(topic) ?? null,
        secondExpression: other.topics.get(topic) ?? null,
      };
  }
  return undefined;
}

/** The expression of each topic. Every process subscribes to its group's retry topic by itself, so retry topics are left out. */
function byTopic(subscriptions: readonly TopicSubscription[]): Map<string, string> {
  return new Map(
    subscriptions.filter(({ topic }) => !isRetryTopic(topic)).map((subscription) => [subscription.topic, expressionOf(subscription)]),
  );
}

/** The expression in one spelling: the order of tags and the blanks between them have no meaning. */
function expressionOf({ expressionType, expression }: TopicSubscription): string {
  if (expressionType !== 'TAG') return `${expressionType} ${expression}`;
  const tags = expression
    .split('||')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
  return [...new Set(tags)].sort(compare).join(' || ') || '*';
}
