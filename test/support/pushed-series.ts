import type { Series } from './promtool.ts';

/** The grouping labels of a series at the gateway. */
export interface Place {
  readonly cluster?: string;
  readonly shard?: string;
  /** Additional grouping labels. */
  readonly grouping?: Readonly<Record<string, string>>;
}

function labels(job: string, { cluster = 'c', shard, grouping }: Place, more: Readonly<Record<string, string>>): string {
  const all = { job, rocketmqClusterName: cluster, namesrvAddr: 'n:9876', ...grouping, ...(shard === undefined ? {} : { shard }), ...more };
  return `{${Object.entries(all)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',')}}`;
}

export const data = (metric: string, more: Readonly<Record<string, string>>, place: Place = {}) =>
  `rocketmq_msg_diff_${metric}${labels('rocketmq-monitor', place, more)}`;
/** What processes say, and what their group has in common. */
export const process = (metric: string, more: Readonly<Record<string, string>>, place: Place = {}) =>
  `rocketmq_process_${metric}${labels('rocketmq-monitor', place, more)}`;
export const group = (metric: string, more: Readonly<Record<string, string>>, place: Place = {}) =>
  `rocketmq_group_${metric}${labels('rocketmq-monitor', place, more)}`;
/** A metric of a broker: `disk_used_ratio`, `info`. */
export const brokerSays = (metric: string, more: Readonly<Record<string, string>>, place: Place = {}) =>
  `rocketmq_broker_${metric}${labels('rocketmq-monitor', place, more)}`;
export const health = (metric: string, more: Readonly<Record<string, string>> = {}, place: Place = {}) =>
  `rocketmq_tick_${metric}${labels('rocketmq-monitor-tick', place, more)}`;
export const pushed = (metric: string, place: Place = {}) => `${metric}${labels('rocketmq-monitor', place, {})}`;

const LONG = 'x1500';

/** The series of a healthy collector and its Pushgateway, for a day. */
export function wellCollector(place: Place = {}): Series {
  return {
    [health('last_success_timestamp_seconds', {}, place)]: `0+60${LONG}`,
    [health('success', {}, place)]: `1${LONG}`,
    [health('complete', {}, place)]: `1${LONG}`,
    [health('duration_seconds', {}, place)]: `5${LONG}`,
    [health('series', { outcome: 'dropped' }, place)]: `0${LONG}`,
    [pushed('push_time_seconds', place)]: `0+60${LONG}`,
    [pushed('push_failure_time_seconds', place)]: `0${LONG}`,
    'up{job="pushgateway",instance="pg:9091"}': `1${LONG}`,
    'pushgateway_http_requests_total{job="pushgateway",instance="pg:9091",handler="push",method="put",code="200"}': `0+2${LONG}`,
    'pushgateway_http_requests_total{job="pushgateway",instance="pg:9091",handler="push",method="put",code="400"}': `7${LONG}`,
  };
}

export interface Subscription extends Place {
  readonly topic?: string;
  readonly consumerGroup?: string;
  /** Sample values by metric. The default is a group that consumes and has no backlog. */
  readonly values?: Readonly<Record<string, string>>;
}

/** All series that are pushed for one group on one topic. */
export function subscription({ topic = 'orders', consumerGroup = 'g', values = {}, ...place }: Subscription): Series {
  const all = {
    topic_consumergroup: `0${LONG}`,
    consumer_offset: `1000+100${LONG}`,
    broker_offset: `1000+100${LONG}`,
    queues: `8${LONG}`,
    processes: `2${LONG}`,
    unassigned: `0${LONG}`,
    delay_seconds: `0${LONG}`,
    ...values,
  };
  return {
    [data('topic_readable', { topic }, place)]: `1${LONG}`,
    ...Object.fromEntries(Object.entries(all).map(([metric, samples]) => [data(metric, { topic, consumerGroup }, place), samples])),
  };
}

/** The same samples for each of the metrics. */
export function all(metrics: readonly string[], samples: string): Record<string, string> {
  return Object.fromEntries(metrics.map((metric) => [metric, samples]));
}

/** `samples`, repeated. */
export const repeated = (samples: string, times: number) => Array.from({ length: times }, () => samples).join(' ');
