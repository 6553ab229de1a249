import { all, brokerSays, data, health, subscription, wellCollector } from '../../../support/pushed-series.ts';
import type { AlertCases } from './alert-cases.ts';

const GROUP_METRICS = ['topic_consumergroup', 'consumer_offset', 'broker_offset', 'queues', 'processes', 'unassigned', 'delay_seconds'];
const BROKER = data('broker', { broker: 'broker-b' });
const [INFO_A, INFO_B] = ['broker-a', 'broker-b'].map((broker) => brokerSays('info', { broker, version: 'V5_5_1' })) as [string, string];
const LAST_SUCCESS = health('last_success_timestamp_seconds');
const COMPLETE = health('complete');
const SEEN = health('brokers', { outcome: 'seen' });
const MISSING = health('brokers', { outcome: 'missing' });
const GONE = all(GROUP_METRICS, '500x20 stale');

/** Half of the queues of a topic go after twenty minutes. */
const HALVED = { queues: '8x20 4x60', topic_consumergroup: '500x20 250x60' };

export const CLUSTER_CASES: AlertCases = {
  BrokerVanished: {
    fires: [
      {
        name: 'a broker is gone, for a day',
        series: { ...wellCollector(), [BROKER]: '50x20 stale' },
        at: { 20: [], 30: ['BrokerVanished'], 70: ['BrokerVanished'], 1440: ['BrokerVanished'], 1475: [] },
        every: 5,
      },
      {
        name: 'a broker is gone, and the name server does not know it any more',
        series: { ...wellCollector(), [BROKER]: '50x20 stale', [INFO_A]: '1x200', [INFO_B]: '1x22 stale' },
        at: { 24: [], 31: ['BrokerVanished'] },
      },
      {
        name: 'a broker is gone of whose queues nobody consumes',
        series: { ...wellCollector(), [INFO_A]: '1x200', [INFO_B]: '1x20 stale' },
        at: { 22: [], 29: ['BrokerVanished'] },
      },
      {
        name: 'a broker is gone from the list as well, and nothing of it can be read',
        series: { ...wellCollector(), [BROKER]: '50x20 stale', [COMPLETE]: '1x20 0x60', [SEEN]: '2x20 1x60', [MISSING]: '0x20 1x5 0x60' },
        at: { 24: [], 29: ['BrokerVanished'], 33: ['BrokerVanished'] },
      },
      {
        name: 'a broker is on the list as ever, all was read, and none of its queues is there: it lost them',
        series: { ...wellCollector(), [BROKER]: '50x20 stale', [SEEN]: '2x80', [MISSING]: '0x80' },
        at: { 24: [], 29: ['BrokerVanished'], 60: ['BrokerVanished'] },
      },
    ],
    silent: [
      {
        name: 'a broker is on the list as ever, and cannot be read',
        series: { ...wellCollector(), [BROKER]: '50x20 stale', [COMPLETE]: '1x20 0x60', [SEEN]: '2x80', [MISSING]: '0x80' },
        at: { 26: [], 31: [], 50: ['TickPartial'] },
      },
      {
        name: 'a console without a list of brokers cannot read the one group that is on it',
        series: { ...wellCollector(), [BROKER]: '50x20 stale', [COMPLETE]: '1x20 0x60' },
        at: { 26: [], 31: [], 50: ['TickPartial'] },
      },
      { name: 'a gap of two minutes', series: { ...wellCollector(), [BROKER]: '50x20 stale _ 50x60' }, at: { 22: [], 26: [] } },
      {
        name: 'a broker whose queues were all taken away is there all the same',
        series: { ...wellCollector(), [BROKER]: '50x20 stale', [INFO_A]: '1x200', [INFO_B]: '1x200' },
        at: { 30: [], 70: [] },
      },
      {
        name: 'the name server could not be asked for its brokers',
        series: { ...wellCollector(), [BROKER]: '50x200', [INFO_A]: '1x20 stale', [INFO_B]: '1x20 stale' },
        at: { 30: [], 70: [] },
      },
      {
        name: 'it could not be asked, of a broker without queues',
        series: { ...wellCollector(), [INFO_A]: '1x20 stale', [INFO_B]: '1x20 stale' },
        at: { 30: [], 70: [] },
      },
      {
        name: 'a broker is upgraded',
        series: {
          ...wellCollector(),
          [BROKER]: '50x200',
          [INFO_A]: '1x200',
          [INFO_B]: '1x20 stale',
          [brokerSays('info', { broker: 'broker-b', version: 'V5_6_0' })]: '_x21 1x200',
        },
        at: { 30: [], 70: [] },
      },
      { name: 'a broker has no backlog', series: { ...wellCollector(), [BROKER]: '50x20 0x60' }, at: { 30: [] } },
      {
        name: 'the collector is dead',
        series: { ...wellCollector(), [BROKER]: '50x20 stale', [LAST_SUCCESS]: '0+60x20 1200x60' },
        at: { 26: [], 40: ['CollectorStale'] },
      },
    ],
  },
  QueuesVanished: {
    fires: [
      {
        name: 'half of the queues are gone, and with them half of the offsets and the backlog',
        series: {
          ...wellCollector(),
          ...subscription({
            values: { queues: '8x20 4x500', consumer_offset: '10000+100x20 6000+50x500', topic_consumergroup: '500x20 250x500' },
          }),
        },
        at: { 20: [], 22: [], 25: ['QueuesVanished'], 370: ['QueuesVanished'], 385: [] },
      },
      {
        name: 'half of the queues are gone, and no broker is missing: they were taken from the topic',
        series: { ...wellCollector(), ...subscription({ values: HALVED }), [MISSING]: '0x80' },
        at: { 22: [], 25: ['QueuesVanished'] },
      },
      {
        name: 'their broker has been missing for longer than a restart takes',
        series: { ...wellCollector(), ...subscription({ values: HALVED }), [MISSING]: '0x20 1x5 0x60' },
        at: { 25: [], 28: [], 32: ['QueuesVanished'] },
      },
      {
        name: 'their broker is missing, and no tick has told since how long the list is',
        series: { ...wellCollector(), ...subscription({ values: HALVED }), [MISSING]: '0x20 1x60' },
        at: { 25: [], 32: ['QueuesVanished'], 60: ['QueuesVanished'] },
      },
    ],
    silent: [
      {
        name: 'a name server was restarted, and does not know all brokers for four minutes',
        series: {
          ...wellCollector(),
          ...subscription({ values: { queues: '8x20 4x3 8x60', topic_consumergroup: '500x20 250x3 500x60' } }),
          [MISSING]: '0x20 1x3 0x60',
        },
        at: { 24: [], 25: [], 30: [] },
      },
      {
        name: 'queues are added',
        series: { ...wellCollector(), ...subscription({ values: { queues: '8x20 16x60' } }) },
        at: { 25: [], 40: [] },
      },
      {
        name: 'a gap of two minutes',
        series: { ...wellCollector(), ...subscription({ values: { queues: '8x20 stale _ 8x60' } }) },
        at: { 21: [], 25: [] },
      },
      {
        name: 'half of them are gone for two minutes',
        series: { ...wellCollector(), ...subscription({ values: { queues: '8x20 4x1 8x60' } }) },
        at: { 22: [], 25: [] },
      },
    ],
  },
  GroupVanished: {
    fires: [
      {
        name: 'a group that had backlog is gone, for six hours',
        series: { ...wellCollector(), ...subscription({ values: GONE }) },
        at: { 25: [], 32: ['GroupVanished'], 380: ['GroupVanished'], 395: [] },
      },
    ],
    silent: [
      {
        name: 'its broker is gone: that says it all',
        series: { ...wellCollector(), ...subscription({ values: GONE }), [BROKER]: '50x20 stale' },
        at: { 32: ['BrokerVanished'], 70: ['BrokerVanished'] },
      },
      {
        name: 'a group that had none is gone',
        series: { ...wellCollector(), ...subscription({ values: { ...GONE, topic_consumergroup: '0x20 stale' } }) },
        at: { 32: [], 60: [] },
      },
      {
        name: 'the topic cannot be read',
        series: { ...wellCollector(), ...subscription({ values: GONE }), [data('topic_readable', { topic: 'orders' })]: '1x20 0x60' },
        at: { 32: [], 50: ['TopicUnreadable'] },
      },
      {
        name: 'the group cannot be read',
        series: {
          ...wellCollector(),
          ...subscription({ values: GONE }),
          [data('unreadable_group', { topic: 'orders', consumerGroup: 'g' })]: '_x21 1x60',
        },
        at: { 32: [], 50: ['GroupUnreadable'] },
      },
      {
        name: 'it no longer subscribes to the topic, after some minutes in which it could not be read',
        series: {
          ...wellCollector(),
          ...subscription({ values: GONE }),
          [data('unreadable_group', { topic: 'orders', consumerGroup: 'g' })]: '_x21 1x4 stale',
          [data('unsubscribed_group', { topic: 'orders', consumerGroup: 'g' })]: '_x27 1x200',
        },
        at: { 32: [], 40: [], 45: ['GroupUnsubscribed'], 200: ['GroupUnsubscribed'] },
      },
      {
        name: 'the gateway has lost the shard that had it: that the shard is missed says it all',
        series: {
          ...wellCollector({ shard: '1' }),
          ...subscription({ shard: '1', topic: 'payments' }),
          ...Object.fromEntries(
            Object.keys(wellCollector({ shard: '2' })).map((key) => [
              key,
              key.includes('shard') ? '0+60x20 stale' : (wellCollector()[key] ?? ''),
            ]),
          ),
          ...subscription({ shard: '2', values: GONE }),
        },
        at: { 28: [], 34: ['CollectorAbsent'], 100: ['CollectorAbsent'] },
      },
      {
        name: 'the group cannot be read, and nobody knows on which topics it is',
        series: {
          ...wellCollector(),
          ...subscription({ values: GONE }),
          [data('unreadable_group', { topic: '', consumerGroup: 'g' })]: '_x21 1x60',
        },
        at: { 32: [], 50: ['GroupUnreadable'] },
      },
      {
        name: 'the collector of its shard is dead, that of the other is well',
        series: {
          ...wellCollector({ shard: '1' }),
          ...wellCollector({ shard: '2' }),
          ...subscription({ shard: '2', values: { topic_consumergroup: '500x60' } }),
          [health('last_success_timestamp_seconds', {}, { shard: '2' })]: '0+60x20 1200x60',
        },
        at: { 35: ['CollectorStale'], 50: ['CollectorStale'] },
      },
    ],
  },
  OffsetRewound: {
    fires: [
      {
        name: 'set back by 7,000 it fires once, for some minutes',
        series: { ...wellCollector(), ...subscription({ values: { consumer_offset: '10000+100x20 5000+100x60' } }) },
        at: { 20: [], 21: ['OffsetRewound'], 24: ['OffsetRewound'], 28: [], 60: [] },
      },
    ],
    silent: [
      {
        name: 'a rebalance takes it back a little',
        series: { ...wellCollector(), ...subscription({ values: { consumer_offset: '10000+100x20 11990+100x60' } }) },
        at: { 21: [], 24: [] },
      },
      {
        name: 'a broker is gone, and with it its offsets',
        series: { ...wellCollector(), ...subscription({ values: { consumer_offset: '10000+100x20 6000+50x60', queues: '8x20 4x60' } }) },
        at: { 21: [], 23: [], 25: ['QueuesVanished'], 27: ['QueuesVanished'], 40: ['QueuesVanished'] },
      },
      {
        name: 'and comes back',
        series: {
          ...wellCollector(),
          ...subscription({ values: { consumer_offset: '10000+100x20 6050 12100+100x60', queues: '8x20 4x1 8x60' } }),
        },
        at: { 21: [], 23: [], 25: [], 30: [] },
      },
    ],
  },
};
