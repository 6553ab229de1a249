import { Registry } from 'prom-client';
import type { MetricLabel } from './labels.ts';
import { type LabelValue, type Part, register } from './metric.ts';

/** Writes the text exposition format, and hands it over in chunks of whole lines. Each call writes all of it again. */
export type Exposition = (take: (chunk: string) => void) => void;

/** All of it, for a person or for a gateway that takes only plain text. */
export function textOf(exposition: Exposition): string {
  let text = '';
  exposition((chunk) => {
    text += chunk;
  });
  return text;
}

export function countSeries({ series }: Part): number {
  let count = 0;
  series(() => {
    count += 1;
  });
  return count;
}

/**
 * What prom-client would write for these metrics, to the byte, without an object for each series and without ever holding
 * the whole text: in a large cluster that is most of what a tick has in memory. prom-client still checks the names and
 * writes what stands above the series of a metric. A metric without a series is left out.
 */
export async function startExposition(prefix: string, parts: readonly Part[]): Promise<Exposition> {
  const registry = new Registry();
  const described = await Promise.all(
    parts.map(async ({ metric, series }) => {
      const name = `${prefix}_${metric.name}`;
      register(registry, prefix, metric);
      return { name, head: await registry.getSingleMetricAsString(name), labels: metric.labels, series };
    }),
  );
  return (take) => {
    const write = startWriting(take);
    for (const { name, head, labels, series } of described) write.metric(name, head, labels, series);
    write.end();
  };
}

/** Large enough to compress well, small enough that it does not show in the memory of a tick. In UTF-16 code units. */
const CHUNK_LENGTH = 128 * 1024;

function startWriting(take: (chunk: string) => void) {
  let chunk = '';
  let isFirst = true;
  const pairsByName = new Map<MetricLabel, Map<LabelValue, string>>();

  function pairsOf(name: MetricLabel): Map<LabelValue, string> {
    const pairs = pairsByName.get(name) ?? new Map<LabelValue, string>();
    pairsByName.set(name, pairs);
    return pairs;
  }

  function metric(name: string, head: string, labels: readonly MetricLabel[], series: Part['series']): void {
    // A name of a topic or a client is in many series: it is escaped once.
    const columns = labels.map((label) => ({ label, pairs: pairsOf(label) }));
    let isEmpty = true;
    series((value, ...values) => {
      if (isEmpty) {
        chunk += isFirst ? `${head}\n` : `\n${head}\n`;
        isEmpty = isFirst = false;
      }
      let line = name;
      let before = '{';
      for (let index = 0; index < columns.length; index += 1) {
        const { label, pairs } = columns[index] as (typeof columns)[number];
        const of = values[index] as LabelValue;
        let pair = pairs.get(of);
        if (pair === undefined) {
          pair = `${label}="${escapeLabelValue(of)}"`;
          pairs.set(of, pair);
        }
        line += before + pair;
        before = ',';
      }
      chunk += `${line}} ${value}\n`;
      if (chunk.length >= CHUNK_LENGTH) flush();
    });
  }

  function flush(): void {
    take(chunk);
    chunk = '';
  }

  return { metric, end: () => chunk !== '' && flush() };
}

function escapeLabelValue(value: LabelValue): string {
  return typeof value === 'number' ? String(value) : value.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"');
}
