import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkExpressions } from '../../support/promtool.ts';
import { REASONS } from '../../support/reasons.ts';
import { alerts, allRules, defaultThresholds, type Rule } from '../../support/rules.ts';

const text = readFileSync(new URL('../../../docs/alerts.md', import.meta.url), 'utf8');

/** Third-level headings, each with the text below it. */
const sections = new Map(
  text
    .split(/^### /m)
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section.split(/^## /m)[0] ?? '']),
);

/** What a link may point at. */
const headings = [...text.matchAll(/^##+ (.+)$/gm)].map(([, heading = '']) => heading.toLowerCase().replaceAll(' ', '-'));

describe('docs/alerts.md', () => {
  test('has a section for every alert, and an alert for every section', () => {
    expect([...sections.keys()].sort()).toEqual([...alerts().keys()].map((name) => `RocketmqLag${name}`).sort());
  });

  test.each([...sections])('%s: what it means, how sure it is, what to look at, what to do, how to tune it', (_alert, section) => {
    const parts = [...section.matchAll(/^\*\*([\w ]+)\.\*\* \S/gm)].map(([, part]) => part);
    expect(parts).toEqual(['Means', 'How sure', 'Look at', 'Do', 'Tune']);
  });

  test('leads from an alert that says why to the reasons, and explains each with what to do', () => {
    const sayingWhy = [...alerts()].filter(([, { annotations }]) => annotations?.description?.includes('Why:')).map(([name]) => name);
    expect(sayingWhy.length).toBeGreaterThan(0);
    for (const name of sayingWhy) expect(sections.get(`RocketmqLag${name}`), name).toContain('(#the-reasons)');
    const rows = [...text.matchAll(/^\| `([a-z-]+)` \| \S.* \| \S.* \| \S.* \|$/gm)].map(([, reason]) => reason);
    expect(rows).toEqual(REASONS);
  });

  test('names every threshold with its default', () => {
    for (const { name, value } of defaultThresholds()) {
      const spelled = { 21600: '6 hours', 14400: '4 hours', 3600: '1 hour', 1800: '30 minutes' }[value] ?? value.toLocaleString('en');
      // Where the default is 0, "messages wait" says it.
      expect(text).toContain(value === 0 ? `\`${name}\`` : `\`${name}\` (${spelled})`);
    }
  });

  test('shows overrides of thresholds that there are, in rules that Prometheus takes', async () => {
    const [, block = ''] = /```yaml\n(.*?)```/s.exec(text) ?? [];
    const rules = parse(block) as Rule[];
    expect(rules.length).toBeGreaterThan(1);
    for (const { record, labels } of rules) {
      expect(Object.keys(labels ?? {})).toEqual(['consumerGroup']);
      expect(allRules().map((rule) => rule.record)).toContain(record);
    }
    expect(await checkExpressions(rules.map(({ expr }) => expr))).toBe('');
  });

  test('links to sections and names files that are there', () => {
    for (const [, anchor] of text.matchAll(/\]\(#([^)]+)\)/g)) expect(headings).toContain(anchor);
    for (const [, file] of text.matchAll(/`((?:rules|grafana)\/[^`\s]+|\w+\.yml)`/g))
      expect([file, existsSync(new URL(`../../../monitoring/${file}`, import.meta.url))]).toEqual([file, true]);
  });
});
