import { Gauge, type Registry } from 'prom-client';

/** Labels of our metrics. A grouping label of the same name would silently overwrite them at the gateway. */
export const METRIC_LABELS = [
  'topic',
  'consumerGroup',
  'broker',
  'queueId',
  'consumerClientIP',
  'consumerClientPID',
  'level',
  'outcome',
  'version',
  'reason',
  'language',
  'type',
  'address',
] as const;
export type MetricLabel = (typeof METRIC_LABELS)[number];

export type LabelValue = string | number;

/** Adds one series: its value, then a value for each label of the metric, in the order of the labels. */
export type AddSeries<Names extends readonly MetricLabel[]> = (
  value: number,
  ...labels: { readonly [Name in keyof Names]: LabelValue }
) => void;

/** One metric, always a gauge. `name` has no prefix; `series` adds each series once. */
export interface Metric<Source, Names extends readonly MetricLabel[] = readonly MetricLabel[]> {
  readonly name: string;
  readonly help: string;
  readonly labels: Names;
  readonly series: (source: Source, add: AddSeries<Names>) => void;
}

/** Defines a metric. The compiler compares the number of its labels with what `series` adds. */
export function metric<Source, const Names extends readonly MetricLabel[]>(definition: Metric<Source, Names>): Metric<Source> {
  return definition;
}

/** Registers a metric with prom-client, which throws if the name of the metric or of a label is invalid. */
export function register(registry: Registry, prefix: string, { name, help, labels }: Metric<never>): Gauge {
  return new Gauge({ name: `${prefix}_${name}`, help, labelNames: labels, registers: [registry] });
}

/** A metric with the source of its series. */
export interface Part {
  readonly metric: Metric<never>;
  readonly series: (add: (value: number, ...labels: readonly LabelValue[]) => void) => void;
}

export function part<Source>(metric: Metric<Source>, source: Source): Part {
  return { metric, series: (add) => metric.series(source, add) };
}

/** Adds one metric with its series to the registry; nothing if it has no series. */
export function fill(registry: Registry, prefix: string, { metric, series }: Part): void {
  let gauge: Gauge | undefined;
  series((value, ...labels) => {
    gauge ??= register(registry, prefix, metric);
    gauge.set(Object.fromEntries(metric.labels.map((name, index) => [name, labels[index] ?? ''])), value);
  });
}
