import type { DetailRow } from '../lag/report.ts';

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

/** By code unit, so that the order does not depend on the machine's locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
