import { compare } from '../base/names.ts';
import { largestKnown, sum } from '../base/numbers.ts';
import { brokerProblem } from './brokers.ts';
import {
  activityOn,
  BLOCKED_AFTER_SECONDS,
  blockedSeconds,
  busyRatio,
  endedPerSecond,
  inHandOn,
  isBlocked,
  isSaturated,
  SATURATED_BUSY_RATIO,
  secondsSinceTaken,
  workingThreads,
} from './client-load.ts';
import { consumedAge } from './delay.ts';
import { count, firstOf, percent, processName, rate, several, span } from './format.ts';
import { queueBacklog } from './groups.ts';
import {
  type AnsweringClient,
  allOwners,
  answeringClients,
  byName,
  formatBacklog,
  formatQueue,
  type LaggingGroup,
  unowned,
} from './lagging-group.ts';
import { type Difference, differenceOf, everyoneAnswered, isDuplicate } from './process-stats.ts';
import type { ClientReading, ClientState, OwnedQueue, QueueReading } from './readings.ts';

/** The rule of each reason. It returns its evidence, or undefined if the reason does not hold. */

/**
 * No broker knows a client. A gRPC group looks like this while it consumes. So the rule needs a group that is known to be
 * offline, or brokers that cannot have gRPC clients.
 */
export function nobodyOnline({ processes, presence, queues }: LaggingGroup): string | undefined {
  if (!processes.complete || processes.clients.length > 0 || queues.some(({ clientId }) => clientId !== null)) return undefined;
  if (presence?.kind === 'online' || (presence?.kind !== 'offline' && processes.mayHaveGrpcClients)) return undefined;
  return `no process of it is connected to any broker that holds its queues; ${formatBacklog(queues)}`;
}

/** Processes with one client id each take the queues of all of them, and leave the others without a reader. */
export function duplicateClientId({ processes, queues }: LaggingGroup): string | undefined {
  const [first] = byName(processes.clients).filter(isDuplicate);
  if (first === undefined) return undefined;
  return `${several(first.addresses, 'process')} have the client id ${first.clientId} and take the same queues; ${formatBacklog(unowned(queues))} on queues that nobody reads`;
}

export function subscriptionsDiffer({ processes }: LaggingGroup): string | undefined {
  const difference = differenceOf(processes.clients);
  return difference && describe(difference);
}

function describe({ first, second, topic, firstExpression, secondExpression }: Difference): string {
  const sentence = (client: ClientReading, expression: string | null) =>
    `${processName(client.clientId)} ${expression === null ? `does not subscribe to ${topic}` : `subscribes to ${topic} with ${expression}`}`;
  return `${sentence(first, firstExpression)}, ${sentence(second, secondExpression)}: messages that only one of them wants are lost when the other gets them`;
}

export function unresponsive({ processes, queues, brokers }: LaggingGroup): string | undefined {
  const silent = byName(processes.clients).filter(({ answer }) => answer.outcome === 'unresponsive');
  if (silent.length === 0) return undefined;
  return `${firstOf(silent.map(({ clientId }) => clientId))} is connected and does not answer: it hangs, or its machine does${badBrokers(queues, brokers)}`;
}

/** A process has messages of the topic in hand and has finished none of the topic for a minute. */
export function blocked({ topic, processes }: LaggingGroup): string | undefined {
  const blockedClients = answeringClients(processes).flatMap(({ client, state }) =>
    isBlocked(topic, state) ? [{ clientId: client.clientId, inHand: inHandOn(topic, state), seconds: blockedSeconds(topic, state) }] : [],
  );
  const [worst, ...others] = blockedClients.sort((a, b) => b.seconds - a.seconds || compare(a.clientId, b.clientId));
  if (worst === undefined) return undefined;
  const more = others.length > 0 ? `; ${several(others.length, 'more process', 'more processes')} as well` : '';
  return `${processName(worst.clientId)} holds ${several(worst.inHand, 'message', 'messages')} and has finished none for ${span(worst.seconds)}${more}`;
}

/** A queue whose last consumed message is older than this may be stuck; one whose last message is younger than a minute flows. */
const STUCK_AFTER_SECONDS = 300;
const CURRENT_WITHIN_SECONDS = 60;

