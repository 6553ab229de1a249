import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startTicking, type Ticking } from '../../../scripts/demo/watch.ts';
import { type Prometheus, startAlertmanager, startPrometheus } from '../../../scripts/servers/prometheus.ts';
import { startPushgateway } from '../../../scripts/servers/servers.ts';
import { board, labelQueries, promqlOf, withoutRow } from '../../support/board.ts';
import { startWebhook } from '../../support/webhook.ts';

const MINUTE_MS = 1_000;
/** Long enough on a busy machine; what is waited for comes in seconds. */
const SOON = { timeout: 50_000, interval: 250 };

const OLD_BOARD: Readonly<Record<string, readonly string[]>> = {
  detail: ['topic', 'consumerGroup', 'broker', 'queueId', 'consumerClientIP', 'consumerClientPID'],
  clientinfo: ['consumerClientIP', 'consumerClientPID'],
  topic: ['topic'],
  consumergroup: ['consumerGroup'],
  broker: ['broker'],
  queue: ['broker', 'queueId'],
};

describe('a real Prometheus that scrapes a real Pushgateway', () => {
  const stops: (() => Promise<void>)[] = [];
  let prometheus: Prometheus;
  let ticking: Ticking;
  let webhook: Awaited<ReturnType<typeof startWebhook>>;

  beforeAll(async () => {
    const gateway = await startPushgateway();
    stops.push(gateway.stop);
    ticking = await startTicking({ gatewayUrl: gateway.url, clusterName: 'test', recording: '2.1.0.grpc-5.5.0', minuteMs: MINUTE_MS });
    stops.push(ticking.stop);
    webhook = await startWebhook();
    stops.push(webhook.stop);
    const alertmanager = await startAlertmanager(webhook.url);
    stops.push(alertmanager.stop);
    prometheus = await startPrometheus({ gatewayUrl: gateway.url, alertmanagerUrl: alertmanager.url, minuteMs: MINUTE_MS });
    stops.push(prometheus.stop);
  });

  afterAll(async () => {
    for (const stop of stops.reverse()) await stop();
  });

  const firing = async () =>
    new Set((await prometheus.alerts()).filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname));

  test('keeps the labels that were pushed', async () => {
    await vi.waitFor(
      async () =>
        expect((await prometheus.query('rocketmq_msg_diff_topic{topic="orders"}'))[0]?.labels).toMatchObject({
          job: 'rocketmq-monitor',
          rocketmqClusterName: 'test',
          namesrvAddr: '192.0.2.9:9876',
        }),
      SOON,
    );
  });

  test('has data for every panel of the old board, and values for its variables', async () => {
    for (const [metric, own] of Object.entries(OLD_BOARD)) {
      const matchers = [...own, 'rocketmqClusterName', 'namesrvAddr'].map((label) => `${label}=~".*"`);
      const series = await prometheus.query(`rocketmq_msg_diff_${metric}{${matchers.join(', ')}, job="rocketmq-monitor"}`);
      expect({ metric, labels: own.filter((label) => series.some(({ labels }) => labels[label] !== undefined)) }).toEqual({
        metric,
        labels: own,
      });
    }
    for (const label of ['rocketmqClusterName', 'namesrvAddr', ...(OLD_BOARD.detail ?? [])])
      expect(await prometheus.labelValues(label, 'rocketmq_msg_diff_detail'), label).not.toEqual([]);
  });

  test('has data for every query of our board, and values for its variables', async () => {
    const chosen = { cluster: 'test', topic: 'orders|payments|shipments', group: 'g_.*' };
    for (const { title, expr } of promqlOf(withoutRow(board(), 'Why?'), chosen))
      await vi.waitFor(async () => expect(await prometheus.query(expr), title).not.toEqual([]), SOON);
    for (const { name, label, selector } of labelQueries(board()))
      expect(await prometheus.labelValues(label, selector), name).not.toEqual([]);
    expect(labelQueries(board()).map(({ name }) => name)).toEqual(['cluster', 'topic', 'group']);
  });

  test('evaluates every rule without an error', async () => {
    await vi.waitFor(async () => expect((await prometheus.ruleHealth()).filter(({ health }) => health === 'unknown')).toEqual([]), SOON);
    expect((await prometheus.ruleHealth()).filter(({ health }) => health !== 'ok')).toEqual([]);
  });

  test('tells a pager of a group that nobody consumes for, in words with its number', async () => {
    // Its messages grow old as well, a minute a second, and a pager may hear of that first: this page is looked for by its name.
    const page = () =>
      webhook.received.find(({ labels }) => labels.alertname === 'RocketmqLagNobodyConsumes' && labels.consumerGroup === 'g_offline');
    await vi.waitFor(() => expect(page()).toBeDefined(), SOON);
    const told = page();
    expect(told).toMatchObject({ receiver: 'pager', status: 'firing', labels: { severity: 'critical' } });
    expect(told?.annotations.summary).toBe('Nobody consumes for g_offline (test).');
    expect(told?.annotations.description).toMatch(/^751 messages wait for group g_offline \(test\)/);
    expect(told?.annotations.dashboard_url).toBe('/d/rocketmq-lag?var-cluster=test&var-group=g_offline');
    for (const { annotations } of await prometheus.alerts()) expect(Object.values(annotations).join()).not.toMatch(/<no value>|error/i);
  });

  test('believes nothing any more once the console is gone, but that the collector is stale', async () => {
    expect(await firing()).toContain('RocketmqLagNobodyConsumes');
    ticking.show(undefined);
    await vi.waitFor(async () => expect([...(await firing())]).toEqual(['RocketmqLagCollectorStale']), SOON);
    await vi.waitFor(
      () =>
        expect(webhook.received.map(({ receiver, labels }) => `${receiver} ${labels.alertname}`)).toContain(
          'pager RocketmqLagCollectorStale',
        ),
      SOON,
    );
    // Five of these minutes.
    const stale = `< ${(300 * MINUTE_MS) / 60_000})`;
    for (const title of ['By group and topic', 'By process', 'Backlog of all groups']) {
      const [{ expr } = { expr: '' }] = [...promqlOf(board())].filter((panel) => panel.title === title);
      expect(await prometheus.query(expr), title).not.toEqual([]);
      expect(await prometheus.query(expr.replace('< 300)', stale)), title).toEqual([]);
    }
  });

  test('and is well again once the console is back', async () => {
    ticking.show('2.1.0.grpc-5.5.0');
    await vi.waitFor(async () => expect(await firing()).not.toContain('RocketmqLagCollectorStale'), SOON);
    expect(await prometheus.query('rocketmq_lag_pusher:backlog:recent{consumerGroup="g_offline", topic="shipments"}')).toMatchObject([
      { value: 751 },
    ]);
  });
});
