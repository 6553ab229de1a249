import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { DATA_METRICS } from '../../src/metrics/data.ts';
import { HEALTH_METRICS } from '../../src/metrics/health-metrics.ts';
import { METRIC_LABELS } from '../../src/metrics/metric.ts';

const PREFIX = 'rocketmq_';
const text = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');

describe('docs/metrics.md', () => {
  test.each([
    { heading: 'Data group', metrics: DATA_METRICS },
    { heading: 'Health group', metrics: HEALTH_METRICS },
  ])('"$heading" has every metric that is pushed and no other, with its labels and its meaning', ({ heading, metrics }) => {
    const pushed = metrics.map(({ name, labels, help }) => ({ name: PREFIX + name, labels: labels.join(', ') || '—', meaning: help }));
    expect(rowsOf(section(heading))).toEqual(pushed);
  });

  test('names no metric in its prose that does not exist', () => {
    const known = new Set([...DATA_METRICS, ...HEALTH_METRICS].map(({ name }) => PREFIX + name));
    const named = [...text.matchAll(/`(rocketmq_\w+)/g)].map(([, name]) => name).filter((name) => name !== PREFIX);
    expect(named.length).toBeGreaterThan(known.size);
    expect(named.filter((name) => !known.has(name ?? ''))).toEqual([]);
  });
});

test('every label of a metric is one that a grouping key must not use, and no other is refused', () => {
  const used = [...DATA_METRICS, ...HEALTH_METRICS].flatMap(({ labels }) => labels);
  expect(new Set(used)).toEqual(new Set(METRIC_LABELS));
});

/** The text below a heading, up to the next one. */
function section(heading: string): string {
  const [, found] = text.split(`\n## ${heading}\n`);
  return found?.split('\n## ')[0] ?? '';
}

function rowsOf(table: string): { name: string; labels: string; meaning: string }[] {
  return [...table.matchAll(/^\| `(\w+)` \| ([^|]*) \| (.*) \|$/gm)].map(([, name = '', labels = '', meaning = '']) => ({
    name,
    labels,
    meaning,
  }));
}
