import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { parse } from 'yaml';
import { startAlertmanager } from '../../../scripts/servers/prometheus.ts';
import { startWebhook } from '../../support/webhook.ts';

type Labels = Readonly<Record<string, string>>;

/** Puts alerts to a real Alertmanager with the shipped example; gives what its webhook was told, once `last` is among it. */
async function notifiedOf(alerts: readonly Labels[], last: string): Promise<string[]> {
  const webhook = await startWebhook();
  onTestFinished(webhook.stop);
  const alertmanager = await startAlertmanager(webhook.url);
  onTestFinished(alertmanager.stop);
  const put = async (labels: readonly Labels[]) => {
    const answer = await fetch(`${alertmanager.url}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(
        labels.map(({ alertname, ...rest }) => ({ labels: { alertname: `RocketmqLag${alertname}`, severity: 'warning', ...rest } })),
      ),
    });
    expect(answer.status).toBe(200);
  };
  const told = () =>
    webhook.received.map(({ receiver, labels }) =>
      `${receiver}: ${labels.alertname?.replace('RocketmqLag', '')} ${labels.rocketmqClusterName ?? ''} ${labels.consumerGroup ?? ''}`.trim(),
    );
  await put(alerts);
  // Sent later and never muted: when it is told, the others would have been.
  const marker = { alertname: last, rocketmqClusterName: 'marker' };
  await vi.waitFor(() => expect(told().length).toBeGreaterThan(0), { timeout: 20_000, interval: 100 });
  await put([marker]);
  await vi.waitFor(() => expect(told().join()).toContain('marker'), { timeout: 20_000, interval: 100 });
  return [...new Set(told())].filter((line) => !line.includes('marker')).sort();
}

const high = (rocketmqClusterName: string, consumerGroup: string, more: Labels = {}) => ({
  alertname: 'BacklogHigh',
  rocketmqClusterName,
  consumerGroup,
  ...more,
});

test('a stale collector mutes what it had to tell of its cluster, not of another, nor why it is stale', async () => {
  const alerts = [
    { alertname: 'CollectorStale', rocketmqClusterName: 'a', severity: 'critical' },
    { alertname: 'PushRefused', rocketmqClusterName: 'a', severity: 'critical' },
    { alertname: 'TickSlow', rocketmqClusterName: 'a' },
    high('a', 'g'),
    high('b', 'g'),
  ];
  expect(await notifiedOf(alerts, 'SeriesDropped')).toEqual(['chat: BacklogHigh b g', 'pager: CollectorStale a', 'pager: PushRefused a']);
});

test('a group that nobody consumes for is told once, its high backlog and its delay are not told as well', async () => {
  const alerts = [
    { alertname: 'NobodyConsumes', rocketmqClusterName: 'a', consumerGroup: 'g', severity: 'critical' },
    { alertname: 'DelayHigh', rocketmqClusterName: 'a', consumerGroup: 'g', topic: 'orders' },
    high('a', 'g', { topic: 'orders' }),
    high('a', 'other', { topic: 'orders' }),
  ];
  expect(await notifiedOf(alerts, 'SeriesDropped')).toEqual(['chat: BacklogHigh a other', 'pager: NobodyConsumes a g']);
});

test('a gateway that is down mutes nothing of a cluster, which may push to another', async () => {
  const alerts = [
    { alertname: 'PushgatewayDown', severity: 'critical', instance: 'pg-a:9091' },
    { alertname: 'NobodyConsumes', rocketmqClusterName: 'b', consumerGroup: 'g', severity: 'critical' },
  ];
  expect(await notifiedOf(alerts, 'SeriesDropped')).toEqual(['pager: NobodyConsumes b g', 'pager: PushgatewayDown']);
});

test('a cluster mutes nothing of the cluster of the same name in another region, and a shard nothing of another', async () => {
  const alerts = [
    { alertname: 'CollectorStale', rocketmqClusterName: 'a', region: 'eu', severity: 'critical' },
    high('a', 'eu', { region: 'eu' }),
    high('a', 'us', { region: 'us' }),
    { alertname: 'CollectorAbsent', rocketmqClusterName: 'b', shard: '2', severity: 'critical' },
    { alertname: 'TickSlow', rocketmqClusterName: 'b', shard: '1' },
    { alertname: 'TickPartial', rocketmqClusterName: 'b', shard: '2' },
  ];
  expect(await notifiedOf(alerts, 'SeriesDropped')).toEqual([
    'chat: BacklogHigh a us',
    'chat: TickSlow b',
    'pager: CollectorAbsent b',
    'pager: CollectorStale a',
  ]);
});

test('every inhibition is about one cluster', () => {
  const { inhibit_rules } = parse(readFileSync(new URL('../../../monitoring/alertmanager.yml', import.meta.url), 'utf8')) as {
    inhibit_rules: { equal: string[] }[];
  };
  expect(inhibit_rules.length).toBeGreaterThan(5);
  for (const { equal } of inhibit_rules) expect(equal).toEqual(expect.arrayContaining(['rocketmqClusterName', 'namesrvAddr']));
});

test('a process that is the reason mutes what its group shows, and a page is muted by a page alone', async () => {
  const of = (alertname: string, consumerGroup: string, severity = 'warning') => ({
    alertname,
    rocketmqClusterName: 'a',
    consumerGroup,
    severity,
  });
  const alerts = [
    of('ProcessBlocked', 'blocked', 'critical'),
    of('ConsumerStuck', 'blocked', 'critical'),
    of('DelayHigh', 'blocked'),
    of('ProcessUnresponsive', 'hung'),
    of('ConsumerStuck', 'hung', 'critical'),
    of('QueuesUnassigned', 'hung'),
    of('BacklogHigh', 'other'),
  ];
  expect(await notifiedOf(alerts, 'SeriesDropped')).toEqual([
    'chat: BacklogHigh a other',
    'chat: ProcessUnresponsive a hung',
    'pager: ConsumerStuck a hung',
    'pager: ProcessBlocked a blocked',
  ]);
});
