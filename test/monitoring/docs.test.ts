import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkExpressions } from '../support/promtool.ts';
import { allRules, type Rule } from '../support/rules.ts';

const text = readFileSync(new URL('../../docs/alerts.md', import.meta.url), 'utf8');

test('docs/alerts.md shows overrides of thresholds that there are, in rules that Prometheus takes', async () => {
  const [, block = ''] = /```yaml\n(.*?)```/s.exec(text) ?? [];
  const rules = parse(block) as Rule[];
  expect(rules.length).toBeGreaterThan(1);
  for (const { record, labels } of rules) {
    expect(Object.keys(labels ?? {})).toEqual(['consumerGroup']);
    expect(allRules().map((rule) => rule.record)).toContain(record);
  }
  expect(await checkExpressions(rules.map(({ expr }) => expr))).toBe('');
});

test('docs/alerts.md names files of monitoring/ that are there', () => {
  const named = [...text.matchAll(/`((?:rules|grafana)\/[^`\s]+|\w+\.yml)`/g)].map(([, file]) => file);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((file) => !existsSync(new URL(`../../monitoring/${file}`, import.meta.url)))).toEqual([]);
});
