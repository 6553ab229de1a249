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

/** Each gives its evidence, or undefined where it does not hold. */
type Rule = (of: LaggingGroup) => string | undefined;

/** The first that holds is the reason: what makes the ones below it look different stands above them. */
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
 * Why a group is behind on a topic. Pure, and independent of the order of queues and clients. A client that was not
 * asked or did not answer is evidence of nothing: with one of those a group is never `catching-up`.
 */
export function diagnose(of: LaggingGroup): Diagnosis {
  for (const [reason, rule] of RULES) {
    const because = rule(of);
    if (because !== undefined) return { reason, because };
  }
  return { reason: 'unknown', because: whatIsMissing(of) };
}

/** One small rule for each reason why a group is behind. Each gives its evidence, or undefined where it does not hold. */

/**
 * No broker knows a client. A gRPC group looks like that while it consumes, so it counts only where the group is known
 * to be offline, or its brokers cannot have gRPC clients.
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

function describe({ one, other, topic, oneExpression, otherExpression }: Difference): string {
  const says = (client: ClientReading, expression: string | null) =>
    `${processName(client.clientId)} ${expression === null ? `does not subscribe to ${topic}` : `subscribes to ${topic} with ${expression}`}`;
  return `${says(one, oneExpression)}, ${says(other, otherExpression)}: messages that only one of them wants are lost when the other gets them`;
}

export function unresponsive({ processes }: LaggingGroup): string | undefined {
  const silent = byName(processes.clients).filter(({ answer }) => answer.outcome === 'unresponsive');
  if (silent.length === 0) return undefined;
  return `${firstOf(silent.map(({ clientId }) => clientId))} is connected and does not answer: it hangs, or its machine does`;
}

/** Messages in hand, and none finished for a minute. */
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

/** At least half of what ended in the last minute failed. */
export function failing({ topic, processes }: LaggingGroup): string | undefined {
  const busy = answeringClients(processes).flatMap(({ client, state }) => {
    const activity = activityOn(topic, state);
    return activity ? [{ client, failed: activity.failedPerSecond, ended: endedPerSecond(activity) }] : [];
  });
  const failed = busy.reduce((sum, of) => sum + of.failed, 0);
  const ended = busy.reduce((sum, of) => sum + of.ended, 0);
  if (failed === 0 || failed < ended / 2) return undefined;
  const whose = busy.filter((of) => of.failed > 0).sort((a, b) => b.failed - a.failed || compare(a.client.clientId, b.client.clientId));
  return `${percent(failed / ended)} of what ended in the last minute failed, ${rate(failed)} messages a second, at ${firstOf(whose.map(({ client }) => client.clientId))}`;
}

/** Every process that holds backlog is busy all the time. */
export function saturated({ topic, queues, processes }: LaggingGroup): string | undefined {
  const owners = allOwners(queues, processes);
  if (owners === undefined || !owners.every(({ state }) => isSaturated(state))) return undefined;
  const [first] = owners;
  if (first === undefined) return undefined;
  const { client, state } = first;
  const threads = owners.reduce((sum, holder) => sum + (holder.state.threads ?? 0), 0);
  const perSecond = owners.reduce((sum, holder) => sum + (activityOn(topic, holder.state)?.consumedPerSecond ?? 0), 0);
  const seconds = activityOn(topic, state)?.secondsPerCall ?? 0;
  const whose = firstOf([client, ...owners.slice(1).map((holder) => holder.client)].map(({ clientId }) => clientId));
  return `${whose} is ${percent(busyRatio(state) ?? 0)} busy: ${several(threads, 'thread', 'threads')}, ${span(seconds)} a call, ${rate(perSecond)} messages a second`;
}

/** A process holds queues with backlog, has nothing of them in hand and pulls nothing. */
export function starved({ topic, queues, processes }: LaggingGroup): string | undefined {
  for (const { client, state } of answeringClients(processes)) {
    const activity = activityOn(topic, state);
    const inHand = state.queues.some((held) => held.topic === topic && held.inHand > 0);
    if (activity === undefined || activity.pulledPerSecond > 0 || inHand) continue;
    const left = queues.filter(({ clientId }) => clientId === client.clientId).reduce((sum, queue) => sum + leftOn(queue, topic, state), 0);
    if (left === 0) continue;
    return `${several(left, 'message', 'messages')} wait on queues of ${processName(client.clientId)}, which has none in hand and pulled none in the last minute`;
  }
  return undefined;
}

