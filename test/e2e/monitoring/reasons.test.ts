import { describe, expect, test } from 'vitest';
import { runPromtool } from '../../support/promtool.ts';
import { data, process } from '../../support/pushed-series.ts';
import { alerts } from '../../support/rules.ts';
import { CLIENTS, NOBODY, working } from './cases/working.ts';

const WHERE = { namesrvAddr: 'n:9876', rocketmqClusterName: 'c', consumerGroup: 'g' };
const HIGH = { topic_consumergroup: '20000x60' };
const BOARD = '/d/rocketmq-lag?var-cluster=c';

const reason = (name: string, topic = 'orders') => ({ [data('reason', { topic, consumerGroup: 'g', reason: name })]: '1x60' });

/** The description of BacklogHigh, with this at its end. */
function high(name: string, more: Readonly<Record<string, string>>, why: string) {
  const { at, series } = working(name, HIGH, { 12: ['BacklogHigh'] }, more);
  const labels = { ...WHERE, topic: 'orders', severity: 'warning' };
  const annotations = {
    summary: '20000 messages wait for g on orders (c).',
    description: `Group g on orders (c) has been above its threshold for 10 minutes; 20000 messages wait now.${why}`,
    runbook_url: 'docs/alerts.md#rocketmqlagbackloghigh',
    dashboard_url: `${BOARD}&var-topic=orders&var-group=g`,
  };
  return { name, series, at, says: { minute: 12, alert: 'BacklogHigh', labels, annotations } };
}

describe('the page itself says why', () => {
  test('where the reason is known, and nothing where it is not', async () => {
    const cases = [
      high('blocked', reason('blocked'), ' Why: blocked.'),
      high('not asked', {}, ''),
      high('of another topic', reason('blocked', 'payments'), ''),
    ];
    expect(await runPromtool(cases)).toBe('');
    expect(await runPromtool([high('blocked', reason('failing'), ' Why: blocked.')])).toContain('failing');
  });

  test('of a group on all its topics, where the alert is about the group', async () => {
    const { name, at, series } = working(
      'nobody',
      NOBODY,
      { 12: ['NobodyConsumes'] },
      { [CLIENTS]: '0x60', ...reason('nobody-online'), ...reason('nobody-online', '%RETRY%g') },
    );
    const annotations = {
      summary: 'Nobody consumes for g (c).',
      description:
        '700 messages wait for group g (c), and for 10 minutes not one client of it has been online, nor have its offsets moved. Why: nobody-online.',
      runbook_url: 'docs/alerts.md#rocketmqlagnobodyconsumes',
      dashboard_url: `${BOARD}&var-group=g`,
    };
    const labels = { ...WHERE, severity: 'critical' };
    expect(await runPromtool([{ name, at, series, says: { minute: 12, alert: 'NobodyConsumes', labels, annotations } }])).toBe('');
  });

  test('how many threads a saturated group needs at the present rate', async () => {
    const labels = { consumerGroup: 'g', consumerClientIP: '192.0.2.1', consumerClientPID: '1' };
    const more = {
      ...reason('saturated'),
      [process('consumed_per_second', { topic: 'orders', ...labels })]: '2.5x60',
      [process('threads', labels)]: '2x60',
    };
    const { name, at, series } = working(
      'saturated',
      { topic_consumergroup: '700x60', broker_offset: '1000+600x60' },
      { 20: ['GroupSaturated'] },
      more,
    );
    const annotations = {
      summary: 'g on orders (c) needs more threads, or processes.',
      description:
        'Every process of g on orders (c) that has backlog is busy all the time, with 2 threads in all. At the present rate of its producers it takes 8 threads to keep up, and more to catch up.',
      runbook_url: 'docs/alerts.md#rocketmqlaggroupsaturated',
      dashboard_url: `${BOARD}&var-topic=orders&var-group=g`,
    };
    const says = { minute: 20, alert: 'GroupSaturated', labels: { ...WHERE, topic: 'orders', severity: 'warning' }, annotations };
    expect(await runPromtool([{ name, at, series, says }])).toBe('');
  });

  test.each([
    'BacklogHigh',
    'BacklogGrowing',
    'DrainTooSlow',
    'ConsumerStuck',
    'DelayHigh',
    'QueueStuck',
    'BacklogUnusual',
    'NobodyConsumes',
    'ClientsUnnamed',
    'QueuesUnassigned',
    'RetryBacklog',
  ])('%s asks for the reason', (name) => {
    expect(alerts().get(name)?.annotations?.description).toContain('rocketmq_msg_diff_reason{');
  });
});

describe('a page about a process names the machine', () => {
  const PROCESS = { consumerGroup: 'g', consumerClientIP: '172.17.0.1', consumerClientPID: '1' };
  const blocked = (name: string, more: Readonly<Record<string, string>>, machine: string) => {
    const idle = { [process('idle_seconds', { topic: 'orders', ...PROCESS })]: '400x60' };
    const { at, series } = working(name, { topic_consumergroup: '700x60' }, { 5: ['ProcessBlocked'] }, { ...idle, ...more });
    const annotations = {
      summary: 'Process 172.17.0.1 1 of g (c) is blocked.',
      description: `The process has messages of orders in hand and has finished none for 6m 40s: group g (c). All messages on its queues wait for it.${machine}`,
      runbook_url: 'docs/alerts.md#rocketmqlagprocessblocked',
      dashboard_url: `${BOARD}&var-topic=orders&var-group=g`,
    };
    const labels = { ...WHERE, ...PROCESS, topic: 'orders', severity: 'critical' };
    return { name, series, at, says: { minute: 5, alert: 'ProcessBlocked', labels, annotations } };
  };
  const info = (address: string) => ({
    [process('info', { ...PROCESS, version: 'V5_5_1', language: 'JAVA', type: 'concurrent', address })]: '1x60',
  });
  const pod = (ip: string, name: string, labels = `namespace="shop",pod="${name}"`) => ({
    [`kube_pod_info{job="kube-state-metrics",host_network="false",pod_ip="${ip}",${labels}}`]: '1x60',
  });

  test('where it is known, and says nothing where it is not', async () => {
    const seen = ' The broker sees it at 10.0.3.7.';
    const cases = [
      blocked('nothing is known', {}, ''),
      blocked('the broker knows', info('10.0.3.7'), seen),
      blocked(
        'the pod of that address',
        { ...info('10.0.3.7'), ...pod('10.0.3.8', 'other'), ...pod('10.0.3.7', 'shop-1') },
        `${seen} Pod: shop/shop-1.`,
      ),
      blocked('the pod of its own address', pod('172.17.0.1', 'shop-2'), ' Pod: shop/shop-2.'),
      blocked(
        'kube-state-metrics is scraped without honor_labels',
        pod('172.17.0.1', '', 'namespace="monitoring",pod="ksm-0",exported_namespace="shop",exported_pod="shop-3"'),
        ' Pod: shop/shop-3.',
      ),
    ];
    expect(await runPromtool(cases)).toBe('');
  });
});
