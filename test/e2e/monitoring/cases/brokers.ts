import type { AlertCase, Series } from '../../../support/promtool.ts';
import { brokerSays, health, repeated, wellCollector } from '../../../support/pushed-series.ts';
import type { AlertCases } from './alert-cases.ts';

const on = (broker: string) => ({ broker });
const DISK = brokerSays('disk_used_ratio', on('broker-b'));
const DELAYED = brokerSays('delayed_messages', { broker: 'broker-b', level: '3' });
const info = (broker: string, version: string, shard?: string) =>
  brokerSays('info', { broker, version }, shard === undefined ? {} : { shard });

const told = (name: string, series: Series, at: AlertCase['at']): AlertCase => ({ name, series: { ...wellCollector(), ...series }, at });

export const BROKER_CASES: AlertCases = {
  BrokerDiskNearlyFull: {
    fires: [
      told(
        'above 80 % for ten minutes, until somebody makes room',
        { [DISK]: '0.5x9 0.83x30 0.5x60' },
        {
          18: [],
          21: ['BrokerDiskNearlyFull'],
          46: [],
        },
      ),
      {
        name: 'every shard tells of it: one alert',
        series: {
          ...wellCollector({ shard: '1' }),
          ...wellCollector({ shard: '2' }),
          [brokerSays('disk_used_ratio', on('broker-b'), { shard: '1' })]: '0.83x60',
          [brokerSays('disk_used_ratio', on('broker-b'), { shard: '2' })]: '0.83x60',
        },
        at: { 12: ['BrokerDiskNearlyFull'] },
      },
    ],
    silent: [
      told('at three quarters a broker deletes what is old enough: that is usual', { [DISK]: '0.75x60' }, { 12: [], 50: [] }),
      told('for five minutes', { [DISK]: '0.5x9 0.83x4 0.5x60' }, { 15: [], 22: [] }),
      told(
        'the collector is dead',
        { [DISK]: '0.83x200', [health('last_success_timestamp_seconds')]: '0+60x5 300x200' },
        { 5: [], 30: ['CollectorStale'] },
      ),
    ],
  },
  DelayedMessagesStuck: {
    fires: [
      told('more and more for three hours, and none leaves', { [DELAYED]: '1+2x400' }, { 170: [], 190: ['DelayedMessagesStuck'] }),
      told('as many as ever, and then they leave', { [DELAYED]: '40x250 39-1x39 0x60' }, { 190: ['DelayedMessagesStuck'], 256: [] }),
    ],
    silent: [
      told('they come and go', { [DELAYED]: repeated('40 45 43 41 47', 60) }, { 190: [], 250: [] }),
      told('two hours of the longest delay, and then they leave', { [DELAYED]: '0x30 5x120 0x200' }, { 140: [], 190: [], 250: [] }),
      told('there is none', { [DELAYED]: '0x400' }, { 190: [], 250: [] }),
      told('a level that is new', { [DELAYED]: '_x150 5x100' }, { 190: [], 220: [] }),
    ],
  },
  BrokerSlow: {
    fires: [
      told(
        'a send waits longer than the broker itself allows',
        { [brokerSays('send_wait_seconds', on('broker-b'))]: '0x9 0.4x20 0x60' },
        { 13: [], 16: ['BrokerSlow'], 35: ['BrokerSlow'], 45: [] },
      ),
      told(
        'the page cache is locked, and pulls wait',
        {
          [brokerSays('page_cache_lock_seconds', on('broker-b'))]: '1.5x60',
          [brokerSays('pull_wait_seconds', on('broker-b'))]: '7x60',
        },
        { 7: ['BrokerSlow', 'BrokerSlow'] },
      ),
    ],
    silent: [
      told(
        'for a minute now and then',
        { [brokerSays('send_wait_seconds', on('broker-b'))]: repeated('0x5 0.4 0x5', 6) },
        { 9: [], 30: [], 50: [] },
      ),
      told('pulls wait for a second', { [brokerSays('pull_wait_seconds', on('broker-b'))]: '1x60' }, { 9: [], 50: [] }),
    ],
  },
  TimersBehind: {
    fires: [
      told('by five minutes', { [brokerSays('timer_behind_seconds', on('broker-b'))]: '0x9 300x60' }, { 18: [], 21: ['TimersBehind'] }),
    ],
    silent: [
      told('by some seconds', { [brokerSays('timer_behind_seconds', on('broker-b'))]: '3x60' }, { 21: [] }),
      told('a broker has no timers', {}, { 21: [] }),
    ],
  },
  BrokerVersionsDiffer: {
    fires: [
      {
        ...told(
          'one broker was upgraded, a day ago',
          { [info('broker-a', 'V5_5_1')]: '1x1500', [info('broker-b', 'V5_3_3')]: '1x1500' },
          { 1430: [], 1450: ['BrokerVersionsDiffer'] },
        ),
        every: 10,
      },
    ],
    silent: [
      {
        name: 'an upgrade that takes some hours, of which two shards tell',
        series: Object.assign(
          {},
          ...['1', '2'].map((shard) => ({
            ...wellCollector({ shard }),
            [info('broker-a', 'V5_5_1', shard)]: '1x1500',
            [info('broker-b', 'V5_3_3', shard)]: '1x300 stale',
            [info('broker-b', 'V5_5_1', shard)]: '_x300 1x1200',
          })),
        ),
        at: { 290: [], 1450: [] },
        every: 10,
      },
    ],
  },
};
