import { expect, test } from 'vitest';
import { DATA_METRICS } from '../../src/metrics/data.ts';
import { HEALTH_METRICS } from '../../src/metrics/health-metrics.ts';
import { METRIC_LABELS } from '../../src/metrics/metric.ts';

/** Metrics of RocketMQ's brokers since 5.1 and of Apache's rocketmq-exporter that begin like ours; users scrape them beside ours. */
const THEIRS = [
  ...['active_subscription_number', 'active_topic_number', 'broker_permission', 'broker_qps', 'broker_tps', 'broker_up'],
  ...['brokeruntime_commitlog_disk_ratio', 'brokeruntime_msg_put_total_today_now'],
  ...['client_consume_fail_msg_count', 'client_consume_fail_msg_tps', 'client_consume_ok_msg_tps', 'client_consume_rt'],
  ...['client_consumer_pull_rt', 'client_consumer_pull_tps', 'consumer_connections', 'consumer_group_number'],
  ...['consumer_inflight_messages', 'consumer_lag_latency', 'consumer_lag_messages', 'consumer_message_size', 'consumer_offset'],
  ...['consumer_queueing_latency', 'consumer_ready_messages', 'consumer_tps', 'delay_message_latency', 'group_consume_total_offset'],
  ...['group_consume_tps', 'group_count', 'group_diff', 'group_dlqdiff', 'group_get_latency_by_storetime', 'group_retrydiff'],
  ...['half_messages', 'message_accumulation', 'message_size', 'messages_in_total', 'messages_out_total', 'processor_watermark'],
  ...['producer_connections', 'producer_offset', 'producer_tps', 'proxy_up', 'rpc_latency', 'send_back_nums'],
  ...['send_to_dlq_messages_total', 'storage_message_reserve_time', 'storage_size', 'topic_dlq_offset', 'topic_number'],
  ...['topic_retry_offset'],
];

test('no metric has the name of one that RocketMQ or its exporter exports', () => {
  const ours = [...DATA_METRICS, ...HEALTH_METRICS].map(({ name }) => name);
  expect(ours.filter((name) => THEIRS.includes(name))).toEqual([]);
  expect(new Set(ours).size).toBe(ours.length);
});

test('every metric is of one of our families', () => {
  for (const { name } of DATA_METRICS) expect(name).toMatch(/^(msg_diff|process|group|broker)_/);
  for (const { name } of HEALTH_METRICS) expect(name).toMatch(/^tick_/);
});

test('every label of a metric is one that a grouping key must not use, and no other is refused', () => {
  const used = [...DATA_METRICS, ...HEALTH_METRICS].flatMap(({ labels }) => labels);
  expect(new Set(used)).toEqual(new Set(METRIC_LABELS));
});
