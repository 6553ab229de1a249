import { Registry } from 'prom-client';
import { type LabelValue, type MetricLabel, type Part, register } from './metric.ts';

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

/** Large enough to compress well, small enough that it does not show in the memory of a tick. In UTF-16 code units, about. */
const CHUNK_LENGTH = 128 * 1024;

function startWriting(take: (chunk: string) => void) {
  // Joined once a chunk: strings put together piece by piece leave an object for every piece.
  let pieces: (string | number)[] = [];
  let length = 0;
  let isFirst = true;
  const pairsByStart = new Map<string, Map<LabelValue, string>>();

  /** The label as it is written, by its value: a name of a topic or a client is in many series, and is escaped once. */
  function pairsOf(start: string): Map<LabelValue, string> {
    const pairs = pairsByStart.get(start) ?? new Map<LabelValue, string>();
    pairsByStart.set(start, pairs);
    return pairs;
  }

  function metric(name: string, head: string, labels: readonly MetricLabel[], series: Part['series']): void {
    const columns = labels.map((label, index) => {
      const start = `${index === 0 ? '{' : ','}${label}="`;
      return { start, pairs: pairsOf(start) };
    });
    const beforeSample = labels.length === 0 ? ' ' : '} ';
    let isEmpty = true;
    series((sample, ...values) => {
      if (isEmpty) {
        pieces.push(isFirst ? head : `\n${head}`, '\n');
        isEmpty = isFirst = false;
      }
      pieces.push(name);
      for (let index = 0; index < columns.length; index += 1) {
        const { start, pairs } = columns[index] as (typeof columns)[number];
        const value = values[index] as LabelValue;
        let pair = pairs.get(value);
        if (pair === undefined) {
          pair = `${start}${escapeLabelValue(value)}"`;
          pairs.set(value, pair);
        }
        pieces.push(pair);
        length += pair.length;
      }
      pieces.push(beforeSample, sample, '\n');
      length += name.length + 10;
      if (length >= CHUNK_LENGTH) flush();
    });
  }

  function flush(): void {
    take(pieces.join(''));
    pieces = [];
    length = 0;
  }

  return { metric, end: () => pieces.length > 0 && flush() };
}

function escapeLabelValue(value: LabelValue): string {
  return typeof value === 'number' ? String(value) : value.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"');
}
