import type { Report } from '../../src/lag/report.ts';
import { selectData } from '../../src/metrics/data.ts';

/** One series as it would be pushed. */
export interface Series {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string | number | undefined>>;
  readonly value: number;
}

/** Every series of a report, in the order in which they are pushed; names without the prefix and `msg_diff_`. */
export function seriesOf(report: Report): Series[] {
  const all: Series[] = [];
  for (const { metric, series } of selectData(report, { detail: 'all', maxSeries: Number.MAX_SAFE_INTEGER }).parts)
    series((value, ...labels) => {
      const named = Object.fromEntries(metric.labels.map((name, index) => [name, labels[index]]));
      all.push({ metric: metric.name.replace(/^msg_diff_/, ''), labels: named, value });
    });
  return all;
}

/** The identity of a series, independent of the order of its labels. */
export function identity({ metric, labels }: Omit<Series, 'value'>): string {
  return JSON.stringify([metric, ...Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);
}

/** Values by identity: two lists of series that differ only in their order give equal maps. */
export function numbers(series: readonly Series[]): Record<string, number> {
  return Object.fromEntries(series.map((one) => [identity(one), one.value]));
}
