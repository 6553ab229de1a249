import { data, repeated, subscription, wellCollector } from '../../../support/pushed-series.ts';
import type { AlertCases } from './alert-cases.ts';
import { CLIENTS, NOBODY, override, working } from './working.ts';

const reason = (name: string, samples: string) => ({ [data('reason', { topic: 'orders', consumerGroup: 'g', reason: name })]: samples });

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
  QueueStuck: {
    fires: [
      working(
        'its process says so',
        { topic_consumergroup: '900x60', largest_queue: '700x60', delay_seconds: '400+60x60' },
        { 4: [], 7: ['QueueStuck'], 20: ['QueueStuck'] },
        reason('stuck-queue', '1x60'),
      ),
      working(
        'nobody was asked: the same message was the last one for 15 minutes, and other queues move',
        { topic_consumergroup: '900x60', delay_seconds: '2x10 62+60x50' },
        { 20: [], 25: [], 34: ['QueueStuck'] },
      ),
      working(
        'it is asked every seventh tick only',
        { topic_consumergroup: '900x60', largest_queue: '700x60' },
        { 12: ['QueueStuck'], 15: ['QueueStuck'], 20: ['QueueStuck'], 45: [] },
        reason('stuck-queue', '1x9 stale _x5 1 1 1 stale'),
      ),
    ],
    silent: [
      working(
        'nothing moves: the group is stuck',
        { topic_consumergroup: '900x60', consumer_offset: '5000x60', delay_seconds: '400+60x60' },
        {
          22: ['ConsumerStuck'],
        },
      ),
      working(
        'one queue is hot, and its messages are consumed late',
        { topic_consumergroup: '900+5x60', largest_queue: '800+5x60', delay_seconds: '200+20x60' },
        { 25: [], 40: [] },
      ),
      working(
        'every thread is at work, and a queue has to wait',
        { topic_consumergroup: '900x60', delay_seconds: '400+60x20 400x40' },
        { 22: [], 24: [] },
        reason('saturated', '1x60'),
      ),
      working(
        'the first message after a quiet night waits for five minutes',
        { topic_consumergroup: '0x30 1x5 0x60', delay_seconds: '0x30 30000+60x5 0x60' },
        { 32: [], 36: [], 50: [] },
      ),
      working(
        'a group that may',
        { topic_consumergroup: '900x60' },
        { 7: [] },
        { ...reason('stuck-queue', '1x60'), ...override('stuck_backlog', 'Inf') },
      ),
    ],
  },
  BacklogUnusual: {
    fires: [
      {
        ...working(
          'four times what it was on any of the days before',
          { topic_consumergroup: '1000x10080 4000x300', delay_seconds: '0x10080 900x300' },
          { 10080: [], 10320: ['BacklogUnusual'] },
        ),
        every: 120,
      },
    ],
    silent: [
      {
        ...working(
          'as much as three days ago at this time',
          { topic_consumergroup: '500x5700 4000x400 500x3900 4000x400', delay_seconds: '0x10000 900x400' },
          { 10080: [], 10200: [], 10320: [] },
        ),
        every: 120,
      },
      {
        ...working(
          'much, and nothing is late',
          { topic_consumergroup: '1000x10080 4000x300', delay_seconds: '0x10080 20x300' },
          { 10200: [], 10320: [] },
        ),
        every: 120,
      },
      {
        ...working('there is no week yet', { topic_consumergroup: '100x5000 4000x900', delay_seconds: '900x6000' }, { 5880: [] }),
        every: 120,
      },
    ],
  },
  DelayHigh: {
    fires: [
      working('an hour behind', { topic_consumergroup: '50x60', delay_seconds: '3600x60' }, { 12: [], 33: [], 36: ['DelayHigh'] }),
      working(
        'a group has a lower threshold of its own',
        { topic_consumergroup: '0x10 50x60', delay_seconds: '0x10 400x60' },
        { 19: [], 22: ['DelayHigh'] },
        override('delay_seconds', '300'),
      ),
    ],
    silent: [
      working(
        'the first message after a night waits for ten minutes',
        { topic_consumergroup: '0x60 1x10 0x60', delay_seconds: '0x60 30000+60x10 0x60' },
        { 62: [], 70: [], 72: [], 90: [] },
      ),
      working(
        'a message an hour waits for some minutes each time',
        { topic_consumergroup: repeated('0x24 1x4', 4), delay_seconds: repeated('0x24 3600+60x4', 4) },
        { 28: [], 58: [], 88: [] },
      ),
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
