import type { AlertCase } from '../../support/promtool.ts';
import { all, data, repeated, subscription, wellCollector } from '../../support/pushed-series.ts';
import type { AlertCases } from './alert-cases.ts';

type Values = Record<string, string>;

/** The alerts at these minutes, where a group that is at work has these values, and the collector is well. */
function working(name: string, values: Values, at: AlertCase['at'], more: Values = {}, topic = 'orders'): AlertCase {
  return { name, series: { ...wellCollector(), ...subscription({ topic, values }), ...more }, at };
}

const override = (threshold: string, value: string) => ({
  [`rocketmq_lag_pusher:threshold:${threshold}{consumerGroup="g"}`]: repeated(value, 240),
});

const CLIENTS = data('clients_online', { consumerGroup: 'g' });
const DEAD_LETTERS = data('dead_letter_offset', { consumerGroup: 'g' });
const NOBODY: Values = { topic_consumergroup: '700x60', unassigned: '700x60', processes: '0x60', consumer_offset: '5000x60' };
const RETRY = '%RETRY%g';

/** Detail rows of one queue for each of these processes. */
const held = (byPid: Values) =>
  Object.fromEntries(
    Object.entries(byPid).map(([pid, samples], queueId) => [
      data('detail', {
        topic: 'orders',
        consumerGroup: 'g',
        broker: 'a',
        queueId: String(queueId),
        consumerClientIP: '192.0.2.1',
        consumerClientPID: pid,
      }),
      samples,
    ]),
  );

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
  NobodyConsumes: {
    fires: [
      working('not one client for ten minutes', NOBODY, { 9: [], 11: ['NobodyConsumes'] }, { [CLIENTS]: '0x60' }),
      {
        name: 'its topics are read by two shards, and each asks whether somebody is there: one group, one alert',
        series: {
          ...wellCollector({ shard: '1' }),
          ...wellCollector({ shard: '2' }),
          ...subscription({ topic: 'a', shard: '1', values: NOBODY }),
          ...subscription({ topic: 'b', shard: '2', values: NOBODY }),
          [data('clients_online', { consumerGroup: 'g' }, { shard: '1' })]: '0x60',
          [data('clients_online', { consumerGroup: 'g' }, { shard: '2' })]: '0x60',
        },
        at: { 9: [], 11: ['NobodyConsumes'], 20: ['NobodyConsumes'] },
      },
      working(
        'and they come back',
        { ...NOBODY, consumer_offset: '5000x30 5000+100x60' },
        { 20: ['NobodyConsumes'], 36: [] },
        { [CLIENTS]: '0x29 stale' },
      ),
    ],
    silent: [
      working(
        'a restart of five minutes',
        { ...NOBODY, consumer_offset: '5000x14 5100+100x60' },
        { 15: [], 18: [], 21: [] },
        { [CLIENTS]: '_x10 0x4 stale' },
      ),
      working('nobody, and nothing waits', all(['topic_consumergroup', 'processes'], '0x60'), { 15: [] }),
      working('unknown, while it consumes (gRPC)', { ...NOBODY, consumer_offset: '5000+10x60' }, { 15: [], 30: [] }),
      working('a group that is run once a week', NOBODY, { 15: [] }, { [CLIENTS]: '0x60', ...override('nobody_backlog', 'Inf') }),
    ],
  },
  ClientsUnnamed: {
    fires: [
      working(
        'three clients, and none holds a queue',
        { ...NOBODY, consumer_offset: '5000+10x60' },
        { 14: [], 17: ['ClientsUnnamed'] },
        { [CLIENTS]: '3x60' },
      ),
      working('they hang', NOBODY, { 17: ['ClientsUnnamed', 'ConsumerStuck'] }, { [CLIENTS]: '3x60' }),
    ],
    silent: [
      working(
        'a gRPC group that is known as one',
        { ...NOBODY, consumer_offset: '5000+10x60' },
        { 17: [] },
        { [CLIENTS]: '3x60', ...override('unnamed_backlog', 'Inf') },
      ),
      working('for ten minutes', { ...NOBODY, consumer_offset: '5000+10x60' }, { 12: [], 17: [] }, { [CLIENTS]: '3x9 stale' }),
    ],
  },
  QueuesUnassigned: {
    fires: [
      working(
        "a queue is nobody's for ten minutes",
        { topic_consumergroup: '300x60', unassigned: '300x60', processes: '1x60' },
        { 9: [], 11: ['QueuesUnassigned'] },
      ),
    ],
    silent: [
      working(
        'for five minutes, while processes are replaced',
        { topic_consumergroup: '300x60', unassigned: '0x10 300x4 0x60', processes: '4x10 3x4 4x60' },
        { 13: [], 16: [], 22: [] },
      ),
      working('no process is known at all (gRPC)', { topic_consumergroup: '300x60', unassigned: '300x60', processes: '0x60' }, { 15: [] }),
    ],
  },
  ProcessBehind: {
    fires: [
      working(
        'one of four has 2,500, the others 100',
        { topic_consumergroup: '2800x60', processes: '4x60' },
        { 14: [], 17: ['ProcessBehind'] },
        held({ 1: '2500x60', 2: '100x60', 3: '100x60', 4: '100x60' }),
      ),
      working(
        'only rows with backlog are pushed (DETAIL nonzero)',
        { topic_consumergroup: '2500x60', processes: '4x60' },
        { 17: ['ProcessBehind'] },
        held({ 1: '2500x60' }),
      ),
    ],
    silent: [
      working(
        'a rolling restart changes every PID',
        { topic_consumergroup: '2800x60', processes: '4x60' },
        { 17: [], 20: [], 26: [] },
        held({ 1: '2500x10 stale', 2: '100x60', 3: '100x60', 4: '100x60', 5: '_x11 2500x10 stale', 6: '_x22 700x40' }),
      ),
      working(
        'three cannot tell one from the others',
        { topic_consumergroup: '2800x60', processes: '3x60' },
        { 17: [] },
        held({ 1: '2600x60', 2: '100x60', 3: '100x60' }),
      ),
      working(
        'all are behind alike',
        { topic_consumergroup: '8000x60', processes: '4x60' },
        { 17: [] },
        held({ 1: '2000x60', 2: '2000x60', 3: '2000x60', 4: '2000x60' }),
      ),
      working(
        'too little to be worth a word',
        { topic_consumergroup: '280x60', processes: '4x60' },
        { 17: [] },
        held({ 1: '250x60', 2: '10x60', 3: '10x60', 4: '10x60' }),
      ),
    ],
  },
  RetryBacklog: {
    fires: [
      working('500 retries wait', { topic_consumergroup: '500x60', broker_offset: '5000x60' }, { 9: [], 12: ['RetryBacklog'] }, {}, RETRY),
    ],
    silent: [
      working('50 retries wait', { topic_consumergroup: '50x60', broker_offset: '5000x60' }, { 12: [] }, {}, RETRY),
      working('500 wait on an ordinary topic', { topic_consumergroup: '500x60' }, { 12: [] }),
    ],
  },
  RetriesMany: {
    fires: [
      working(
        '20 retries each minute, all of them consumed',
        { broker_offset: '500x20 500+20x30 1100x90' },
        { 20: [], 35: ['RetriesMany'], 75: [] },
        {},
        RETRY,
      ),
    ],
    silent: [
      working('two each minute', { broker_offset: '500+2x90' }, { 35: [], 80: [] }, {}, RETRY),
      working('a broker goes and comes back', { broker_offset: '5000x20 2500x10 5000x60' }, { 25: [], 32: [], 40: [] }, {}, RETRY),
      working('an ordinary topic is busy', {}, { 35: [] }),
    ],
  },
  DeadLetters: {
    fires: [
      working(
        'five more, for an hour',
        {},
        { 129: [], 131: ['DeadLetters'], 185: ['DeadLetters'], 195: [] },
        { [DEAD_LETTERS]: '1900x129 1905x110' },
      ),
      working(
        'the first ever, while the collector watches',
        {},
        { 89: [], 91: ['DeadLetters'], 140: ['DeadLetters'], 155: [] },
        { [DEAD_LETTERS]: '_x90 5x140' },
      ),
    ],
    silent: [
      working('old ones that a new collector finds', {}, { 1: [], 30: [], 61: [], 70: [], 125: [] }, { [DEAD_LETTERS]: '1900x240' }),
      working('a broker goes and comes back', {}, { 131: [], 145: [], 160: [] }, { [DEAD_LETTERS]: '1900x129 950x10 1900x90' }),
      working('a group that may', {}, { 131: [] }, { [DEAD_LETTERS]: '1900x129 1905x110', ...override('dead_letters', 'Inf') }),
    ],
  },
};
