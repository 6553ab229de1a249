import { Gauge, type MetricObjectWithValues, type MetricValue, type Registry } from 'prom-client';
import type { MetricLabel } from './labels.ts';

export type Labels = Partial<Record<MetricLabel, string | number>>;

/** One series: `labels` are its own; `sharedLabels` is one object for many series, which prom-client formats only once. */
export interface Sample extends MetricValue<MetricLabel> {
  readonly sharedLabels: Labels;
}

const NONE: Labels = Object.freeze({});

/** A series without shared labels. */
export function sample(value: number, labels: Labels = NONE): Sample {
  return { value, labels, sharedLabels: NONE };
}

/** A series whose labels are all shared with other series. */
export function sharing(sharedLabels: Labels, value: number): Sample {
  return { value, labels: NONE, sharedLabels };
}

/** One metric; all are gauges. It has a name without the prefix, and a function that derives its series from a source. */
export interface Metric<Source> {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly MetricLabel[];
  readonly samples: (source: Source) => Sample[];
}

/**
 * A gauge that gets all its series at once. For each series, `Gauge.set` joins the labels to a string and looks it up, and
 * two different label sets can give the same string. Our series come from maps, so they are already distinct.
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

  /** prom-client calls this instead of `get` when it writes the exposition, and supports shared labels here. */
  async getForPromString(): Promise<MetricObjectWithValues<MetricValue<MetricLabel>>> {
    return { ...(await super.get()), values: this.values };
  }
}

/** Adds one metric to the registry, unless it has no series. Returns the number of its series. */
export function fill<Source>(registry: Registry, prefix: string, metric: Metric<Source>, source: Source): number {
  const values = metric.samples(source);
  if (values.length > 0) new FilledGauge(`${prefix}_${metric.name}`, metric.help, registry, values);
  return values.length;
}
