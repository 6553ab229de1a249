import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { FOREIGN_LABELS, monitoringFiles, toTarget } from '../../../scripts/monitoring.ts';
import { runCommand } from '../../../scripts/servers/processes.ts';
import { obtainProgram } from '../../../scripts/servers/servers.ts';
import { board } from '../../support/board.ts';
import { alerts, allRules, type RuleFile, ruleFiles } from '../../support/rules.ts';

const LINKS = { runbooks: 'https://wiki.example.com/alerts', grafana: 'https://grafana.example.com/' };
const FORMATS = ['rules', 'prometheusrule', 'mixin'] as const;

/** The pushed metrics that an expression reads. */
const isRaw = (expr: string) => /\brocketmq_(tick|msg_diff|process|group|broker)_|\bpush_(failure_)?time_seconds|\bup\{/.test(expr);

async function promtoolCheck(files: ReadonlyMap<string, string>): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'monitoring-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const paths = [...files].map(([name, text]) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  });
  const { code, stdout, stderr } = await runCommand(obtainProgram('promtool'), ['check', 'rules', '--lint=all', '--lint-fatal', ...paths]);
  return code === 0 ? '' : stdout + stderr;
}

describe('the labels that the scrape, the ruler and Kubernetes add', () => {
  test('are dropped wherever a rule or the board reads what was pushed, by one list', () => {
    const list = FOREIGN_LABELS.join(', ');
    const ofTarget = FOREIGN_LABELS.filter((label) => !['job', 'instance'].includes(label)).join(', ');
    const ofGroup = FOREIGN_LABELS.filter((label) => !['job', 'exported_job'].includes(label)).join(', ');
    for (const { expr, alert, record } of allRules()) {
      const lists = [...expr.matchAll(/(?:without|ignoring) \(([^)]*\bcontainer\b[^)]*)\)/g)].map(([, labels = '']) => labels);
      for (const labels of lists) expect(labels, alert ?? record).toMatch(new RegExp(`^(${list}|${ofTarget}|${ofGroup})(, |$)`));
      if (isRaw(expr)) expect(lists, alert ?? record).not.toEqual([]);
    }
    for (const { targets = [] } of board().panels)
      for (const { expr } of targets) if (/ignoring \(|sum by/.test(expr) && !expr.includes('ALERTS')) expect(expr).toContain(list);
  });

  test('can be more, and fewer', async () => {
    const files = monitoringFiles({ dropLabels: ['k8s_cluster', 'pod'], keepLabels: ['service'] });
    const text = [...files].filter(([name]) => name.endsWith('.yml') || name.endsWith('.json')).map(([, content]) => content);
    const more = FOREIGN_LABELS.filter((label) => label !== 'service')
      .concat('k8s_cluster')
      .join(', ');
    expect(text.join().split(more).length).toBeGreaterThan(50);
    expect(text.join()).not.toContain(FOREIGN_LABELS.join(', '));
    expect(text.join()).not.toMatch(/ruler_replica, service/);
    expect(await promtoolCheck(new Map([...files].filter(([name]) => /^(core|more|thresholds)/.test(name))))).toBe('');
  });
});

