import { brokerSays, subscription, wellCollector } from '../../../support/pushed-series.ts';
import type { AlertCases } from './alert-cases.ts';
import { override, type Values, working } from './working.ts';

const HOUR = 3600;

/** A group with backlog that is days late, and has so much left. */
const left = (margin: string, more: Values = {}): Values => ({
  topic_consumergroup: '500x120',
  delay_seconds: '200000x120',
  retention_margin_seconds: margin,
  ...more,
});

/** What a group that is days late fires beside it, once that is seen for as long as its threshold. */
const LATE = 'DelayHigh';

/** A broker that deletes: its earliest message is two days old. */
const DELETES = { [brokerSays('earliest_message_timestamp_seconds', { broker: 'broker-b' })]: '-180000x1500' };
const deleting = (...[name, values, at, more]: Parameters<typeof working>) => working(name, values, at, { ...DELETES, ...more });

export const RETENTION_CASES: AlertCases = {
  DeletionNear: {
    fires: [
      deleting('less than six hours are left, for ten minutes', left(`${7 * HOUR}x9 ${5 * HOUR}x20 ${7 * HOUR}x60`), {
        15: [],
        22: ['DeletionNear'],
        35: [LATE],
      }),
      deleting('a gap of two minutes does not resolve it', left(`${5 * HOUR}x15 stale _ ${5 * HOUR}x30`), { 17: ['DeletionNear'] }),
      deleting(
        'a group has a threshold of its own',
        left(`${20 * HOUR}x60`),
        { 12: ['DeletionNear'] },
        override('margin_warning_seconds', `${24 * HOUR}`),
      ),
      deleting(
        'a group that is not very late, and more than what is left',
        left(`${0.25 * HOUR}x60`, { delay_seconds: `${0.4 * HOUR}x60` }),
        { 12: ['DeletionNear', 'DeletionImminent'] },
      ),
      deleting('late by less than is left, and late', left(`${5 * HOUR}x60`, { delay_seconds: `${4 * HOUR}x60` }), {
        12: ['DeletionNear'],
      }),
    ],
    silent: [
      deleting('a day is left', left(`${24 * HOUR}x60`), { 12: [], 50: [LATE] }),
      deleting('unknown', left('_x60'), { 12: [], 50: [LATE] }),
      deleting('below it for five minutes', left(`${7 * HOUR}x9 ${5 * HOUR}x5 ${7 * HOUR}x60`), { 14: [], 20: [] }),
      deleting('a group that keeps up, at a broker that is young', left(`${HOUR / 60}+60x100`, { delay_seconds: '2x120' }), {
        12: [],
        30: [],
        90: [],
      }),
      deleting('a group that nobody wants to hear of', left(`${5 * HOUR}x60`), { 12: [] }, override('margin_warning_seconds', '0')),
    ],
  },
  DeletionImminent: {
    fires: [
      working(
        'the earliest message of a young broker has moved',
        left(`${HOUR / 2}x90`),
        { 12: [], 28: [], 32: ['DeletionNear', 'DeletionImminent'] },
        {
          [brokerSays('earliest_message_timestamp_seconds', { broker: 'broker-b' })]: '-3600x20 -1800x90',
        },
      ),
      working(
        'a disk is so full that its broker deletes at once',
        left(`${HOUR / 2}x90`),
        { 12: ['DeletionNear', 'DeletionImminent'] },
        {
          [brokerSays('earliest_message_timestamp_seconds', { broker: 'broker-b' })]: '-3600x90',
          [brokerSays('disk_used_ratio', { broker: 'broker-b' })]: '0.78x90',
        },
      ),
      deleting('it shrinks to less than an hour, and to nothing', left(`${HOUR * 1.5}-60x89 0x60`), {
        30: ['DeletionNear'],
        45: ['DeletionNear', 'DeletionImminent', LATE],
        100: ['DeletionNear', 'DeletionImminent', LATE],
      }),
      deleting('nothing is left, and since when it is late is unknown', left('0x60', { delay_seconds: '_x60' }), {
        12: ['DeletionNear', 'DeletionImminent'],
      }),
    ],
    silent: [
      working(
        'seven groups of a cluster that is an hour old, and has deleted nothing',
        left(`${HOUR / 2}x90`),
        { 12: [], 60: [LATE] },
        {
          [brokerSays('earliest_message_timestamp_seconds', { broker: 'broker-b' })]: '-3600x90',
          [brokerSays('disk_used_ratio', { broker: 'broker-b' })]: '0.4x90',
        },
      ),
      deleting('two hours are left', left(`${2 * HOUR}x60`), { 12: ['DeletionNear'] }),
      deleting(
        'a group that nobody wants to hear of',
        left('0x60'),
        { 12: [] },
        { ...override('margin_warning_seconds', '0'), ...override('margin_critical_seconds', '0') },
      ),
    ],
  },
  MessagesLost: {
    fires: [
      deleting('1,919 at once, until they are passed', left('_x60', { lost_messages: '_x9 1919x20 0x30' }), {
        8: [],
        10: ['MessagesLost'],
        25: ['MessagesLost'],
        35: [LATE],
      }),
      {
        name: 'two shards tell of it after the number of shards was changed: one alert',
        series: {
          ...wellCollector({ shard: '1' }),
          ...wellCollector({ shard: '2' }),
          ...subscription({ shard: '1', values: { topic_consumergroup: '9x60', lost_messages: '3x60' } }),
          ...subscription({ shard: '2', values: { topic_consumergroup: '9x60', lost_messages: '4x60' } }),
        },
        at: { 5: ['MessagesLost'] },
      },
    ],
    silent: [
      deleting('nothing was lost', left('_x60', { lost_messages: '0x60' }), { 5: [], 30: [] }),
      deleting('not asked', left('_x60'), { 5: [], 30: [] }),
      deleting(
        'a group for which that does not matter',
        left('_x60', { lost_messages: '7x60' }),
        { 5: [] },
        override('lost_messages', 'Inf'),
      ),
    ],
  },
};
