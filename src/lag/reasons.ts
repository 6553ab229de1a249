import { compare } from '../base/names.ts';
import { count, firstOf, percent, processName, rate, several, span } from './format.ts';
import { type GroupEvidence, presenceOf, queueBacklog } from './groups.ts';
import { allOwners, answeringClients, byName, formatBacklog, type LaggingGroup, unowned, withReportedOwners } from './lagging-group.ts';
import {
  activityOn,
  BLOCKED_AFTER_SECONDS,
  blockedQueues,
  busyRatio,
  countProcesses,
  type Difference,
  differenceOf,
  endedPerSecond,
  everyoneAnswered,
  idleSeconds,
  isSaturated,
  reportConsistency,
  reportProcesses,
  secondsSinceFinish,
} from './process-stats.ts';
import type { ClientReading, ClientState, ClusterReadings, QueueReading } from './readings.ts';
import type { Diagnosis, Reason, ReasonReport, Report } from './report.ts';

/** Returns the evidence of a reason; undefined if the reason does not hold. */
type Rule = (group: LaggingGroup) => string | undefined;

/** The first that holds is the reason. A cause stands above its symptoms, which look like reasons of their own. */
const RULES: readonly (readonly [Reason, Rule])[] = [
  ['nobody-online', nobodyOnline],
  ['duplicate-client-id', duplicateClientId],
  ['subscriptions-differ', subscriptionsDiffer],
  ['unresponsive', unresponsive],
  ['blocked', blocked],
  ['failing', failing],
  ['saturated', saturated],
  ['starved', starved],
  ['catching-up', catchingUp],
];

/**
 * Why a group is behind on a topic. Pure, and independent of the order of queues and clients. A client that was not asked or
 * did not answer may be the cause, so its group is never `catching-up`.
 */
export function diagnose(group: LaggingGroup): Diagnosis {
  for (const [reason, rule] of RULES) {
    const because = rule(group);
    if (because !== undefined) return { reason, because };
  }
  return { reason: 'unknown', because: whatIsMissing(group) };
}

/**
 * No broker knows a client. A gRPC group looks like this while it consumes. So the rule needs a group that is known to be
 * offline, or brokers that cannot have gRPC clients.
 */
export function nobodyOnline({ processes, presence, queues }: LaggingGroup): string | undefined {
  if (!processes.complete || processes.clients.length > 0 || queues.some(({ clientId }) => clientId !== null)) return undefined;
  if (presence?.kind === 'online' || (presence?.kind !== 'offline' && processes.mayHaveGrpcClients)) return undefined;
  return `no process of it is connected to any broker that holds its queues; ${formatBacklog(queues)}`;
}