/**
 * One queue of a process does not move: the message at its committed offset is in hand, and the last one before it is old. The
 * other queues of the process are current. Threads that are busy all the time reach some queues late, which is not this.
 */
export function stuckQueue(group: LaggingGroup): string | undefined {
  const stuck = answeringClients(group.processes).flatMap((owner) => stuckQueuesOf(owner, group));
  const [worst, ...others] = stuck.sort(
    (a, b) => queueBacklog(b.row) - queueBacklog(a.row) || compare(formatQueue(a.row), formatQueue(b.row)),
  );
  if (worst === undefined) return undefined;
  const { owner, row, seconds } = worst;
  const failed = activityOn(group.topic, owner.state)?.failedPerSecond ?? 0;
  const failures = `; failures: ${failed > 0 ? `${rate(failed)} a second` : 'none'}`;
  const more = others.length > 0 ? `; ${several(others.length, 'more queue', 'more queues')} as well` : '';
  return `${formatQueue(row)} of ${processName(owner.client.clientId)} does not move, while its other queues do: ${formatBacklog([row])} on it, and the last message consumed is ${seconds}${failures}${more}`;
}

interface StuckQueue {
  readonly owner: AnsweringClient;
  readonly row: QueueReading;
  /** The age of its last consumed message, as a text. */
  readonly seconds: string;
}

function stuckQueuesOf(owner: AnsweringClient, { topic, queues, now, brokers }: LaggingGroup): StuckQueue[] {
  const activity = activityOn(topic, owner.state);
  if (activity === undefined || endedPerSecond(activity) === 0 || isSaturated(owner.state)) return [];
  const stuck: StuckQueue[] = [];
  let current = 0;
  for (const row of queues) {
    if (row.clientId !== owner.client.clientId) continue;
    const owned = ownedQueueOf(row, topic, owner.state);
    const age = ageOf(row, now, brokers.get(row.broker)?.earliestMessageAt ?? null);
    if (owned === undefined) return [];
    if (leftByOwner(row, owned) === 0 || age.atMost < CURRENT_WITHIN_SECONDS) current += 1;
    else if (
      age.atLeast > Math.max(STUCK_AFTER_SECONDS, 2 * activity.secondsPerCall) &&
      owned.inHand > 0 &&
      owned.finishedOffset === row.consumerOffset
    )
      stuck.push({ owner, row, seconds: age.isExact ? `${span(age.atLeast)} old` : `older than ${span(age.atLeast)}` });
    else return [];
  }
  return current > 0 ? stuck : [];
}

/** Deleted messages have no time, and are older than the earliest message that their broker still has. */
function ageOf(row: QueueReading, now: number, earliestMessageAt: number | null) {
  const age = consumedAge(row, now, { reportsTimes: true });
  if (typeof age === 'number') return { atLeast: age, atMost: age, isExact: true };
  const isDeleted = row.lastTimestamp === null && row.consumerOffset > 0 && earliestMessageAt !== null;
  const atLeast = isDeleted ? Math.max(0, ((row.readAt ?? now) - earliestMessageAt) / 1000) : 0;
  return { atLeast, atMost: Infinity, isExact: false };
}

function ownedQueueOf({ broker, queueId }: QueueReading, topic: string, { queues }: ClientState): OwnedQueue | undefined {
  return queues.find((owned) => owned.topic === topic && owned.broker === broker && owned.queueId === queueId);
}

/** The backlog of a queue by its owner's own offset, which is newer than the broker's. */
function leftByOwner(row: QueueReading, { finishedOffset }: OwnedQueue): number {
  return queueBacklog({ ...row, consumerOffset: Math.max(row.consumerOffset, finishedOffset ?? 0) });
}

/** At least half of the messages that ended in the last minute failed. */
export function failing({ topic, processes }: LaggingGroup): string | undefined {
  const processesOnTopic = answeringClients(processes).flatMap(({ client, state }) => {
    const activity = activityOn(topic, state);
    return activity ? [{ client, failed: activity.failedPerSecond, ended: endedPerSecond(activity) }] : [];
  });
  const failed = sum(processesOnTopic.map((process) => process.failed));
  const ended = sum(processesOnTopic.map((process) => process.ended));
  if (failed === 0 || failed < ended / 2) return undefined;
  const whose = processesOnTopic
    .filter((process) => process.failed > 0)
    .sort((a, b) => b.failed - a.failed || compare(a.client.clientId, b.client.clientId));
  return `${percent(failed / ended)} of what ended in the last minute failed, ${rate(failed)} messages a second, at ${firstOf(whose.map(({ client }) => client.clientId))}`;
}

