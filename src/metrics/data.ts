import { compare } from '../base/names.ts';
import type { DetailRow, Report } from '../lag/report.ts';
import { BACKLOG_METRICS, BROKER_METRICS, DETAIL_METRIC } from './backlog-metrics.ts';
import { countSeries, type Exposition, startExposition } from './exposition.ts';
import { type Metric, type Part, part } from './metric.ts';
import { PROCESS_METRICS } from './process-metrics.ts';

const AGGREGATE_METRICS: readonly Metric<Report>[] = [...BACKLOG_METRICS, ...BROKER_METRICS, ...PROCESS_METRICS];

/** All metrics of the data group, in the order in which they are pushed. */
export const DATA_METRICS: readonly Pick<Metric<never>, 'name' | 'help' | 'labels'>[] = [DETAIL_METRIC, ...AGGREGATE_METRICS];

export interface SeriesCounts {
  readonly pushed: number;
  readonly dropped: number;
}

export interface DataOptions {
  prefix: string;
  detail: DetailChoice;
  maxSeries: number;
}

/** Everything of a report that is to be pushed, and how many series that is. */
export function selectData(report: Report, { detail, maxSeries }: Omit<DataOptions, 'prefix'>): { parts: Part[]; series: SeriesCounts } {
  const aggregates = AGGREGATE_METRICS.map((metric) => part(metric, report));
  const count = aggregates.reduce((sum, part) => sum + countSeries(part), 0);
  const { kept, dropped } = limitDetail(report.detail, detail, maxSeries, count);
  return { parts: [...aggregates, part(DETAIL_METRIC, kept)], series: { pushed: count + kept.length, dropped } };
}

/** The same as text to push. */
export async function exposeData(
  report: Report,
  { prefix, ...options }: DataOptions,
): Promise<{ exposition: Exposition; series: SeriesCounts }> {
  const { parts, series } = selectData(report, options);
  return { exposition: await startExposition(prefix, parts), series };
}

/** Which per-queue rows the operator wants to be pushed. */
export type DetailChoice = 'all' | 'nonzero' | 'off';

/** The part of MAX_SERIES that rows with backlog have even where the aggregates alone are more than the rest. */
const DETAIL_SHARE = 1 / 5;

/**
 * The rows to push beside so many series of aggregates, in their original order. Where not all fit into `maxSeries`, rows
 * without backlog are dropped first, then those with the smallest backlogs, but never the last fifth of `maxSeries`: who
 * is behind is what people look for. Among equal backlogs the labels decide, so that each tick drops the same rows. Rows
 * that the operator does not want do not count as dropped.
 */
export function limitDetail(
  rows: readonly DetailRow[],
  choice: DetailChoice,
  maxSeries: number,
  aggregates: number,
): { kept: readonly DetailRow[]; dropped: number } {
  if (choice === 'off') return { kept: [], dropped: 0 };
  const behind = rows.filter(({ backlog }) => backlog > 0);
  const wanted = choice === 'all' ? rows : behind;
  const room = Math.max(maxSeries - aggregates, Math.min(behind.length, Math.ceil(maxSeries * DETAIL_SHARE)));
  if (wanted.length <= room) return { kept: wanted, dropped: 0 };
  return { kept: room === 0 ? [] : largest(wanted, room), dropped: wanted.length - room };
}

/** Only the rows whose backlog is at the limit are compared by their labels: sorting numbers is many times faster. */
function largest(rows: readonly DetailRow[], room: number): DetailRow[] {
  const smallestKept = Float64Array.from(rows, ({ backlog }) => -backlog).sort()[room - 1] ?? 0;
  const edge = -smallestKept;
  const above = rows.filter(({ backlog }) => backlog > edge).length;
  const atEdge = new Set(
    rows
      .filter(({ backlog }) => backlog === edge)
      .sort(byLabels)
      .slice(0, room - above),
  );
  return rows.filter((row) => row.backlog > edge || atEdge.has(row));
}

function byLabels(a: DetailRow, b: DetailRow): number {
  return compare(a.topic, b.topic) || compare(a.consumerGroup, b.consumerGroup) || compare(a.broker, b.broker) || a.queueId - b.queueId;
}
