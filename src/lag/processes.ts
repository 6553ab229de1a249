import { everyoneAnswered } from './case.ts';
import { type Client, parseClientId } from './client-id.ts';
import { busyRatio, endedPerSecond, idleSeconds } from './measures.ts';
import { compare } from './order.ts';
import type { ClientReading, ClientState, GroupProcesses, ProcessReadings } from './readings.ts';
import type { GroupConsistency, ProcessCounts, ProcessOnTopic, ProcessReport } from './report.ts';
import { differenceOf } from './subscriptions.ts';

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
  const started = known(states.map(({ startedAt }) => startedAt));
  const threads = known(states.map((state) => state.threads));
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
  const ratios = known(withThreads.map(busyRatio));
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
    const idle = known(held.map((queue) => queue.idle));
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

const known = <T>(values: readonly (T | null)[]): T[] => values.filter((value) => value !== null);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