/** Every process that owns backlog is busy all the time. */
export function saturated({ topic, queues, processes, expectedQueues }: LaggingGroup): string | undefined {
  const owners = queueOwners(topic, queues, processes);
  if (owners === undefined || !owners.every(({ state }) => isSaturated(state))) return undefined;
  const [first] = owners;
  if (first === undefined) return undefined;
  const { state } = first;
  const threads = sum(owners.map((owner) => workingThreads(owner.state) ?? 0));
  const perSecond = sum(owners.map((owner) => activityOn(topic, owner.state)?.consumedPerSecond ?? 0));
  const seconds = activityOn(topic, state)?.secondsPerCall ?? 0;
  const whose = firstOf(owners.map(({ client }) => client.clientId));
  const ratio = busyRatio(state) ?? 0;
  const busy =
    ratio < SATURATED_BUSY_RATIO
      ? `has every thread at work and ${several(inHandOn(topic, state), 'message', 'messages')} in hand`
      : `is ${percent(ratio)} busy`;
  const help = whatHelps(owners, processes.clients.length, Math.max(queues.length, expectedQueues ?? 0));
  return `${whose} ${busy}: ${several(threads, 'thread', 'threads')}, ${span(seconds)} a call, ${rate(perSecond)} messages a second; ${help}`;
}

/** The owners of all backlog. POP clients own no queue: all of them take from all queues. */
function queueOwners(topic: string, queues: readonly QueueReading[], processes: LaggingGroup['processes']) {
  const owners = allOwners(queues, processes);
  if (owners !== undefined || queues.some(({ clientId }) => clientId !== null) || !everyoneAnswered(processes)) return owners;
  const clients = answeringClients(processes);
  return clients.every(({ state }) => state.popped.some((popped) => popped.topic === topic)) ? clients : undefined;
}

/** Threads help, and processes as long as each gets a queue. Neither helps an orderly process with a thread for each queue. */
function whatHelps(owners: readonly AnsweringClient[], processes: number, queues: number): string {
  if (owners.every(({ state }) => state.popped.length > 0)) return 'more threads or processes would help';
  const everyQueueHasThread = owners.every(({ state }) => state.type === 'orderly' && (workingThreads(state) ?? 0) < (state.threads ?? 0));
  if (everyQueueHasThread)
    return `more threads or processes would find no queue: an orderly consumer works on one message of a queue at a time, and the topic has ${several(queues, 'queue', 'queues')}`;
  return queues <= processes
    ? `more threads would help; more processes would get no queue: the topic has ${count(queues)}`
    : `more threads would help, and up to ${several(queues - processes, 'more process', 'more processes')}`;
}

/**
 * A process owns queues with backlog, has nothing of them in hand, pulls nothing and does not move on. A consumer whose filter
 * matches nothing pulls nothing either, but its offsets advance.
 */
export function starved({ topic, queues, processes, brokers, now }: LaggingGroup): string | undefined {
  for (const { client, state } of answeringClients(processes)) {
    const activity = activityOn(topic, state);
    if (activity === undefined || activity.pulledPerSecond > 0 || inHandOn(topic, state) > 0) continue;
    const rows = queues.filter(({ clientId }) => clientId === client.clientId);
    if (rows.some((row) => isMoving(row, topic, state, now))) continue;
    const left = sum(rows.map((row) => leftOn(row, topic, state)));
    if (left === 0) continue;
    return `${several(left, 'message', 'messages')} wait on queues of ${processName(client.clientId)}, which has none in hand and pulled none in the last minute${badBrokers(rows, brokers)}`;
  }
  return undefined;
}

