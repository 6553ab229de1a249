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

/** The part of a report that is pushed, and its number of series. */
export function selectData(report: Report, { detail, maxSeries }: Omit<DataOptions, 'prefix'>): { parts: Part[]; series: SeriesCounts } {
  const aggregates = AGGREGATE_METRICS.map((metric) => part(metric, report));
  const count = aggregates.reduce((sum, part) => sum + countSeries(part), 0);
  const { kept, dropped } = limitDetail(report.detail, detail, maxSeries, count);
  return { parts: [...aggregates, part(DETAIL_METRIC, kept)], series: { pushed: count + kept.length, dropped } };
}

/** The exposition of the part of a report that is pushed, and its number of series. */
export async function exposeData(
  report: Report,
  { prefix, ...options }: DataOptions,
): Promise<{ exposition: Exposition; series: SeriesCounts }> {
  const { parts, series } = selectData(report, options);
  return { exposition: await startExposition(prefix, parts), series };
}

/** Which per-queue rows the operator wants to push. */
export type DetailChoice = 'all' | 'nonzero' | 'off';

/** The share of MAX_SERIES that is reserved for rows with backlog, even if the aggregates alone need more than the rest. */
const DETAIL_SHARE = 1 / 5;

/**
 * The rows to push beside `aggregates` other series, in their original order. If not all rows fit into `maxSeries`, rows
 * without backlog are dropped first, then those with the smallest backlogs. A fifth of `maxSeries` always stays for rows with
 * backlog, because people look for those. Among equal backlogs the labels decide, so that each tick drops the same rows. Rows
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

/** Only rows whose backlog is exactly at the limit are compared by their labels, because sorting numbers is many times faster. */
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
