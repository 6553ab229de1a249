import type { AlertCase } from '../../../support/promtool.ts';
import { data, health, pushed, subscription, wellCollector } from '../../../support/pushed-series.ts';
import type { AlertCases } from './alert-cases.ts';

const LAST_SUCCESS = health('last_success_timestamp_seconds');
const HIGH = subscription({ values: { topic_consumergroup: '20000x240' } });
const GATEWAY_UP = 'up{job="pushgateway",instance="pg:9091"}';
const REFUSED = 'pushgateway_http_requests_total{job="pushgateway",instance="pg:9091",handler="push",method="put",code="400"}';

/** What is said of a group that cannot be read, on a topic or on all that it may have. */
function groupUnreadable(topic: string, on: string, inLink: string): AlertCase {
  return {
    name: `a group${on || ' whose topics nobody knows'} is not read for 15 minutes`,
    series: { ...wellCollector(), [data('unreadable_group', { topic, consumerGroup: 'g' })]: '_x20 1x60' },
    at: { 34: [], 37: ['GroupUnreadable'] },
    says: {
      minute: 37,
      alert: 'GroupUnreadable',
      labels: {
        rocketmqClusterName: 'c',
        namesrvAddr: 'n:9876',
        consumerGroup: 'g',
        severity: 'warning',
        ...(topic === '' ? {} : { topic }),
      },
      annotations: {
        summary: `Group g${on} (c) cannot be read.`,
        description:
          'For 15 minutes the console has listed the group and could not read it (unreadable is 1): its backlog is unknown, not zero.',
        runbook_url: 'docs/alerts.md#rocketmqlaggroupunreadable',
        dashboard_url: `/d/rocketmq-lag?var-cluster=c${inLink}&var-group=g`,
      },
    },
  };
}

export const PUSHING_CASES: AlertCases = {
  PushRefused: {
    fires: [
      {
        name: 'every push of the data group is refused',
        series: {
          ...wellCollector(),
          [pushed('push_time_seconds')]: '0+60x20 1200x60',
          [pushed('push_failure_time_seconds')]: '0x20 1260+60x60',
        },
        at: { 22: [], 25: ['PushRefused'] },
      },
    ],
    silent: [
      {
        name: 'one push is refused, the next is taken',
        series: {
          ...wellCollector(),
          [pushed('push_time_seconds')]: '0+60x20 1200 1320+60x60',
          [pushed('push_failure_time_seconds')]: '0x20 1260x60',
        },
        at: { 21: [], 22: [], 30: [] },
      },
    ],
  },
  PushMalformed: {
    fires: [
      {
        name: 'the gateway answers a push a minute with 400',
        series: { ...wellCollector(), [REFUSED]: '7x20 7+1x40' },
        at: { 20: [], 30: ['PushMalformed'] },
      },
    ],
    silent: [{ name: 'it did so long ago', series: { ...wellCollector(), [REFUSED]: '700x60' }, at: { 30: [] } }],
  },
  PushgatewayDown: {
    fires: [
      {
        name: 'the gateway cannot be scraped',
        series: { ...wellCollector(), [GATEWAY_UP]: '1x20 0x60' },
        at: { 22: [], 25: ['PushgatewayDown'] },
      },
    ],
    silent: [
      { name: 'it cannot for two minutes', series: { ...wellCollector(), [GATEWAY_UP]: '1x20 0x1 1x60' }, at: { 22: [], 25: [] } },
      { name: 'another job is down', series: { ...wellCollector(), 'up{job="node",instance="n:9100"}': '0x60' }, at: { 25: [] } },
    ],
  },
  TopicUnreadable: {
    fires: [
      {
        name: 'a topic is not read for 15 minutes',
        series: { ...wellCollector(), [data('topic_readable', { topic: 'orders' })]: '1x20 0x60' },
        at: { 34: [], 37: ['TopicUnreadable'] },
      },
    ],
    silent: [
      {
        name: 'a topic is not read for 10 minutes',
        series: { ...wellCollector(), [data('topic_readable', { topic: 'orders' })]: '1x20 0x9 1x60' },
        at: { 30: [], 37: [] },
      },
      {
        name: 'the collector died while a topic was not read',
        series: { ...wellCollector(), [data('topic_readable', { topic: 'orders' })]: '0x80', [LAST_SUCCESS]: '0+60x5 300x80' },
        at: { 40: ['CollectorStale'] },
      },
    ],
  },
  GroupUnreadable: {
    fires: [groupUnreadable('orders', ' on orders', '&var-topic=orders'), groupUnreadable('', '', '')],
    silent: [
      {
        name: 'a group is not read for 10 minutes',
        series: { ...wellCollector(), [data('unreadable_group', { topic: 'orders', consumerGroup: 'g' })]: '_x20 1x9 stale' },
        at: { 30: [], 37: [] },
      },
    ],
  },
  GroupUnsubscribed: {
    fires: [
      {
        name: 'a deployment dropped a subscription',
        series: { ...wellCollector(), [data('unsubscribed_group', { topic: 'orders', consumerGroup: 'g' })]: '_x20 1x9 _x3 1x60' },
        at: { 34: [], 37: ['GroupUnsubscribed'] },
      },
    ],
    silent: [
      {
        name: 'for some minutes, while a new version is rolled out',
        series: { ...wellCollector(), [data('unsubscribed_group', { topic: 'orders', consumerGroup: 'g' })]: '_x20 1x3 stale' },
        at: { 30: [], 37: [] },
      },
    ],
  },
  SeriesDropped: {
    fires: [
      {
        name: 'the limit has been too low for 15 minutes',
        series: { ...wellCollector(), [health('series', { outcome: 'dropped' })]: '0x20 12x60' },
        at: { 34: [], 37: ['SeriesDropped'] },
      },
    ],
    silent: [
      {
        name: 'only pushed ones are counted',
        series: { ...wellCollector(), [health('series', { outcome: 'pushed' })]: '50000x60' },
        at: { 37: [] },
      },
    ],
  },
  ThresholdsMissing: {
    fires: [
      {
        name: 'thresholds.yml is not loaded: it is said aloud, twice',
        series: { ...wellCollector(), ...HIGH },
        without: 'thresholds.yml',
        at: { 4: ['CollectorStale'], 6: ['CollectorStale', 'ThresholdsMissing'] },
      },
    ],
    silent: [
      {
        name: 'overrides come and go',
        series: { ...wellCollector(), 'rocketmq_lag_pusher:threshold:backlog{consumerGroup="g"}': '5x20 stale' },
        at: { 10: [], 30: [] },
      },
    ],
  },
};