describe('npm run monitoring', () => {
  test('without options writes what is shipped', () => {
    const files = monitoringFiles();
    for (const { name, content } of ruleFiles()) expect(parse(files.get(name) ?? '')).toEqual(content);
    expect(JSON.parse(files.get('rocketmq-lag.json') ?? '')).toEqual(board());
  });

  test.each(FORMATS)('gives absolute links to runbook and board: %s', (format) => {
    for (const [name, text] of monitoringFiles({ format, ...LINKS })) {
      if (/thresholds|\.json|alertmanager/.test(name)) continue;
      const links = (kind: string) => [...text.matchAll(new RegExp(`${kind}_url"?: ['"]?(.*?)['"]?,?$`, 'gm'))].map(([, link]) => link);
      expect(links('runbook').length, name).toBeGreaterThan(10);
      for (const link of links('runbook')) expect(link).toMatch(/^https:\/\/wiki\.example\.com\/alerts#rocketmqlag\w+$/);
      for (const link of links('dashboard')) expect(link).toMatch(/^https:\/\/grafana\.example\.com\/d\/rocketmq-lag/);
    }
  });

  test('wraps every group into a PrometheusRule', () => {
    const wrapped = [...monitoringFiles({ format: 'prometheusrule' })].filter(([name]) => /^rocketmq-lag-\w+\.yml$/.test(name));
    const documents = wrapped.map(
      ([, text]) => parse(text) as { kind: string; apiVersion: string; metadata: { name: string }; spec: RuleFile },
    );
    for (const { kind, apiVersion } of documents) expect([apiVersion, kind]).toEqual(['monitoring.coreos.com/v1', 'PrometheusRule']);
    expect(documents.map(({ metadata }) => metadata.name).sort()).toEqual([
      'rocketmq-lag-core',
      'rocketmq-lag-more',
      'rocketmq-lag-thresholds',
    ]);
    const groups = (files: readonly RuleFile[]) => files.flatMap((file) => file.groups).sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(groups(documents.map(({ spec }) => spec))).toEqual(groups(ruleFiles().map(({ content }) => content)));
  });

  test('has alerts, recording rules and the board in a mixin', () => {
    const text = monitoringFiles({ format: 'mixin' }).get('mixin.libsonnet') ?? '';
    // JSON but for the names of its three fields, each followed by a comma.
    const mixin = JSON.parse(text.replace(/^(\w+)\+::/gm, '"$1":').replace(/,\n\}\n$/, '\n}'));
    expect(Object.keys(mixin)).toEqual(['prometheusRules', 'prometheusAlerts', 'grafanaDashboards']);
    const rules = (file: RuleFile) => file.groups.flatMap((group) => group.rules);
    expect(rules(mixin.prometheusAlerts).length).toBe(alerts().size);
    expect(rules(mixin.prometheusRules).length + alerts().size).toBe(allRules().length);
    expect(mixin.grafanaDashboards).toEqual({ 'rocketmq-lag.json': board() });
  });

  test('takes another prefix of the metrics, and the labels by which clusters differ', async () => {
    const files = monitoringFiles({ prefix: 'mq', grouping: ['stage'] });
    const rules = new Map([...files].filter(([name]) => /^(core|more|thresholds)/.test(name)));
    expect([...rules.values()].join()).not.toMatch(/\brocketmq_(tick|msg_diff|process|group|broker)_/);
    expect(files.get('core.yml')).toContain('mq_msg_diff_topic_consumergroup');
    expect(await promtoolCheck(rules)).toBe('');
    const { inhibit_rules } = parse(files.get('alertmanager.yml') ?? '') as { inhibit_rules: { equal: string[] }[] };
    for (const { equal } of inhibit_rules) expect(equal).toContain('stage');
  });

  test.each([
    [{ format: 'helm' }, '--format helm: give rules, prometheusrule, mixin'],
    [{ runbooks: 'wiki' }, '--runbooks wiki: give an address with http:// or https://'],
    [{ 'drop-labels': 'a,b-c' }, '--drop-labels a,b-c: "b-c" is not a label of Prometheus'],
  ])('refuses %o', (flags, message) => {
    expect(() => toTarget(flags)).toThrow(message);
  });
});

test('alerts and board follow the conventions that the linters for mixins and boards check', () => {
  for (const [name, { annotations }] of alerts()) {
    expect(annotations?.summary, name).toMatch(/^[A-Z{].*\.$/);
    expect(annotations?.description, name).toBeTruthy();
  }
  const { __requires, templating } = board();
  expect(__requires.map(({ id }) => id)).toEqual(['grafana', 'prometheus', 'stat', 'table', 'timeseries']);
  expect(templating.list[0]).toMatchObject({ name: 'datasource', label: 'Data source', type: 'datasource' });
});
