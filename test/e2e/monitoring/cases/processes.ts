import { data, group, process } from '../../../support/pushed-series.ts';
import type { AlertCases } from './alert-cases.ts';
import { override, type Values, working } from './working.ts';

const FIRST = { consumerGroup: 'g', consumerClientIP: '192.0.2.1', consumerClientPID: '1' };
const SECOND = { ...FIRST, consumerClientPID: '2' };
const onTopic = (labels: Readonly<Record<string, string>>, topic = 'orders') => ({ topic, ...labels });
const reason = (name: string, samples: string) => ({ [data('reason', { topic: 'orders', consumerGroup: 'g', reason: name })]: samples });

const BEHIND: Values = { topic_consumergroup: '700x90' };

/** The idle time of a process that has been blocked since minute 5, and of one that is well. */
const IDLE = { [process('idle_seconds', onTopic(FIRST))]: '0x5 0+60x85', [process('idle_seconds', onTopic(SECOND))]: '1x90' };

const busy = (type: string) => ({
  [process('busy_ratio', FIRST)]: '0.99x90',
  [process('info', { ...FIRST, version: 'V5_5_1', language: 'JAVA', type })]: '1x90',
});

/** Ten messages a second come, two threads finish one. */
const SATURATED = {
  ...reason('saturated', '1x90'),
  [process('consumed_per_second', onTopic(FIRST))]: '0.5x90',
  [process('consumed_per_second', onTopic(SECOND))]: '0.5x90',
  [process('threads', FIRST)]: '1x90',
  [process('threads', SECOND)]: '1x90',
};

const failing = (failed: number, consumed: number, topic = 'orders') => ({
  [process('failed_per_second', onTopic(FIRST, topic))]: `${failed}x90`,
  [process('consumed_per_second', onTopic(FIRST, topic))]: `${consumed}x90`,
});

