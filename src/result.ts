import { compare } from './base/names.ts';
import { largestKnown, sumOfKnown } from './base/numbers.ts';
import { type HttpUsage, UNUSED } from './http/client.ts';
import type { BrokerProblem, DetailRow, GroupCounts, ProcessReport, Reason, Report, TopicCounts, TopicFailure } from './lag/report.ts';
import type { SeriesCounts } from './metrics/data.ts';

/** The summary of a tick, for a person at a terminal. Backlogs in messages. */
export interface TickResult {
  cluster: string;
  outcome: 'complete' | 'partial' | 'dry-run' | 'forgotten';
  topics: TopicCounts;
  groups: GroupCounts;
  series: SeriesCounts;
  /** The sum over all rows. */
  backlog: number;
  top: {
    groups: BehindGroup[];
    /** Empty client labels: queues without a known client. */
    processes: BehindProcess[];
  };
  /** Every process of the groups that the event names; absent if it names none. */
  processes?: ProcessOfGroup[];
  /** The queues of the groups that the event names, those with the most backlog first; absent if it names none. */
  queues?: QueueOfGroup[];
  /** Queues that are not in `queues`, because there are too many. */
  queuesNotShown?: number;
  /** Brokers that slow consumers down or are missing; absent if the event names no group. */
  badBrokers?: BrokerProblem[];
  /** Requests to the console, and the duration of its answers. */
  console: HttpUsage;
  durationMs: number;
  failures: TopicFailure[];
  /** In a dry run: what would have been pushed. */
  exposition?: string;
}

export interface BehindGroup {
  topic: string;
  consumerGroup: string;
  backlog: number;
  /** Null is unknown. */
  delaySeconds: number | null;
  /** Null is unknown. */
  retentionMarginSeconds: number | null;
  /** Null is unknown. */
  lostMessages: number | null;
  /** False if no message is close to deletion, so that nobody asked for lost messages. */
  lostMessagesAsked: boolean;
  /** Queues that were read, and queues of the topic's route; null is unknown. */
  queues: number;
  expectedQueues: number | null;
  /** Messages a second that its processes failed to consume in the last minute. Null: unknown, or not asked. */
  failedPerSecond: number | null;
  /** Null if its processes were not asked. */
  reason: Reason | null;
  because: string | null;
}

/** The activity of a process, for all groups or for one of them. Null: unknown, or its type has no such number. */
export interface ProcessNumbers {
  consumedPerSecond: number | null;
  /** Average duration of a call of the listener. */
  consumeSeconds: number | null;
  busyRatio: number | null;
  /** Pulled and not yet consumed. */
  cachedMessages: number | null;
}

export interface BehindProcess extends ProcessNumbers {
  consumerClientIP: string;
  consumerClientPID: string;
  backlog: number;
}

/** One queue of a group on a topic. */
export interface QueueOfGroup {
  topic: string;
  consumerGroup: string;
  broker: string;
  queueId: number;
  /** The client id of its owner; null is unknown, or there is none. */
  clientId: string | null;
  /** Empty without a known owner. */
  consumerClientIP: string;
  consumerClientPID: string;
  backlog: number;
  /** Null is unknown. */
  delaySeconds: number | null;
}

export interface ProcessOfGroup extends ProcessNumbers {
  consumerGroup: string;
  /** Several, with commas between them, if several clients have the same IP and PID. */
  clientId: string;
  consumerClientIP: string;
  consumerClientPID: string;
  responding: boolean | null;
  threads: number | null;
  failedPerSecond: number | null;
  idleSeconds: number | null;
  kinds: ProcessReport['kinds'];
}

/** How results and log fields are redacted: names of the cluster's objects and fixed words of ours, and sentences. */
export const RESULT_KEYS = {
  names: new Set([
    'cluster',
    'outcome',
    'kind',
    'shard',
    'topic',
    'consumerGroup',
    'consumerClientIP',
    'consumerClientPID',
    'clientId',
    'broker',
    'address',
    'groups',
    'exposition',
  ]),
  sentences: new Set(['message', 'because']),
};

const TOP = 10;
const MAX_FAILURES = 20;

/** The parts of a result that come from the report. */
export function summarize(
  report: Report,
  series: SeriesCounts,
): Pick<TickResult, 'topics' | 'groups' | 'series' | 'backlog' | 'top' | 'failures'> {
  const { topics, groups, backlog } = report;
  const reasonOf = ({ topic, consumerGroup }: Pick<BehindGroup, 'topic' | 'consumerGroup'>) => {
    const found = report.reasons.find((reason) => reason.topic === topic && reason.consumerGroup === consumerGroup);
    return { reason: found?.reason ?? null, because: found?.because ?? null };
  };
  const top = {
    groups: furthestBehind(report.subscriptions, ({ topic, consumerGroup }) => [topic, consumerGroup]).map((behind) => ({
      topic: behind.topic,
      consumerGroup: behind.consumerGroup,
      backlog: behind.backlog,
      delaySeconds: behind.delaySeconds,
      retentionMarginSeconds: behind.retentionMarginSeconds,
      lostMessages: behind.lostMessages,
      lostMessagesAsked: behind.lostMessagesAsked,
      queues: behind.queues,
      expectedQueues: behind.expectedQueues,
      failedPerSecond: failuresOf(report.processes, behind),
      ...reasonOf(behind),
    })),
    processes: furthestBehind(report.byProcess, ({ client }) => [client.ip, client.pid]).map((behind) => ({
      consumerClientIP: behind.client.ip,
      consumerClientPID: behind.client.pid,
      backlog: behind.backlog,
      ...numbersOf(report.processes.filter(({ client }) => client.ip === behind.client.ip && client.pid === behind.client.pid)),
    })),
  };
  return { topics, groups, series, backlog, top, failures: sampleFailures(report.failures, MAX_FAILURES) };
}

