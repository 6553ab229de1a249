import { Gauge, type MetricObjectWithValues, type MetricValue, type Registry } from 'prom-client';
import type { MetricLabel } from './labels.ts';

export type Labels = Partial<Record<MetricLabel, string | number>>;

/** One series: `labels` are its own; `sharedLabels` is one object for many series, which prom-client writes out only once. */
export interface Sample extends MetricValue<MetricLabel> {
  readonly sharedLabels: Labels;
}

const NONE: Labels = Object.freeze({});

/** A series that shares no labels. */
export function sample(value: number, labels: Labels = NONE): Sample {
  return { value, labels, sharedLabels: NONE };
}

/** A series all of whose labels are shared with others. */
export function sharing(sharedLabels: Labels, value: number): Sample {
  return { value, labels: NONE, sharedLabels };
}

/** One metric, all gauges: its name without the prefix, and how to read its series off a source. */
export interface Metric<Source> {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly MetricLabel[];
  readonly samples: (source: Source) => Sample[];
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
    private readonly values: Sample[],
  ) {
    super({ name, help, registers: [registry] });
  }

  override async get(): Promise<MetricObjectWithValues<MetricValue<MetricLabel>>> {
    const values = this.values.map(({ value, labels, sharedLabels }) => ({ value, labels: { ...sharedLabels, ...labels } }));
    return { ...(await super.get()), values };
  }

  /** What prom-client asks for when it writes the exposition, where a metric has it: here labels are shared. */
  async getForPromString(): Promise<MetricObjectWithValues<MetricValue<MetricLabel>>> {
    return { ...(await super.get()), values: this.values };
  }
}

/** Fills one metric into the registry; a metric without series is left out. Returns how many series it has. */
export function fill<Source>(registry: Registry, prefix: string, metric: Metric<Source>, source: Source): number {
  const values = metric.samples(source);
  if (values.length > 0) new FilledGauge(`${prefix}_${metric.name}`, metric.help, registry, values);
  return values.length;
}
