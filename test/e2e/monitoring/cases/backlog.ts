import { repeated, subscription, wellCollector } from '../../../support/pushed-series.ts';
import type { AlertCases } from './alert-cases.ts';
import { CLIENTS, NOBODY, override, working } from './working.ts';

export const BACKLOG_CASES: AlertCases = {
  BacklogHigh: {
    fires: [
      working(
        '20,000 stay for ten minutes, until they are gone',
        { topic_consumergroup: '0x9 20000x20 0x30' },
        { 18: [], 21: ['BacklogHigh'], 32: [] },
      ),
      working(
        'a gap of two minutes neither resolves nor restarts it',
        { topic_consumergroup: '20000x15 stale _ 20000x30' },
        { 15: ['BacklogHigh'], 16: ['BacklogHigh'], 17: ['BacklogHigh'], 18: ['BacklogHigh'], 19: ['BacklogHigh'] },
      ),
      working(
        'a gap of two minutes does not make it wait again',
        { topic_consumergroup: '20000x5 stale _ 20000x30' },
        { 9: [], 11: ['BacklogHigh'] },
      ),
      working(
        'a group has a lower threshold of its own',
        { topic_consumergroup: '600x30' },
        { 12: ['BacklogHigh'] },
        override('backlog', '500'),
      ),
      working('processes are replaced meanwhile', { topic_consumergroup: '20000x30', processes: '2x5 0 1 2x30' }, { 12: ['BacklogHigh'] }),
    ],
    silent: [
      working('a spike of three minutes', { topic_consumergroup: '0x9 90000x2 0x30' }, { 10: [], 12: [], 15: [], 21: [] }),
      working('an idle group', { consumer_offset: '1000x60', broker_offset: '1000x60' }, { 12: [], 30: [], 60: [] }),
      working('a group that nobody wants to hear of', { topic_consumergroup: '20000x30' }, { 12: [], 30: [] }, override('backlog', 'Inf')),
      {
        name: 'two shards tell of one topic after the number of shards was changed',
        series: {
          ...wellCollector({ shard: '1' }),
          ...wellCollector({ shard: '2' }),
          ...subscription({ shard: '1', values: { topic_consumergroup: '6000x60' } }),
          ...subscription({ shard: '2', values: { topic_consumergroup: '6000x60' } }),
        },
        at: { 30: [] },
      },
    ],
  },
  BacklogGrowing: {
    fires: [
      working('100 more each minute', { topic_consumergroup: '0x5 0+100x60' }, { 15: [], 40: ['BacklogGrowing'], 60: ['BacklogGrowing'] }),
      working('and it stops to grow', { topic_consumergroup: '0x5 0+100x35 3500x60' }, { 40: ['BacklogGrowing'], 62: [] }),
    ],
    silent: [
      working('grows once and stays', { topic_consumergroup: '1000x20 5000x60' }, { 21: [], 30: [], 40: [], 60: [] }),
      working('a spike of three minutes', { topic_consumergroup: '50x30 5000x2 50x60' }, { 31: [], 33: [], 40: [] }),
      working('grows, and is not worth a word', { topic_consumergroup: '0+10x60' }, { 40: [], 60: [] }),
      working('goes up and down', { topic_consumergroup: repeated('1500 2500 3500 2500', 20) }, { 40: [], 60: [], 70: [] }),
    ],
  },
  DrainTooSlow: {
    fires: [working('50,000, and ten fewer each minute', { topic_consumergroup: '50000-10x120' }, { 40: ['BacklogHigh', 'DrainTooSlow'] })],
    silent: [
      working('50,000, and a thousand fewer each minute', { topic_consumergroup: '50000-1000x39 0x60' }, { 25: ['BacklogHigh'], 60: [] }),
      working('below the threshold of backlog, however slowly', { topic_consumergroup: '9000-1x120' }, { 40: [], 100: [] }),
    ],
  },
  ConsumerStuck: {
    fires: [
      working(
        '50 wait and the offset stands still',
        { topic_consumergroup: '50x30 0x30', consumer_offset: '1000x30 1050x30' },
        { 9: [], 13: ['ConsumerStuck'], 33: [] },
      ),
      working(
        'in a gap of two minutes as well',
        { topic_consumergroup: '50x20 stale _ 50x30', consumer_offset: '1000x20 stale _ 1000x30' },
        { 20: ['ConsumerStuck'], 22: ['ConsumerStuck'], 24: ['ConsumerStuck'] },
      ),
    ],
    silent: [
      working('idle and caught up', { consumer_offset: '1000x60', broker_offset: '1000x60' }, { 16: [], 60: [] }),
      working(
        'slow, one message in eight minutes',
        { topic_consumergroup: '50x60', consumer_offset: repeated('1000x7 1001x7 1002x7', 2) },
        { 8: [], 16: [], 22: [] },
      ),
      working(
        'stands still for three minutes',
        { topic_consumergroup: '50x60', consumer_offset: '1000+10x20 1200x3 1210+10x30' },
        { 24: [], 30: [] },
      ),
      working('nobody is there: another alert says so', NOBODY, { 16: ['NobodyConsumes'] }, { [CLIENTS]: '0x60' }),
    ],
  },
  DelayHigh: {
    fires: [working('an hour behind', { topic_consumergroup: '50x60', delay_seconds: '3600x60' }, { 9: [], 12: ['DelayHigh'] })],
    silent: [
      working(
        'the first message after a night',
        { topic_consumergroup: '0x10 1 0x40', delay_seconds: '0x10 30000 0x40' },
        { 11: [], 12: [], 22: [] },
      ),
      working('caught up', {}, { 30: [] }),
      working('unknown', { topic_consumergroup: '50x60', delay_seconds: '_x60' }, { 30: [] }),
      working('ten minutes behind', { topic_consumergroup: '50x60', delay_seconds: '600x60' }, { 30: [] }),
    ],
  },
};
