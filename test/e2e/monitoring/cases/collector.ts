import { health, pushed, repeated, subscription, wellCollector } from '../../../support/pushed-series.ts';
import type { AlertCases } from './alert-cases.ts';

const LAST_SUCCESS = health('last_success_timestamp_seconds');
const HIGH = subscription({ values: { topic_consumergroup: '20000x240' } });
/** Minutes. */
const DAY = 1440;
const GATEWAY_UP = 'up{job="pushgateway",instance="pg:9091"}';

export const COLLECTOR_CASES: AlertCases = {
  CollectorStale: {
    fires: [
      {
        name: 'a dead collector, and the high backlog that it last saw is believed no longer',
        series: { ...wellCollector(), ...HIGH, [LAST_SUCCESS]: '0+60x20 1200x40 3720+60x60' },
        at: { 19: ['BacklogHigh'], 24: ['BacklogHigh'], 28: ['CollectorStale'], 55: ['CollectorStale'], 63: [], 75: ['BacklogHigh'] },
      },
      {
        name: 'the clock of the collector is an hour ahead, and it dies',
        series: { ...wellCollector(), ...HIGH, [LAST_SUCCESS]: '3600+60x20 4800x60', [pushed('push_time_seconds')]: '0+60x20 1200x60' },
        at: { 24: ['BacklogHigh'], 28: ['CollectorStale'], 40: ['CollectorStale'] },
      },
      {
        name: 'one shard of two is dead: its own numbers are believed no longer, those of the other are',
        series: {
          ...wellCollector({ shard: '1' }),
          ...wellCollector({ shard: '2' }),
          ...subscription({ topic: 'a', shard: '1', values: { topic_consumergroup: '20000x240' } }),
          ...subscription({ topic: 'b', shard: '2', values: { topic_consumergroup: '20000x240' } }),
          [health('last_success_timestamp_seconds', {}, { shard: '2' })]: '0+60x20 1200x240',
        },
        at: { 20: ['BacklogHigh', 'BacklogHigh'], 28: ['CollectorStale', 'BacklogHigh'], 60: ['CollectorStale', 'BacklogHigh'] },
      },
      {
        name: 'the collector of one region is dead, that of a cluster of the same name in another is well',
        series: {
          ...wellCollector({ grouping: { region: 'a' } }),
          ...wellCollector({ grouping: { region: 'b' } }),
          ...subscription({ grouping: { region: 'a' }, values: { topic_consumergroup: '20000x240' } }),
          ...subscription({ grouping: { region: 'b' }, values: { topic_consumergroup: '20000x240' } }),
          [health('last_success_timestamp_seconds', {}, { grouping: { region: 'a' } })]: '0+60x20 1200x240',
        },
        at: { 20: ['BacklogHigh', 'BacklogHigh'], 28: ['CollectorStale', 'BacklogHigh'] },
      },
    ],
    silent: [
      {
        name: 'the clock of a collector that is well is an hour ahead',
        series: { ...wellCollector(), ...HIGH, [LAST_SUCCESS]: '3600+60x200' },
        at: { 20: ['BacklogHigh'], 60: ['BacklogHigh'] },
      },
      {
        name: 'two ticks fail',
        series: { ...wellCollector(), [LAST_SUCCESS]: '0+60x20 1200x1 1380+60x60' },
        at: { 21: [], 22: [], 24: [], 30: [] },
      },
    ],
  },
  CollectorAbsent: {
    fires: [
      {
        name: 'the health of a cluster is gone from the gateway',
        series: { ...wellCollector(), ...wellCollector({ cluster: 'other' }), [LAST_SUCCESS]: '0+60x20 stale' },
        at: { 20: [], 29: [], 32: ['CollectorAbsent'], 200: ['CollectorAbsent'] },
      },
      {
        name: 'all of a cluster is gone from the gateway',
        series: {
          ...wellCollector({ cluster: 'other' }),
          [LAST_SUCCESS]: '0+60x20 stale',
          [health('success')]: '1x20 stale',
        },
        at: { 29: [], 32: ['CollectorAbsent'], 200: ['CollectorAbsent'] },
      },
      {
        name: 'one shard of two is gone from the gateway',
        series: {
          ...wellCollector({ shard: '1' }),
          ...wellCollector({ shard: '2' }),
          [health('last_success_timestamp_seconds', {}, { shard: '2' })]: '0+60x20 stale',
          [health('success', {}, { shard: '2' })]: '1x20 stale',
        },
        at: { 29: [], 34: ['CollectorAbsent'], 200: ['CollectorAbsent'] },
      },
      {
        name: 'one region of a cluster is gone from the gateway',
        series: {
          ...wellCollector({ grouping: { region: 'eu' } }),
          ...wellCollector({ grouping: { region: 'us' } }),
          [health('last_success_timestamp_seconds', {}, { grouping: { region: 'us' } })]: '0+60x20 stale',
          [health('success', {}, { grouping: { region: 'us' } })]: '1x20 stale',
        },
        at: { 29: [], 34: ['CollectorAbsent'] },
      },
      {
        name: 'an expected cluster never reported',
        series: { ...wellCollector(), 'rocketmq_lag_pusher:expected_cluster{rocketmqClusterName="never"}': '1x60' },
        at: { 9: [], 11: ['CollectorAbsent'] },
      },
      { name: 'no cluster ever reported', series: { [GATEWAY_UP]: '1x60' }, at: { 9: [], 11: ['CollectorAbsent'] } },
      {
        name: 'every tick since the first failed',
        series: { ...wellCollector({ cluster: 'other' }), [health('success')]: '0x60', [health('complete')]: '0x60' },
        at: { 9: [], 11: ['CollectorAbsent'] },
      },
    ],
    silent: [
      {
        name: 'the only gateway is down, and another alert says so',
        alone: true,
        series: {
          ...Object.fromEntries(
            Object.entries(wellCollector()).map(([key, values]) => [
              key,
              key.startsWith('rocketmq') ? values.replace(/x1500/, 'x20 stale') : values,
            ]),
          ),
          [GATEWAY_UP]: '1x20 0x200',
        },
        at: { 22: [], 25: ['PushgatewayDown'], 60: ['PushgatewayDown'] },
      },
      {
        name: 'a cluster is split into shards, and put together again',
        series: {
          [LAST_SUCCESS]: '0+60x20 stale _x40 3720+60x60',
          [health('last_success_timestamp_seconds', {}, { shard: '1' })]: '_x21 1260+60x40 stale',
          [health('last_success_timestamp_seconds', {}, { shard: '2' })]: '_x21 1260+60x40 stale',
          [GATEWAY_UP]: '1x1500',
        },
        at: { 40: [], 60: [], 80: [] },
      },
      {
        name: 'the gateway restarts and has forgotten everything for three minutes',
        series: Object.fromEntries(
          Object.keys({ ...wellCollector(), ...HIGH }).map((key) => [
            key,
            key === LAST_SUCCESS ? '0+60x20 stale _x2 1440+60x60' : ({ ...wellCollector(), ...HIGH }[key] ?? ''),
          ]),
        ),
        at: { 21: ['BacklogHigh'], 22: ['BacklogHigh'], 30: ['BacklogHigh'] },
      },
    ],
  },
  TickPartial: {
    fires: [
      {
        name: 'no tick is complete any more',
        series: { ...wellCollector(), [health('complete')]: '1x20 0x60' },
        at: { 30: [], 40: ['TickPartial'] },
      },
    ],
    silent: [
      { name: 'four partial ticks', series: { ...wellCollector(), [health('complete')]: '1x20 0x3 1x60' }, at: { 24: [], 30: [], 35: [] } },
      {
        name: 'one tick of three is partial',
        series: { ...wellCollector(), [health('complete')]: repeated('1 0 1', 30) },
        at: { 30: [], 60: [] },
      },
      {
        name: 'ticks that fail altogether are stale, not partial',
        series: { ...wellCollector(), [health('complete')]: '1x20 0x80', [LAST_SUCCESS]: '0+60x20 1200x80' },
        at: { 60: ['CollectorStale'] },
      },
    ],
  },
  TickSlow: {
    fires: [
      {
        name: 'every tick runs into its deadline',
        series: { ...wellCollector(), [health('duration_seconds')]: '5x20 46x60' },
        at: { 29: [], 32: ['TickSlow'] },
      },
    ],
    silent: [
      { name: 'five slow ticks', series: { ...wellCollector(), [health('duration_seconds')]: '5x20 46x4 5x60' }, at: { 25: [], 32: [] } },
      { name: 'ticks of 35 s', series: { ...wellCollector(), [health('duration_seconds')]: '35x60' }, at: { 40: [] } },
    ],
  },
  ConsoleSlow: {
    fires: [
      {
        name: 'answers take ten times as long as a day before',
        series: { ...wellCollector(), [health('console_answer_seconds')]: `0.02x${DAY} 0.2x60` },
        at: { [DAY]: [], [DAY + 15]: [], [DAY + 25]: ['ConsoleSlow'] },
        every: 5,
      },
    ],
    silent: [
      {
        name: 'answers take five times as long; ten times as long and still nothing; so long for five ticks alone',
        series: {
          ...wellCollector(),
          ...wellCollector({ cluster: 'quick' }),
          ...wellCollector({ cluster: 'once' }),
          [health('console_answer_seconds')]: `0.02x${DAY} 0.1x60`,
          [health('console_answer_seconds', {}, { cluster: 'quick' })]: `0.002x${DAY} 0.03x60`,
          [health('console_answer_seconds', {}, { cluster: 'once' })]: `0.02x${DAY} 0.2x4 0.02x60`,
        },
        at: { [DAY + 15]: [], [DAY + 25]: [], [DAY + 50]: [] },
        every: 5,
      },
      {
        name: 'there is no day before',
        series: { ...wellCollector(), [health('console_answer_seconds')]: '0.02x20 2x40' },
        at: { 40: [], 55: [] },
      },
    ],
  },
};
