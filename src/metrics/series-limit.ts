import type { DetailRow } from '../lag/report.ts';

/** Which per-queue rows the operator wants at all. */
export type DetailChoice = 'all' | 'nonzero' | 'off';

/**
 * The rows to push, at most `room` of them, in the order in which they came. Where they do not fit, rows without backlog
 * go first, then the smallest backlogs; equal ones by their labels, so that the same rows go each tick. Rows that the
 * operator did not want are not counted as dropped.
 */
export function limitDetail(
  rows: readonly DetailRow[],
  choice: DetailChoice,
  room: number,
): { kept: readonly DetailRow[]; dropped: number } {
  if (choice === 'off') return { kept: [], dropped: 0 };
  const wanted = choice === 'all' ? rows : rows.filter(({ backlog }) => backlog > 0);
  if (wanted.length <= room) return { kept: wanted, dropped: 0 };
  return { kept: room === 0 ? [] : largest(wanted, room), dropped: wanted.length - room };
}

/** Only the rows at the very edge are compared by their labels: numbers sort many times faster. */
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

/** By code unit: the same on every machine, whatever its locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
