import { compare } from './base/names.ts';
import { largestKnown, sumOfKnown } from './base/numbers.ts';
import { type HttpUsage, UNUSED } from './http/client.ts';

import type { GroupCounts, ProcessReport, Reason, Report, TopicCounts, TopicFailure } from './lag/report.ts';
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
  /** Where groups were asked for: every process of theirs. */
  processes?: ProcessOfGroup[];
  /** What was asked of the console, and how long its answers took. */
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
  /** Null is unknown, or there was no reason to ask. */
  lostMessages: number | null;
  /** Null where nobody was asked, or nobody knew. */
  reason: Reason | null;
  because: string | null;
}

/** What a process does, for all groups or for one of them. Null is unknown, or there is no such thing. */
export interface ProcessNumbers {
  consumedPerSecond: number | null;
  /** How long a call of the listener takes. */
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

export interface ProcessOfGroup extends ProcessNumbers {
  consumerGroup: string;
  consumerClientIP: string;
  consumerClientPID: string;
  responding: boolean | null;
  threads: number | null;
  idleSeconds: number | null;
  kinds: ProcessReport['kinds'];
}

const TOP = 10;
const MAX_FAILURES = 20;

/** The parts of a result that come from the report. */
export function summarize(
  report: Report,
  series: SeriesCounts,
): Pick<TickResult, 'topics' | 'groups' | 'series' | 'backlog' | 'top' | 'failures'> {
  const { topics, groups, backlog } = report;
  const whyIs = ({ topic, consumerGroup }: Pick<BehindGroup, 'topic' | 'consumerGroup'>) => {
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
      ...whyIs(behind),
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

/** Every process of the groups that were asked, by group. */
export function everyProcess({ processes }: Report): ProcessOfGroup[] {
  return processes.map((process) => ({
    consumerGroup: process.consumerGroup,
    consumerClientIP: process.client.ip,
    consumerClientPID: process.client.pid,
    responding: process.responding,
    threads: process.threads,
    ...numbersOf([process]),
    idleSeconds: largestKnown(process.topics.map(({ idleSeconds }) => idleSeconds)),
    kinds: process.kinds,
  }));
}

/** One process may work for several groups: rates and messages add up, and it is as busy as for the one it is busiest for. */
function numbersOf(processes: readonly ProcessReport[]): ProcessNumbers {
  const topics = processes.flatMap((process) => process.topics);
  const slowest = largestKnown(topics.map(({ secondsPerCall }) => secondsPerCall));
  return {
    consumedPerSecond: sumOfKnown(topics.map(({ consumedPerSecond }) => consumedPerSecond)),
    consumeSeconds: slowest,
    // How busy a blocked one is is not known: what it does for another group does not tell.
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

/** At most `most` failures. One of each kind comes first, because many of the same kind say no more than one does. */
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

/** Lambda limits its response to 6 MB; the rest of the result and the escaping of quotes need space as well. */
const MAX_EXPOSITION_BYTES = 2_000_000;

/** The exposition. Where it is too long, it is cut at the end of a line, and its last line says so. */
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