/** The result of an invocation that only deleted the cluster's groups. */
export function forgotten(cluster: string, durationMs: number): TickResult {
  return {
    cluster,
    outcome: 'forgotten',
    topics: { read: 0, failed: 0, unread: 0, ignored: 0 },
    groups: { read: 0, unreadable: 0, phantom: 0, broadcast: 0, unsubscribed: 0 },
    series: { pushed: 0, dropped: 0 },
    backlog: 0,
    top: { groups: [], processes: [] },
    console: UNUSED,
    durationMs,
    failures: [],
  };
}

/** Messages a second that all processes of a group failed to consume on a topic; null if it is unknown of one of them. */
function failuresOf(
  processes: readonly ProcessReport[],
  { topic, consumerGroup }: Pick<BehindGroup, 'topic' | 'consumerGroup'>,
): number | null {
  const ofGroup = processes.filter((process) => process.consumerGroup === consumerGroup);
  const rates = ofGroup.flatMap((process) =>
    process.topics.filter((on) => on.topic === topic).map(({ failedPerSecond }) => failedPerSecond),
  );
  return ofGroup.some(({ responding }) => responding !== true) || rates.includes(null) ? null : sumOfKnown(rates);
}

/** A result stays far below Lambda's 6 MB with this many queues, whatever their names are. */
const MAX_QUEUES = 1000;

/** What --group shows beside the groups: every process, every queue, and the brokers that are bad. */
export function detailsOfGroups(report: Report): Required<Pick<TickResult, 'processes' | 'queues' | 'queuesNotShown' | 'badBrokers'>> {
  const rows = [...report.detail].sort((a, b) => b.backlog - a.backlog || byName(a, b));
  return {
    processes: everyProcess(report),
    queues: rows.slice(0, MAX_QUEUES).map(({ client, topic, consumerGroup, broker, queueId, clientId, backlog, delaySeconds }) => ({
      topic,
      consumerGroup,
      broker,
      queueId,
      clientId,
      consumerClientIP: client.ip,
      consumerClientPID: client.pid,
      backlog,
      delaySeconds,
    })),
    queuesNotShown: Math.max(0, rows.length - MAX_QUEUES),
    badBrokers: [...report.brokerProblems],
  };
}

function byName(a: DetailRow, b: DetailRow): number {
  return compare(a.consumerGroup, b.consumerGroup) || compare(a.topic, b.topic) || compare(a.broker, b.broker) || a.queueId - b.queueId;
}

/** Every process of the groups whose processes were asked. */
export function everyProcess({ processes }: Report): ProcessOfGroup[] {
  return processes.map((process) => ({
    consumerGroup: process.consumerGroup,
    consumerClientIP: process.client.ip,
    consumerClientPID: process.client.pid,
    clientId: process.clientIds.join(','),
    responding: process.responding,
    threads: process.threads,
    failedPerSecond: sumOfKnown(process.topics.map(({ failedPerSecond }) => failedPerSecond)),
    ...numbersOf([process]),
    idleSeconds: largestKnown(process.topics.map(({ idleSeconds }) => idleSeconds)),
    kinds: process.kinds,
  }));
}

/** A process may work for several groups. Rates and messages are summed; the busy ratio is the largest, because each group has threads of its own. */
function numbersOf(processes: readonly ProcessReport[]): ProcessNumbers {
  const topics = processes.flatMap((process) => process.topics);
  const slowest = largestKnown(topics.map(({ secondsPerCall }) => secondsPerCall));
  return {
    consumedPerSecond: sumOfKnown(topics.map(({ consumedPerSecond }) => consumedPerSecond)),
    consumeSeconds: slowest,
    // A blocked process has an unknown busy ratio, which its work for another group does not replace.
    busyRatio: processes.some(({ threads, busyRatio }) => threads !== null && busyRatio === null)
      ? null
      : largestKnown(processes.map(({ busyRatio }) => busyRatio)),
    cachedMessages: sumOfKnown(topics.map(({ cachedMessages }) => cachedMessages)),
  };
}

function furthestBehind<T extends { backlog: number }>(items: readonly T[], names: (item: T) => string[]): T[] {
  return items
    .filter(({ backlog }) => backlog > 0)
    .sort((a, b) => b.backlog - a.backlog || compare(names(a).join('\0'), names(b).join('\0')))
    .slice(0, TOP);
}

/** At most `most` failures, one of each kind first: many failures of one kind say no more than one of them. */
export function sampleFailures(failures: readonly TopicFailure[], most: number): TopicFailure[] {
  const seen = new Map<string, number>();
  const ranked = failures.map((failure) => {
    const rank = seen.get(failure.kind) ?? 0;
    seen.set(failure.kind, rank + 1);
    return { failure, rank };
  });
  return ranked
    .sort((a, b) => a.rank - b.rank)
    .slice(0, most)
    .map(({ failure }) => failure);
}

/** Lambda limits its response to 6 MB. The rest of the result and the escaping of quotes need space as well. */
const MAX_EXPOSITION_BYTES = 2_000_000;

/** The exposition. If it is too long, it is cut at the end of a line, and its last line says so. */
export function cutExposition(exposition: string): string {
  const lines = exposition.split('\n');
  let bytes = 0;
  const fits = lines.findIndex((line) => {
    bytes += Buffer.byteLength(JSON.stringify(line)) + 1;
    return bytes > MAX_EXPOSITION_BYTES;
  });
  if (fits === -1) return exposition;
  return [...lines.slice(0, fits), `# cut here: ${lines.length - fits} of ${lines.length} lines are not shown`, ''].join('\n');
}
