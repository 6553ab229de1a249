import { Gauge, type MetricObjectWithValues, type MetricValue, type Registry } from 'prom-client';
import type { MetricLabel } from './labels.ts';

/** A value, then the values of the metric's labels in their order. */
export type Sample = readonly [value: number, ...labels: readonly (string | number)[]];

/** One metric, all gauges: its name without the prefix, and how to read its series off a source. */
export interface Metric<Source> {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly MetricLabel[];
  readonly samples: (source: Source) => Iterable<Sample>;
}

/**
 * A gauge whose series are given at once. `Gauge.set` builds and looks up a joined string per series, in which two
 * label sets can look the same; ours come from maps and are distinct already.
 */
class FilledGauge extends Gauge<MetricLabel> {
  constructor(
    name: string,
    help: string,
    registry: Registry,
    private readonly values: MetricValue<MetricLabel>[],
  ) {
    super({ name, help, registers: [registry] });
  }

  override async get(): Promise<MetricObjectWithValues<MetricValue<MetricLabel>>> {
    return { ...(await super.get()), values: this.values };
  }
}

/** Fills one metric into the registry; a metric without series is left out. Returns how many series it has. */
export function fill<Source>(registry: Registry, prefix: string, metric: Metric<Source>, source: Source): number {
  const values: MetricValue<MetricLabel>[] = [];
  for (const [value, ...labelValues] of metric.samples(source)) {
    const labels: Partial<Record<MetricLabel, string | number>> = {};
    metric.labels.forEach((label, index) => {
      labels[label] = labelValues[index] ?? '';
    });
    values.push({ value, labels });
  }
  if (values.length > 0) new FilledGauge(`${prefix}_${metric.name}`, metric.help, registry, values);
  return values.length;
}
