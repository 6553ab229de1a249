import { Registry } from 'prom-client';
import { type LabelValue, type MetricLabel, type Part, register } from './metric.ts';

/** Writes the text exposition format in chunks of whole lines. Each call writes the whole text again. */
export type Exposition = (take: (chunk: string) => void) => void;

/** The whole text, for a person or for a gateway that accepts only plain text. */
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
 * Writes these metrics byte for byte as prom-client does, but without an object for each series and without the whole text in
 * memory. In a large cluster these two would be most of a tick's memory. prom-client still checks the names and writes the
 * lines above the series of a metric. A metric without a series is left out.
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

/** In UTF-16 code units, approximately. Large enough to compress well, and small beside the memory of a tick. */
const CHUNK_LENGTH = 128 * 1024;

function startWriting(take: (chunk: string) => void) {
  // Lines are joined once per chunk, because strings that are concatenated one by one leave an object for each piece.
  let pieces: (string | number)[] = [];
  let length = 0;
  let isFirst = true;
  const pairsByStart = new Map<string, Map<LabelValue, string>>();

  /** Escaped labels by value. The name of a topic or a client is in many series, and is escaped once. */
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