/** Whether the owner is further than the broker knows, or the broker's offset is that of a message of the last minute. */
function isMoving(row: QueueReading, topic: string, state: ClientState, now: number): boolean {
  const finished = ownedQueueOf(row, topic, state)?.finishedOffset ?? 0;
  const age = consumedAge(row, now, { reportsTimes: true });
  return finished > row.consumerOffset || (typeof age === 'number' && age < CURRENT_WITHIN_SECONDS);
}

/** What the owner has left of a queue; 0 if it has had the queue for less than a minute. */
function leftOn(row: QueueReading, topic: string, state: ClientState): number {
  const owned = ownedQueueOf(row, topic, state);
  if (owned === undefined || owned.finishedOffset === null || (secondsSinceTaken(owned, state) ?? 0) < BLOCKED_AFTER_SECONDS) return 0;
  return leftByOwner(row, owned);
}

/** All processes are known and answered, no reason above holds, and they finish messages or skip those that they filter out. */
export function catchingUp({ topic, queues, processes, now }: LaggingGroup): string | undefined {
  if (!everyoneAnswered(processes) || queueOwners(topic, queues, processes) === undefined) return undefined;
  const clients = answeringClients(processes);
  const perSecond = sum(clients.map(({ state }) => activityOn(topic, state)?.consumedPerSecond ?? 0));
  if (perSecond > 0)
    return `${several(clients.length, 'process finishes', 'processes finish')} ${rate(perSecond)} messages a second; ${formatBacklog(queues)}`;
  const finished = sum(clients.map(({ state }) => finishedSince(queues, topic, state)));
  if (finished > 0)
    return `${several(clients.length, 'process')} finished ${several(finished, 'message', 'messages')} in the last seconds; ${formatBacklog(queues)}`;
  const ages = queues.filter((row) => queueBacklog(row) > 0).map((row) => consumedAge(row, now, { reportsTimes: true }));
  const known = ages.filter((age) => typeof age === 'number');
  const oldest = known.length === ages.length ? largestKnown(known) : null;
  if (oldest === null || oldest >= CURRENT_WITHIN_SECONDS) return undefined;
  return `its offsets advance: on each queue the last message that it consumed or filtered out is at most ${span(oldest)} old; ${formatBacklog(queues)}`;
}

/** Messages that a client has finished and not yet committed to the broker. */
function finishedSince(queues: readonly QueueReading[], topic: string, state: ClientState): number {
  return sum(queues.map((row) => Math.max(0, (ownedQueueOf(row, topic, state)?.finishedOffset ?? 0) - row.consumerOffset)));
}

/** The answer that is missing to know the reason. */
export function whatIsMissing({ topic, queues, processes, brokers }: LaggingGroup): string {
  const { clients, complete } = processes;
  const bad = badBrokers(queues, brokers);
  if (!complete) return `not every broker that holds its queues said who is connected${bad}`;
  if (clients.length === 0) return `brokers know no process of it, and gRPC clients look like that while they consume${bad}`;
  const silent = byName(clients).filter(({ answer }) => answer.outcome !== 'answered');
  if (silent.length > 0)
    return `${several(silent.length, 'process')} of ${count(clients.length)} did not say: ${firstOf(silent.map(({ clientId }) => clientId))}${bad}`;
  const gone = queues.flatMap(({ clientId }) =>
    clientId !== null && !clients.some((client) => client.clientId === clientId) ? [clientId] : [],
  );
  if (gone.length > 0)
    return `${processName(gone.sort(compare)[0] ?? '')} holds queues of it, and is connected to no broker that holds them${bad}`;
  if (queueOwners(topic, queues, processes) === undefined)
    return `${formatBacklog(unowned(queues))} on queues of which no process is known${bad}`;
  return `${several(clients.length, 'process')} said nothing that explains it${bad}`;
}

/** What is bad about the brokers of queues with backlog, to follow a sentence; empty if nothing is. */
function badBrokers(queues: readonly QueueReading[], brokers: LaggingGroup['brokers']): string {
  const names = [...new Set(queues.filter((queue) => queueBacklog(queue) > 0).map(({ broker }) => broker))].sort(compare);
  return names
    .map((name) => {
      const broker = brokers.get(name);
      const problem = broker && brokerProblem(broker);
      return problem === undefined ? '' : `; at ${name}, ${problem}`;
    })
    .join('');
}
