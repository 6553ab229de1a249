import { count, percent, processName } from './format.ts';
import { type GroupEvidence, presenceOf, queueBacklog } from './groups.ts';
import { byName, formatQueue, type LaggingGroup, withReportedOwners } from './lagging-group.ts';
import { countIdleProcesses, countProcesses, isDuplicate, reportConsistency, reportProcesses } from './process-stats.ts';
import type { ClusterReadings, GroupProcesses, QueueReading } from './readings.ts';
import {
  blocked,
  catchingUp,
  duplicateClientId,
  failing,
  nobodyOnline,
  saturated,
  starved,
  stuckQueue,
  subscriptionsDiffer,
  unresponsive,
  whatIsMissing,
} from './reason-rules.ts';
import type { Diagnosis, IdleProcesses, Reason, ReasonReport, Report } from './report.ts';

/** Returns the evidence of a reason; undefined if the reason does not hold. */
type Rule = (group: LaggingGroup) => string | undefined;

/** The first that holds is the reason. A cause stands above its symptoms, which look like reasons of their own. */
const RULES: readonly (readonly [Reason, Rule])[] = [
  ['nobody-online', nobodyOnline],
  ['duplicate-client-id', duplicateClientId],
  ['subscriptions-differ', subscriptionsDiffer],
  ['unresponsive', unresponsive],
  ['blocked', blocked],
  ['stuck-queue', stuckQueue],
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
    if (because !== undefined) return { reason, because: because + besides(reason, group) };
  }
  return { reason: 'unknown', because: whatIsMissing(group) + besides('unknown', group) };
}

/** What is worth knowing whatever the reason is: one queue that has most of the backlog, and connections that are dead. */
function besides(reason: Reason, { queues, processes }: LaggingGroup): string {
  const hot = reason === 'stuck-queue' ? '' : hotQueue(queues);
  return hot + reconnected(processes);
}

const HOT_SHARE = 0.75;
/** Fewer messages than this, or fewer queues, have their most on some queue by chance. */
const HOT_BACKLOG = 20;
const HOT_QUEUES = 3;

function hotQueue(queues: readonly QueueReading[]): string {
  const backlog = queues.reduce((sum, queue) => sum + queueBacklog(queue), 0);
  if (backlog < HOT_BACKLOG || queues.length < HOT_QUEUES) return '';
  const hottest = queues.find((queue) => queueBacklog(queue) >= backlog * HOT_SHARE);
  return hottest === undefined ? '' : `; ${formatQueue(hottest)} holds ${percent(queueBacklog(hottest) / backlog)} of it`;
}

function reconnected({ clients }: GroupProcesses): string {
  const [first] = byName(clients).filter((client) => !isDuplicate(client) && (client.connections ?? client.addresses) > 1);
  if (first === undefined) return '';
  const times = first.connections ?? first.addresses;
  return `; ${processName(first.clientId)} is connected ${times === 2 ? 'twice' : `${count(times)} times`} since it reconnected`;
}

type ReasonParts = Pick<Report, 'reasons' | 'processes' | 'consistency' | 'idleProcesses' | 'processCounts'>;

/**
 * Starts one tick's reasons at `now` (epoch ms). `addOwners` takes the rows of a group on a topic, and returns them with the
 * owners that the group's clients report. `result` returns the reason of each group that is behind, and its processes.
 */
export function startReasons(
  { processes, groups, brokers }: Pick<ClusterReadings, 'processes' | 'groups' | 'brokers'>,
  evidence: ReadonlyMap<string, GroupEvidence>,
  now: number,
) {
  const brokersByName = new Map(brokers.map((broker) => [broker.broker, broker]));
  const lagging: LaggingGroup[] = [];
  const idleProcesses: IdleProcesses[] = [];
  /** The topics of each group that this tick read. What its processes do on other topics (ignored, another shard's) is not reported. */
  const topicsOf = new Map<string, Set<string>>();

  function addOwners(
    topic: string,
    consumerGroup: string,
    queues: readonly QueueReading[],
    expectedQueues: number | undefined,
  ): readonly QueueReading[] {
    const group = processes?.groups.get(consumerGroup);
    if (group === undefined) return queues;
    const topics = topicsOf.get(consumerGroup) ?? new Set();
    topicsOf.set(consumerGroup, topics.add(topic));
    const rows = withReportedOwners(topic, queues, group);
    const idle = countIdleProcesses(topic, rows, group);
    if (idle !== null) idleProcesses.push({ topic, consumerGroup, processes: idle });
    if (rows.some((queue) => queueBacklog(queue) > 0)) {
      const answer = groups.get(consumerGroup);
      const evidenceOfGroup = evidence.get(consumerGroup);
      const presence = answer?.answered && evidenceOfGroup ? presenceOf(answer, evidenceOfGroup) : undefined;
      lagging.push({ topic, consumerGroup, queues: rows, expectedQueues, presence, processes: group, brokers: brokersByName, now });
    }
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
      idleProcesses,
      processCounts: processes && countProcesses(processes),
    };
  }

  return { addOwners, result };
}
