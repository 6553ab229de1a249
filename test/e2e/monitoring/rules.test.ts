import { describe, expect, test } from 'vitest';
import { runCommand } from '../../../scripts/servers/processes.ts';
import { obtainProgram } from '../../../scripts/servers/servers.ts';
import { SHAPES } from '../../support/label-shapes.ts';
import { type AlertCase, runPromtool } from '../../support/promtool.ts';
import { alerts, allRules, defaultThresholds, ruleFiles } from '../../support/rules.ts';
import { AHEAD_CASES } from './cases/ahead.ts';
import { BACKLOG_CASES } from './cases/backlog.ts';
import { BROKER_CASES } from './cases/brokers.ts';
import { CLUSTER_CASES } from './cases/cluster.ts';
import { COLLECTOR_CASES } from './cases/collector.ts';
import { CONSUMER_CASES } from './cases/consumers.ts';
import { FAILING_CASES } from './cases/failing.ts';
import { PROCESS_CASES } from './cases/processes.ts';
import { PUSHING_CASES } from './cases/pushing.ts';
import { RETENTION_CASES } from './cases/retention.ts';

const CASES = {
  ...COLLECTOR_CASES,
  ...PUSHING_CASES,
  ...BACKLOG_CASES,
  ...CONSUMER_CASES,
  ...FAILING_CASES,
  ...PROCESS_CASES,
  ...CLUSTER_CASES,
  ...BROKER_CASES,
  ...RETENTION_CASES,
  ...AHEAD_CASES,
};

/** Hundreds of cases in one run of promtool take half a minute on a quiet machine. */
const LONG_MS = 600_000;

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

  const ALL = Object.values(CASES).flatMap(({ fires, silent }) => [...fires, ...silent]);

  const SHAPED = Object.entries(SHAPES).flatMap(([shape, inShape]) =>
    Object.values(CASES)
      .flatMap(({ fires }) => fires.slice(0, 1))
      .map((one) => ({ ...inShape(one), name: `${one.name}, ${shape}` })),
  );

  test(
    'fire where they should, whatever the labels of a scrape are, are silent next to it, and no other speaks',
    async () => {
      expect(SHAPED).toHaveLength(4 * alerts().size);
      expect(await runPromtool([...ALL, ...SHAPED])).toBe('');
    },
    LONG_MS,
  );

  test('are held by cases that can fail', async () => {
    const [first, ...others] = [...ALL.slice(0, 5), ...SHAPED.slice(0, 2)].map((one) => ({
      ...one,
      name: 'wrong',
      at: { 3: ['BacklogHigh'] },
    }));
    expect(await runPromtool([...(first ? [first] : []), ...others])).toContain('wrong');
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
    const thresholds = defaultThresholds().map(({ name }) => name);
    expect(alerts().get('ThresholdsMissing')?.expr).toContain(`< ${thresholds.length}`);
    const limits = allRules().find(({ record }) => record === 'rocketmq_lag_pusher:limit')?.expr ?? '';
    const named = [...limits.matchAll(/threshold:(\w+)\{consumerGroup=""\}\)\), "threshold", "(\w+)"/g)].map(([, default_, limit]) => [
      default_,
      limit,
    ]);
    expect(named.length).toBeGreaterThan(15);
    for (const [default_, limit] of named) expect([default_, thresholds.includes(limit ?? '')]).toEqual([limit, true]);
    const text = allRules()
      .filter(({ record }) => record !== 'rocketmq_lag_pusher:limit')
      .map(({ expr }) => expr)
      .join();
    const used = [...text.matchAll(/limit\{threshold="(\w+)"\}|lag_pusher:threshold:(\w+)\)/g)].map(
      ([, limit, threshold]) => limit ?? threshold,
    );
    expect([...new Set(used)].sort()).toEqual([...thresholds].sort());
  });

  test('that everybody loads are fifteen at most', () => {
    const core = ruleFiles().find(({ name }) => name === 'core.yml');
    expect(core?.content.groups.flatMap(({ rules }) => rules.filter(({ alert }) => alert !== undefined)).length).toBeLessThanOrEqual(15);
  });
});
