import type { GroupCounts, Report, TopicCounts, TopicFailure } from './lag/report.ts';
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
    /** Null means unknown. `lostMessages` is also null if there was no reason to ask. */
    groups: {
      topic: string;
      consumerGroup: string;
      backlog: number;
      delaySeconds: number | null;
      retentionMarginSeconds: number | null;
      lostMessages: number | null;
    }[];
    /** Empty client labels: queues without a known client. */
    processes: { consumerClientIP: string; consumerClientPID: string; backlog: number }[];
  };
  durationMs: number;
  failures: TopicFailure[];
  /** In a dry run: what would have been pushed. */
  exposition?: string;
}

const TOP = 10;
const MAX_FAILURES = 20;

/** The parts of a result that come from the report. */
export function summarize(
  report: Report,
  series: SeriesCounts,
): Pick<TickResult, 'topics' | 'groups' | 'series' | 'backlog' | 'top' | 'failures'> {
  const { topics, groups, backlog } = report;
  const top = {
    groups: furthestBehind(report.subscriptions, ({ topic, consumerGroup }) => [topic, consumerGroup]).map((behind) => ({
      topic: behind.topic,
      consumerGroup: behind.consumerGroup,
      backlog: behind.backlog,
      delaySeconds: behind.delaySeconds,
      retentionMarginSeconds: behind.retentionMarginSeconds,
      lostMessages: behind.lostMessages,
    })),
    processes: furthestBehind(report.byProcess, ({ client }) => [client.ip, client.pid]).map((behind) => ({
      consumerClientIP: behind.client.ip,
      consumerClientPID: behind.client.pid,
      backlog: behind.backlog,
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
    groups: { read: 0, unreadable: 0, phantom: 0, broadcast: 0 },
    series: { pushed: 0, dropped: 0 },
    backlog: 0,
    top: { groups: [], processes: [] },
    durationMs,
    failures: [],
  };
}

function furthestBehind<T extends { backlog: number }>(items: readonly T[], names: (item: T) => string[]): T[] {
  return items
    .filter(({ backlog }) => backlog > 0)
    .sort((a, b) => b.backlog - a.backlog || (names(a).join('\0') < names(b).join('\0') ? -1 : 1))
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
