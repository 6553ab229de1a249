import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startTicking } from '../../../scripts/demo/watch.ts';
import { type Prometheus, startPrometheus } from '../../../scripts/servers/prometheus.ts';
import { startPushgateway } from '../../../scripts/servers/servers.ts';
import { board, promqlOf, rowAlone } from '../../support/board.ts';

const MINUTE_MS = 1_000;
const SOON = { timeout: 50_000, interval: 250 };

describe('a cluster in which one process hangs and others are blocked, at a real Prometheus', () => {
  const stops: (() => Promise<void>)[] = [];
  let prometheus: Prometheus;

  beforeAll(async () => {
    const gateway = await startPushgateway();
    stops.push(gateway.stop);
    const ticking = await startTicking({
      gatewayUrl: gateway.url,
      clusterName: 'test',
      recording: '2.1.0.processes-frozen',
      minuteMs: MINUTE_MS,
    });
    stops.push(ticking.stop);
    prometheus = await startPrometheus({ gatewayUrl: gateway.url, minuteMs: MINUTE_MS });
    stops.push(prometheus.stop);
  });

  afterAll(async () => {
    for (const stop of stops.reverse()) await stop();
  });

  test('the row "Why?" has data for every query', async () => {
    const queries = [...promqlOf(rowAlone(board(), 'Why?'), { cluster: 'test', topic: 'h_.*', group: 'g_.*' })];
    expect(queries.map(({ title }) => title)).toContain('Reasons now');
    for (const { title, expr } of queries) await vi.waitFor(async () => expect(await prometheus.query(expr), title).not.toEqual([]), SOON);
  });

  test('it names the process that hangs, and nobody else', async () => {
    const [{ expr } = { expr: '' }] = [...promqlOf(board())].filter(({ title }) => title === 'Processes that do not answer');
    const silent = await prometheus.query(expr);
    expect(new Set(silent.map(({ labels }) => labels.consumerClientPID))).toEqual(
      new Set(['14084', 'many-b0', 'many-b1', 'many-b2', 'many-b3', 'same']),
    );
  });

  test('a table of processes has no row without a name', async () => {
    const [{ expr } = { expr: '' }] = [...promqlOf(board())].filter(({ title }) => title === 'By process');
    const owners = (await prometheus.query(expr)).map(({ labels }) => labels.consumerClientIP);
    expect(owners).toContain('(no known client)');
    expect(owners.filter((ip) => !ip)).toEqual([]);
  });

  test('the board shows the alerts of the group that is chosen, and those of no group', async () => {
    const groups = async (group: string) => {
      const [{ expr } = { expr: '' }] = [...promqlOf(board(), { cluster: 'test', group })].filter(
        ({ title }) => title === 'Alerts that fire',
      );
      return new Set((await prometheus.query(expr)).map(({ labels }) => labels.consumerGroup));
    };
    await vi.waitFor(async () => expect((await groups('.*')).size).toBeGreaterThan(2), SOON);
    await vi.waitFor(async () => expect(await groups('g_offline')).toContain('g_offline'), SOON);
    for (const group of await groups('g_offline')) expect(['g_offline', undefined]).toContain(group);
  });

  test('alerts name processes, in words without a gap', async () => {
    const firing = async () => (await prometheus.alerts()).filter(({ state }) => state === 'firing');
    await vi.waitFor(async () => {
      const names = new Set((await firing()).map(({ labels }) => labels.alertname));
      for (const name of ['ProcessUnresponsive', 'DuplicateClientId', 'NobodyConsumes']) expect(names).toContain(`RocketmqLag${name}`);
    }, SOON);
    const nobody = (await firing()).find(({ labels }) => labels.alertname === 'RocketmqLagNobodyConsumes');
    expect(nobody?.annotations.description).toMatch(/ Why: nobody-online\.$/);
    for (const { annotations } of await prometheus.alerts()) expect(Object.values(annotations).join()).not.toMatch(/<no value>|error/i);
  });
});
