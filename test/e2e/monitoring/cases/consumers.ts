import { all, data, repeated, subscription, wellCollector } from '../../../support/pushed-series.ts';
import type { AlertCases } from './alert-cases.ts';
import { CLIENTS, NOBODY, override, type Values, working } from './working.ts';

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

export const CONSUMER_CASES: AlertCases = {
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
        'a broker dies meanwhile, with its offsets, and comes back',
        {
          ...NOBODY,
          topic_consumergroup: '700x60',
          consumer_offset: '5000x20 2500x10 5000x30',
          queues: '8x20 4x10 8x30',
        },
        {
          21: ['NobodyConsumes'],
          22: ['NobodyConsumes'],
          24: ['NobodyConsumes', 'QueuesVanished'],
          32: ['NobodyConsumes'],
          34: ['NobodyConsumes'],
        },
        { [CLIENTS]: '0x60' },
      ),
      working(
        'its offsets are set back meanwhile',
        { ...NOBODY, consumer_offset: '5000x20 4000x40' },
        { 20: ['NobodyConsumes'], 22: ['NobodyConsumes', 'OffsetRewound'], 40: ['NobodyConsumes'] },
        { [CLIENTS]: '0x60' },
      ),
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
      working(
        'the console knows nobody, and its offsets move',
        { ...NOBODY, consumer_offset: '5000+10x60' },
        { 12: [], 15: [], 50: [] },
        { [CLIENTS]: '0x60' },
      ),
      working(
        'the console knows nobody, and one message in eight minutes is consumed',
        { ...NOBODY, consumer_offset: repeated('5000x7 5001x7 5002x7', 2) },
        { 12: [], 22: [] },
        { [CLIENTS]: '0x60' },
      ),
      working(
        'the console knows nobody, and on another topic of the group offsets move: what stands still is stuck',
        NOBODY,
        { 11: [], 16: ['ConsumerStuck'] },
        { [CLIENTS]: '0x60', ...subscription({ topic: 'payments' }) },
      ),
      working('unknown, while it consumes (gRPC)', { ...NOBODY, consumer_offset: '5000+10x60' }, { 15: [], 30: [] }),
      working('a group that is run once a week', NOBODY, { 15: [] }, { [CLIENTS]: '0x60', ...override('nobody_backlog', 'Inf') }),
    ],
  },
  ClientsUnnamed: {
    fires: [
      working(
        'three clients, none holds a queue, and they hang',
        NOBODY,
        { 14: ['ConsumerStuck'], 17: ['ClientsUnnamed', 'ConsumerStuck'] },
        { [CLIENTS]: '3x60' },
      ),
    ],
    silent: [
      working(
        'a gRPC group at work: its proxy knows the clients, and nobody knows their queues',
        { ...NOBODY, consumer_offset: '5000+10x60' },
        { 17: [], 50: [] },
        { [CLIENTS]: '3x60' },
      ),
      working(
        'slow, one message in ten minutes',
        { ...NOBODY, consumer_offset: repeated('5000x9 5001x9 5002x9', 2) },
        { 17: [], 27: [] },
        { [CLIENTS]: '3x60' },
      ),
      working(
        'a group that nobody wants to hear of',
        NOBODY,
        { 17: ['ConsumerStuck'] },
        { [CLIENTS]: '3x60', ...override('unnamed_backlog', 'Inf') },
      ),
      working('for ten minutes', NOBODY, { 11: [], 17: ['ConsumerStuck'] }, { [CLIENTS]: '3x9 stale' }),
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
      working(
        'a process that the console cannot ask consumes from them',
        { topic_consumergroup: '300x60', unassigned: repeated('300 310 290 305', 20), processes: '1x60' },
        { 11: [], 30: [] },
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
};