export function duplicateClientId({ processes, queues }: LaggingGroup): string | undefined {
  const twice = byName(processes.clients).filter(({ addresses }) => addresses > 1);
  const [first] = twice;
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

export function unresponsive({ processes }: LaggingGroup): string | undefined {
  const silent = byName(processes.clients).filter(({ answer }) => answer.outcome === 'unresponsive');
  if (silent.length === 0) return undefined;
  return `${firstOf(silent.map(({ clientId }) => clientId))} is connected and does not answer: it hangs, or its machine does`;
}

/** A process has messages in hand and has finished none for a minute. */
export function blocked({ topic, processes }: LaggingGroup): string | undefined {
  const stuck = answeringClients(processes).flatMap(({ client, state }) => {
    const queues = blockedQueues(topic, state);
    if (queues.length === 0) return [];
    const inHand = queues.reduce((sum, queue) => sum + queue.inHand, 0);
    return [{ clientId: client.clientId, inHand, idle: Math.max(...queues.map((queue) => idleSeconds(queue, state) ?? 0)) }];
  });
  const [worst, ...others] = stuck.sort((a, b) => b.idle - a.idle || compare(a.clientId, b.clientId));
  if (worst === undefined) return undefined;
  const more = others.length > 0 ? `; ${several(others.length, 'more process', 'more processes')} as well` : '';
  return `${processName(worst.clientId)} holds ${several(worst.inHand, 'message', 'messages')} and has finished none for ${span(worst.idle)}${more}`;
}

/** At least half of the messages that ended in the last minute failed. */
export function failing({ topic, processes }: LaggingGroup): string | undefined {
  const processesOnTopic = answeringClients(processes).flatMap(({ client, state }) => {
    const activity = activityOn(topic, state);
    return activity ? [{ client, failed: activity.failedPerSecond, ended: endedPerSecond(activity) }] : [];
  });
  const failed = processesOnTopic.reduce((sum, process) => sum + process.failed, 0);
  const ended = processesOnTopic.reduce((sum, process) => sum + process.ended, 0);
  if (failed === 0 || failed < ended / 2) return undefined;
  const whose = processesOnTopic
    .filter((process) => process.failed > 0)
    .sort((a, b) => b.failed - a.failed || compare(a.client.clientId, b.client.clientId));
  return `${percent(failed / ended)} of what ended in the last minute failed, ${rate(failed)} messages a second, at ${firstOf(whose.map(({ client }) => client.clientId))}`;
}

/** Every process that owns backlog is busy all the time. */
export function saturated({ topic, queues, processes }: LaggingGroup): string | undefined {
  const owners = allOwners(queues, processes);
  if (owners === undefined || !owners.every(({ state }) => isSaturated(state))) return undefined;
  const [first] = owners;
  if (first === undefined) return undefined;
  const { client, state } = first;
  const threads = owners.reduce((sum, owner) => sum + (owner.state.threads ?? 0), 0);
  const perSecond = owners.reduce((sum, owner) => sum + (activityOn(topic, owner.state)?.consumedPerSecond ?? 0), 0);
  const seconds = activityOn(topic, state)?.secondsPerCall ?? 0;
  const whose = firstOf([client, ...owners.slice(1).map((owner) => owner.client)].map(({ clientId }) => clientId));
  return `${whose} is ${percent(busyRatio(state) ?? 0)} busy: ${several(threads, 'thread', 'threads')}, ${span(seconds)} a call, ${rate(perSecond)} messages a second`;
}

/** A process owns queues with backlog, has nothing of them in hand and pulls nothing. */
export function starved({ topic, queues, processes }: LaggingGroup): string | undefined {
  for (const { client, state } of answeringClients(processes)) {
    const activity = activityOn(topic, state);
    const inHand = state.queues.some((queue) => queue.topic === topic && queue.inHand > 0);
    if (activity === undefined || activity.pulledPerSecond > 0 || inHand) continue;
    const left = queues.filter(({ clientId }) => clientId === client.clientId).reduce((sum, queue) => sum + leftOn(queue, topic, state), 0);
    if (left === 0) continue;
    return `${several(left, 'message', 'messages')} wait on queues of ${processName(client.clientId)}, which has none in hand and pulled none in the last minute`;
  }
  return undefined;
}

/**
 * The backlog of a queue by its owner's own offset, which is newer than the broker's; 0 if the owner has had the queue for
 * less than a minute.
 */
function leftOn(queue: QueueReading, topic: string, state: ClientState): number {
  const owned = state.queues.find((entry) => entry.topic === topic && entry.broker === queue.broker && entry.queueId === queue.queueId);
  if (owned === undefined || owned.finishedOffset === null || (secondsSinceFinish(owned, state) ?? 0) < BLOCKED_AFTER_SECONDS) return 0;
  return queueBacklog({ ...queue, consumerOffset: Math.max(queue.consumerOffset, owned.finishedOffset) });
}

/** All processes are known and answered, no reason above holds, and they finish messages. */
export function catchingUp({ topic, queues, processes }: LaggingGroup): string | undefined {
  if (!everyoneAnswered(processes) || allOwners(queues, processes) === undefined) return undefined;
  const clients = answeringClients(processes);
  const perSecond = clients.reduce((sum, { state }) => sum + (activityOn(topic, state)?.consumedPerSecond ?? 0), 0);
  if (perSecond > 0)
    return `${several(clients.length, 'process finishes', 'processes finish')} ${rate(perSecond)} messages a second; ${formatBacklog(queues)}`;
  const finished = clients.reduce((sum, { state }) => sum + finishedSince(queues, topic, state), 0);
  if (finished === 0) return undefined;
  return `${several(clients.length, 'process')} finished ${several(finished, 'message', 'messages')} in the last seconds; ${formatBacklog(queues)}`;
}

/** Messages that a client has finished and not yet committed to the broker. */
function finishedSince(queues: readonly QueueReading[], topic: string, state: ClientState): number {
  let finished = 0;
  for (const owned of state.queues) {
    const row =
      owned.topic === topic ? queues.find((queue) => queue.broker === owned.broker && queue.queueId === owned.queueId) : undefined;
    if (row !== undefined && owned.finishedOffset !== null) finished += Math.max(0, owned.finishedOffset - row.consumerOffset);
  }
  return finished;
}

/** The answer that is missing to know the reason. */
export function whatIsMissing({ queues, processes }: LaggingGroup): string {
  const { clients, complete } = processes;
  if (!complete) return 'not every broker that holds its queues said who is connected';
  if (clients.length === 0) return 'brokers know no process of it, and gRPC clients look like that while they consume';
  const silent = byName(clients).filter(({ answer }) => answer.outcome !== 'answered');
  if (silent.length > 0)
    return `${several(silent.length, 'process')} of ${count(clients.length)} did not say: ${firstOf(silent.map(({ clientId }) => clientId))}`;
  const gone = queues.flatMap(({ clientId }) =>
    clientId !== null && !clients.some((client) => client.clientId === clientId) ? [clientId] : [],
  );
  if (gone.length > 0)
    return `${processName(gone.sort(compare)[0] ?? '')} holds queues of it, and is connected to no broker that holds them`;
  if (allOwners(queues, processes) === undefined) return `${formatBacklog(unowned(queues))} on queues of which no process is known`;
  return `${several(clients.length, 'process')} said nothing that explains it`;
}

type ReasonParts = Pick<Report, 'reasons' | 'processes' | 'consistency' | 'processCounts'>;

/**
 * Starts one tick's reasons. `addOwners` takes the rows of a group on a topic, and returns them with the owners that the
 * group's clients report. `result` returns the reason of each group that is behind, and its processes.
 */
export function startReasons(
  { processes, groups }: Pick<ClusterReadings, 'processes' | 'groups'>,
  evidence: ReadonlyMap<string, GroupEvidence>,
) {
  const lagging: LaggingGroup[] = [];
  /** The topics of each group that this tick read. What its processes do on other topics (ignored, another shard's) is not reported. */
  const topicsOf = new Map<string, Set<string>>();

  function addOwners(topic: string, consumerGroup: string, queues: readonly QueueReading[]): readonly QueueReading[] {
    const group = processes?.groups.get(consumerGroup);
    if (group === undefined) return queues;
    const topics = topicsOf.get(consumerGroup) ?? new Set();
    topicsOf.set(consumerGroup, topics.add(topic));
    const rows = withReportedOwners(topic, queues, group);
    const answer = groups.get(consumerGroup);
    const evidenceOfGroup = evidence.get(consumerGroup);
    const presence = answer?.answered && evidenceOfGroup ? presenceOf(answer, evidenceOfGroup) : undefined;
    if (rows.some((queue) => queueBacklog(queue) > 0)) lagging.push({ topic, consumerGroup, queues: rows, presence, processes: group });
    return rows;
  }

  function result(): ReasonParts {
    const askedGroups = [...(processes?.groups ?? [])].flatMap(([consumerGroup, group]) => {
      const topics = topicsOf.get(consumerGroup);
      return topics === undefined ? [] : [{ consumerGroup, group, topics }];
    });
    return {
      reasons: lagging.map((group): ReasonReport => ({ topic: group.topic, consumerGroup: group.consumerGroup, ...diagnose(group) })),
      processes: askedGroups.flatMap(({ consumerGroup, group, topics }) => reportProcesses(consumerGroup, group, topics)),
      consistency: askedGroups.map(({ consumerGroup, group }) => reportConsistency(consumerGroup, group)),
      processCounts: processes && countProcesses(processes),
    };
  }

  return { addOwners, result };
}
