import { describe, expect, test } from 'vitest';
import { runCommand } from '../../../scripts/servers/processes.ts';
import { obtainProgram } from '../../../scripts/servers/servers.ts';
import { type AlertCase, runPromtool } from '../../support/promtool.ts';
import { alerts, allRules, ruleFiles } from '../../support/rules.ts';
import { AHEAD_CASES } from './cases/ahead.ts';
import type { AlertCases } from './cases/alert-cases.ts';
import { BACKLOG_CASES } from './cases/backlog.ts';
import { BROKER_CASES } from './cases/brokers.ts';
import { CLUSTER_CASES } from './cases/cluster.ts';
import { COLLECTOR_CASES } from './cases/collector.ts';
import { CONSUMER_CASES } from './cases/consumers.ts';
import { FAILING_CASES } from './cases/failing.ts';
import { PROCESS_CASES } from './cases/processes.ts';
import { PUSHING_CASES } from './cases/pushing.ts';
import { RETENTION_CASES } from './cases/retention.ts';

const FILES = {
  collector: COLLECTOR_CASES,
  pushing: PUSHING_CASES,
  backlog: BACKLOG_CASES,
  consumers: CONSUMER_CASES,
  failing: FAILING_CASES,
  processes: PROCESS_CASES,
  cluster: CLUSTER_CASES,
  brokers: BROKER_CASES,
  retention: RETENTION_CASES,
  ahead: AHEAD_CASES,
};
const CASES = Object.assign({}, ...Object.values(FILES)) as AlertCases;

describe('the shipped rules', () => {
  test('are taken by promtool without a complaint', async () => {
    const { code, stdout } = await runCommand(obtainProgram('promtool'), [
      'check',
      'rules',
      '--lint=all',
      '--lint-fatal',
      ...ruleFiles().map(({ path }) => path),
    ]);
    expect(code).toBe(0);
    expect(stdout).not.toMatch(/warning|duplicate/i);
  });

  test('each have a case in which they fire and one in which they must not', () => {
    expect(Object.keys(CASES).sort()).toEqual([...alerts().keys()].sort());
    const firesIn = (alert: string, { at }: AlertCase) => Object.values(at).some((firing) => firing.includes(alert));
    for (const [alert, { fires, silent }] of Object.entries(CASES)) {
      expect({ alert, firing: fires.length, silent: silent.length }).toEqual({
        alert,
        firing: fires.filter((one) => firesIn(alert, one)).length || 'none',
        silent: silent.filter((one) => !firesIn(alert, one)).length || 'none',
      });
    }
  });

  test.each(Object.entries(FILES))('fire where they should, are silent next to it, and no other speaks: %s', async (_file, cases) => {
    expect(await runPromtool(Object.values(cases).flatMap(({ fires, silent }) => [...fires, ...silent]))).toBe('');
  });

  test('say how bad it is, what it is with its number, what to do, and where to look', () => {
    for (const [name, { labels, annotations }] of alerts()) {
      expect(labels?.severity, name).toMatch(/^(critical|warning|info)$/);
      expect(annotations?.summary, name).toBeTruthy();
      expect(annotations?.description, name).toContain('$value');
      expect(annotations?.runbook_url).toBe(`docs/alerts.md#rocketmqlag${name.toLowerCase()}`);
      expect(annotations?.dashboard_url, name).toMatch(/^\/d\/rocketmq-lag/);
    }
  });

  test('miss no default threshold, and no limit without one', () => {
    const recorded = allRules().flatMap(({ record, labels }) => (record !== undefined && labels === undefined ? [record] : []));
    const named = (kind: string) => recorded.flatMap((record) => record.split(`rocketmq_lag_pusher:${kind}:`)[1] ?? []);
    expect(alerts().get('ThresholdsMissing')?.expr).toContain(`< ${named('threshold').length}`);
    expect(named('threshold')).toEqual(expect.arrayContaining(named('limit')));
    expect(named('threshold').filter((name) => !named('limit').includes(name))).toEqual([
      'stale_seconds',
      'slow_seconds',
      'console_ratio',
      'console_answer_seconds',
      'disk_ratio',
      'delayed_messages',
    ]);
  });
});