export const PROCESS_CASES: AlertCases = {
  ProcessBlocked: {
    fires: [
      working('one of two finishes nothing', BEHIND, { 12: [], 15: ['ProcessBlocked'], 40: ['ProcessBlocked'] }, IDLE),
      working(
        'it says how busy it is',
        BEHIND,
        { 15: ['ProcessBlocked'] },
        { ...IDLE, [process('busy_ratio', FIRST)]: '0.2x90', ...failing(0, 0) },
      ),
      working(
        'nobody was asked for three minutes',
        BEHIND,
        { 21: ['ProcessBlocked'] },
        { [process('idle_seconds', onTopic(FIRST))]: '400x18 _x3 400x60' },
      ),
    ],
    silent: [
      working(
        'it finishes one after four minutes each',
        BEHIND,
        { 20: [], 40: [] },
        { [process('idle_seconds', onTopic(FIRST))]: '240x90' },
      ),
      working('it is busy all the time, and a queue must wait', BEHIND, { 20: [] }, { ...IDLE, ...busy('concurrent') }),
      working('an orderly consumer is busy all the time', BEHIND, { 20: [], 40: [] }, { ...IDLE, ...busy('orderly') }),
      working('it finishes other messages of the topic', BEHIND, { 20: [], 40: [] }, { ...IDLE, ...failing(0, 2) }),
      working(
        'it consumes, and how often it fails is unknown',
        BEHIND,
        { 20: [] },
        {
          ...IDLE,
          [process('consumed_per_second', onTopic(FIRST))]: '2x90',
        },
      ),
      working('it is gone', BEHIND, { 30: [] }, { [process('idle_seconds', onTopic(FIRST))]: '400x10 stale' }),
      working('a group whose messages take an hour each', BEHIND, { 20: [] }, { ...IDLE, ...override('blocked_seconds', 'Inf') }),
    ],
  },
  ProcessUnresponsive: {
    fires: [
      working(
        'one of two hangs',
        BEHIND,
        { 8: [], 12: ['ProcessUnresponsive'] },
        { [process('responding', FIRST)]: '0x90', [process('responding', SECOND)]: '1x90' },
      ),
    ],
    silent: [
      working('for three minutes', BEHIND, { 9: [], 15: [] }, { [process('responding', FIRST)]: '1x5 0x2 1x80' }),
      working(
        'it cannot answer for a minute after each of two rebalances, and is asked again minutes later',
        BEHIND,
        { 9: [], 14: [], 20: [] },
        { [process('responding', FIRST)]: '1x3 0 0 _ _ 1 1 0 0 _ _ _ 1x60' },
      ),
      working(
        'it was restarted',
        BEHIND,
        { 12: [], 20: [] },
        { [process('responding', FIRST)]: '0x3 stale', [process('responding', SECOND)]: '_x4 1x80' },
      ),
    ],
  },
  ProcessFailing: {
    fires: [working('nine of ten fail', BEHIND, { 9: [], 12: ['ProcessFailing'] }, failing(9, 1))],
    silent: [
      working('one of ten fails', BEHIND, { 12: [], 40: [] }, failing(1, 9)),
      working('it does nothing at all', BEHIND, { 12: [] }, failing(0, 0)),
      working('what fails is retried: the retry topic alone', BEHIND, { 12: [] }, { ...failing(0, 10), ...failing(9, 1, '%RETRY%g') }),
      working('a group that fails as a matter of course', BEHIND, { 12: [] }, { ...failing(9, 1), ...override('failing_ratio', 'Inf') }),
    ],
  },
  GroupSaturated: {
    fires: [working('every thread is busy', { ...BEHIND, broker_offset: '1000+600x90' }, { 15: [], 19: ['GroupSaturated'] }, SATURATED)],
    silent: [
      working(
        'it catches up, and has threads to spare',
        { ...BEHIND, broker_offset: '1000+600x90' },
        { 19: [] },
        { ...SATURATED, ...reason('saturated', '_'), ...reason('catching-up', '1x90') },
      ),
      working(
        'for five minutes',
        { ...BEHIND, broker_offset: '1000+600x90' },
        { 19: [], 30: [] },
        { ...SATURATED, ...reason('saturated', '1x5 stale') },
      ),
    ],
  },
  ProcessesIdle: {
    fires: [
      working(
        'three of five hold no queue, and two are saturated',
        BEHIND,
        { 14: [], 17: ['ProcessesIdle'] },
        {
          ...reason('saturated', '1x90'),
          [group('idle_processes', { topic: 'orders', consumerGroup: 'g' })]: '3x90',
        },
      ),
    ],
    silent: [
      working(
        'three hold no queue, and nobody is saturated',
        BEHIND,
        { 17: [], 40: [] },
        {
          ...reason('catching-up', '1x90'),
          [group('idle_processes', { topic: 'orders', consumerGroup: 'g' })]: '3x90',
        },
      ),
      working(
        'everybody holds one',
        BEHIND,
        { 17: [] },
        {
          ...reason('saturated', '1x90'),
          [group('idle_processes', { topic: 'orders', consumerGroup: 'g' })]: '0x90',
        },
      ),
    ],
  },
  SubscriptionsDiffer: {
    fires: [
      working(
        'two processes want other tags',
        BEHIND,
        { 13: [], 17: ['SubscriptionsDiffer'] },
        { [group('subscriptions_differ', { consumerGroup: 'g' })]: '1x90' },
      ),
    ],
    silent: [
      working(
        'a new version is rolled out',
        BEHIND,
        { 9: [], 15: [], 20: [] },
        { [group('subscriptions_differ', { consumerGroup: 'g' })]: '0x3 1x11 0x70' },
      ),
      working('all want the same', BEHIND, { 15: [] }, { [group('subscriptions_differ', { consumerGroup: 'g' })]: '0x90' }),
    ],
  },
  DuplicateClientId: {
    fires: [
      working(
        'two processes call themselves alike',
        BEHIND,
        { 8: [], 12: ['DuplicateClientId'] },
        { [group('duplicate_client_ids', { consumerGroup: 'g' })]: '1x90' },
      ),
    ],
    silent: [
      working(
        'a client comes back before its old connection is gone, and nobody asks again for minutes',
        BEHIND,
        { 4: [], 9: [], 14: [] },
        { [group('duplicate_client_ids', { consumerGroup: 'g' })]: '0x3 1x2 _x4 0x70' },
      ),
    ],
  },
};
