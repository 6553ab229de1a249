import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkExpressions, runPromtool } from '../../support/promtool.ts';
import { health, process } from '../../support/pushed-series.ts';
import { allRules, type Rule } from '../../support/rules.ts';
import { working } from './cases/working.ts';

const text = readFileSync(new URL('../../../docs/alerts.md', import.meta.url), 'utf8');

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
  expect(named.filter((file) => !existsSync(new URL(`../../../monitoring/${file}`, import.meta.url)))).toEqual([]);
});

describe('the recipes of docs/alerts.md', () => {
  const [scale = '', burn = '', pods = ''] = [...text.matchAll(/```promql\n(.*?)```/gs)].map(([, expr]) => expr);
  const forGroup = (expr: string) => expr.replaceAll('g_orders', 'g').replaceAll('"prod"', '"c"');

  test('a scaler sees the backlog, and nothing once the collector is dead', async () => {
    const expr = forGroup(scale);
    const { series } = working('dies', { topic_consumergroup: '700x90' }, {});
    const dead = { ...series, [health('last_success_timestamp_seconds')]: '0+60x20 1200x70' };
    const asks = [
      { minute: 15, expr, gives: { '{}': 700 } },
      { minute: 40, expr, gives: {} },
    ];
    expect(await runPromtool([{ name: 'dies', series: dead, at: {}, asks }])).toBe('');
  });

  test('the burn rate counts minutes that are late, for an hour and now', async () => {
    const expr = `count(${forGroup(burn)})`;
    const { series } = working('late', { topic_consumergroup: '50x150', delay_seconds: '5x60 90x20 5x70' }, {});
    const asks = [
      { minute: 59, expr, gives: {} },
      { minute: 80, expr, gives: { '{}': 1 } },
      { minute: 95, expr, gives: {} },
    ];
    expect(await runPromtool([{ name: 'late', series, at: {}, asks }])).toBe('');
  });

  test('a process has the pod of its address', async () => {
    const labels = { consumerGroup: 'g', consumerClientIP: '10.0.3.7', consumerClientPID: '1' };
    const series = {
      [process('busy_ratio', labels)]: '0.5x10',
      'kube_pod_info{pod_ip="10.0.3.7",host_network="false",namespace="shop",pod="shop-1",node="n1"}': '1x10',
      'kube_pod_info{pod_ip="10.0.3.7",host_network="true",namespace="kube-system",pod="proxy",node="n1"}': '1x10',
    };
    const gives = {
      '{consumerGroup="g",consumerClientIP="10.0.3.7",consumerClientPID="1",exported_namespace="shop",exported_pod="shop-1"}': 0.5,
    };
    expect(await runPromtool([{ name: 'pod', series, at: {}, asks: [{ minute: 5, expr: pods, gives }] }])).toBe('');
  });
});
