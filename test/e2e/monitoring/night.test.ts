import { expect, test } from 'vitest';
import { firingAlerts, type Series } from '../../support/promtool.ts';
import { brokerSays, data, group, health, process, repeated, subscription, wellCollector } from '../../support/pushed-series.ts';

const PROCESSES = Array.from({ length: 6 }, (_, index) => ({
  consumerGroup: 'g',
  consumerClientIP: '10.0.0.1',
  consumerClientPID: String(100 + index),
}));
const REASON = (reason: string) => data('reason', { topic: 'orders', consumerGroup: 'g', reason });

/** From minute 20 to 50: every process is restarted, one after the other, for 5 minutes each. */
function rollingRestart(): Series {
  const each = PROCESSES.map((labels, index) => {
    const before = 20 + 5 * index;
    return {
      // After its start it cannot answer for a minute, and again after the next rebalance.
      [process('responding', labels)]: `1x${before - 1} stale _ 0 _ 1 0 _ 1x200`,
      [process('idle_seconds', { topic: 'orders', ...labels })]: `1x${before - 1} stale _ _ _ 1x200`,
      [process('consumed_per_second', { topic: 'orders', ...labels })]: `5x${before - 1} stale _ _ _ 5x200`,
    };
  });
  return Object.assign(
    {
      ...subscription({
        values: {
          topic_consumergroup: `0x19 ${repeated('400 900 1500 800 300', 6)} 0x200`,
          consumer_offset: '10000+50x240',
          broker_offset: '10000+50x240',
          delay_seconds: `0x19 ${repeated('20 60 80 40 10', 6)} 0x200`,
          unassigned: `0x19 ${repeated('300 100 0 0 0', 6)} 0x200`,
          processes: `6x19 ${repeated('5 5 5 6 6', 6)} 6x200`,
        },
      }),
      // Each connects again before the broker has dropped its old connection.
      [group('duplicate_client_ids', { consumerGroup: 'g' })]: `_x20 ${repeated('1 1 _ 0 0', 6)} _x200`,
      [REASON('catching-up')]: `_x20 ${repeated('1 _ 1 1 1', 6)} stale`,
      [REASON('unresponsive')]: `_x20 ${repeated('stale 1 stale _ _', 6)} stale`,
    },
    ...each,
  );
}

/** From minute 80 to 85: broker-b is restarted, and with it half of the queues of shipments. */
function brokerRestart(): Series {
  return {
    ...subscription({
      topic: 'shipments',
      consumerGroup: 'h',
      values: {
        topic_consumergroup: '40x79 20x4 300 40x200',
        consumer_offset: '10000+100x79 9000+50x4 18400+100x200',
        broker_offset: '10040+100x79 9020+50x4 18700+100x200',
        queues: '8x79 4x4 8x200',
        delay_seconds: '3x240',
      },
    }),
    [data('broker', { broker: 'broker-a' })]: '50x240',
    [data('broker', { broker: 'broker-b' })]: '50x79 stale _x4 50x200',
    [brokerSays('info', { broker: 'broker-a', version: 'V5_5_1' })]: '1x240',
    [brokerSays('info', { broker: 'broker-b', version: 'V5_5_1' })]: '1x79 stale _x4 1x200',
    [brokerSays('send_wait_seconds', { broker: 'broker-b' })]: '0x79 stale _x4 0.9 0.5 0x200',
    [health('brokers', { outcome: 'seen' })]: '2x79 1x4 2x200',
    [health('brokers', { outcome: 'missing' })]: '0x79 1x4 0x200',
    [data('unreadable_group', { topic: 'invoices', consumerGroup: 'h' })]: '_x80 1x4 stale',
  };
}

/** From minute 120 to 132 a deployment is rolled out that no longer subscribes to payments. */
function droppedSubscription(): Series {
  return {
    ...subscription({
      topic: 'payments',
      values: Object.fromEntries(
        ['topic_consumergroup', 'consumer_offset', 'broker_offset', 'queues', 'processes', 'unassigned', 'delay_seconds'].map((metric) => [
          metric,
          metric === 'topic_consumergroup'
            ? '30x123 stale'
            : metric === 'unassigned'
              ? '0x123 stale'
              : metric.endsWith('offset')
                ? '1000+10x123 stale'
                : '4x123 stale',
        ]),
      ),
    }),
    [group('subscriptions_differ', { consumerGroup: 'g' })]: '0x119 1x11 0x200',
    [data('unreadable_group', { topic: 'payments', consumerGroup: 'g' })]: '_x124 1x7 stale',
    [data('unsubscribed_group', { topic: 'payments', consumerGroup: 'g' })]: '_x133 1x200',
    [health('complete')]: '1x79 0x4 1x39 0x7 1x200',
  };
}

/** An hour old: it has deleted nothing, and what its groups have left is how old it is. */
function youngCluster(): Series {
  const place = { cluster: 'young' };
  return {
    ...wellCollector(place),
    ...subscription({
      ...place,
      topic: 'reports',
      consumerGroup: 'nightly',
      values: {
        topic_consumergroup: '0x30 500x25 0x200',
        delay_seconds: '0x30 2400+20x25 0x200',
        retention_margin_seconds: '_x31 600x25 stale',
      },
    }),
    [brokerSays('earliest_message_timestamp_seconds', { broker: 'broker-a' }, place)]: '-3600x240',
    [brokerSays('disk_used_ratio', { broker: 'broker-a' }, place)]: '0.1x240',
  };
}

test('a night with a restart of every consumer and of a broker, a dropped subscription and a young cluster wakes nobody', async () => {
  const series = { ...wellCollector(), ...rollingRestart(), ...brokerRestart(), ...youngCluster(), ...droppedSubscription() };
  const firing = await firingAlerts(series, 240);
  const told = new Set(firing.flat().map(({ alertname, severity, topic }) => `${severity} ${alertname} ${topic ?? ''}`.trim()));
  expect([...told]).toEqual(['info RocketmqLagGroupUnsubscribed payments']);
}, 300_000);