/**
 * Messages of a queue that its holder has not finished, by its own word: what came a moment ago and is done already is
 * not among them, and neither is a queue that it has held for less than a minute.
 */
function leftOn(queue: QueueReading, topic: string, state: ClientState): number {
  const held = state.queues.find((of) => of.topic === topic && of.broker === queue.broker && of.queueId === queue.queueId);
  if (held === undefined || held.finishedOffset === null || (secondsSinceFinish(held, state) ?? 0) < BLOCKED_AFTER_SECONDS) return 0;
  return queueBacklog({ ...queue, consumerOffset: Math.max(queue.consumerOffset, held.finishedOffset) });
}

/** Nothing is wrong with any process that holds backlog, all of them are known, and messages get finished. */
export function catchingUp({ topic, queues, processes }: LaggingGroup): string | undefined {
  if (!everyoneAnswered(processes) || allOwners(queues, processes) === undefined) return undefined;
  const all = answeringClients(processes);
  const perSecond = all.reduce((sum, { state }) => sum + (activityOn(topic, state)?.consumedPerSecond ?? 0), 0);
  if (perSecond > 0)
    return `${several(all.length, 'process finishes', 'processes finish')} ${rate(perSecond)} messages a second; ${formatBacklog(queues)}`;
  const sinceTold = all.reduce((sum, { state }) => sum + finishedSince(queues, topic, state), 0);
  if (sinceTold === 0) return undefined;
  return `${several(all.length, 'process')} finished ${several(sinceTold, 'message', 'messages')} in the last seconds; ${formatBacklog(queues)}`;
}

/** Messages that a client has finished and the broker has not heard of yet. */
function finishedSince(queues: readonly QueueReading[], topic: string, state: ClientState): number {
  let finished = 0;
  for (const held of state.queues) {
    const row = held.topic === topic ? queues.find((queue) => queue.broker === held.broker && queue.queueId === held.queueId) : undefined;
    if (row !== undefined && held.finishedOffset !== null) finished += Math.max(0, held.finishedOffset - row.consumerOffset);
  }
  return finished;
}

/** What it would take to know. */
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

type WhyParts = Pick<Report, 'reasons' | 'processes' | 'consistency' | 'processCounts'>;

/**
 * What a tick's processes say, beside the sums: `holders` gives the rows of a group on a topic with the holders that its
 * clients tell, and remembers them; `result` says why those that are behind are so.
 */
export function startWhy(
  { processes, groups }: Pick<ClusterReadings, 'processes' | 'groups'>,
  evidence: ReadonlyMap<string, GroupEvidence>,
) {
  const cases: LaggingGroup[] = [];
  /** Topics by group: what was not read in this tick (another shard's, an ignored one) is not told of. */
  const read = new Map<string, Set<string>>();

  function owners(topic: string, consumerGroup: string, queues: readonly QueueReading[]): readonly QueueReading[] {
    const asked = processes?.groups.get(consumerGroup);
    if (asked === undefined) return queues;
    const topics = read.get(consumerGroup) ?? new Set();
    read.set(consumerGroup, topics.add(topic));
    const held = withReportedOwners(topic, queues, asked);
    const answer = groups.get(consumerGroup);
    const group = evidence.get(consumerGroup);
    const presence = answer?.answered && group ? presenceOf(answer, group) : undefined;
    if (held.some((queue) => queueBacklog(queue) > 0)) cases.push({ topic, consumerGroup, queues: held, presence, processes: asked });
    return held;
  }

  function result(): WhyParts {
    const asked = [...(processes?.groups ?? [])].flatMap(([consumerGroup, group]) => {
      const topics = read.get(consumerGroup);
      return topics === undefined ? [] : [{ consumerGroup, group, topics }];
    });
    return {
      reasons: cases.map((one): ReasonReport => ({ topic: one.topic, consumerGroup: one.consumerGroup, ...diagnose(one) })),
      processes: asked.flatMap(({ consumerGroup, group, topics }) => reportProcesses(consumerGroup, group, topics)),
      consistency: asked.map(({ consumerGroup, group }) => reportConsistency(consumerGroup, group)),
      processCounts: processes && countProcesses(processes),
    };
  }

  return { owners, result };
}
