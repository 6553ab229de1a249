import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { busyRatio, isBlocked, isSaturated } from '../../src/lag/client-load.ts';
import type { ClientState } from '../../src/lag/readings.ts';
import { anyState } from '../support/arbitrary-processes.ts';
import { CLIENT_NOW, does, holds, NOTHING, state, stuck } from '../support/processes.ts';

const popped = (inHand: number, topic = 'orders') => ({ topic, broker: 'broker-a', inHand, lastPop: CLIENT_NOW });
const queues = (many: number, inHand = 0) => Array.from({ length: many }, (_, queueId) => holds({ queueId, inHand }));
/** One thread, batches of up to 64 messages, 1.6 s a call. */
const BATCH = { threads: 1, messagesPerCall: 64, activity: [does({ consumedPerSecond: 20, secondsPerCall: 1.6 })] };

describe('how busy a client is', () => {
  const CASES: { n: number; proves: string; of: Partial<ClientState>; ratio: number | null; saturated: boolean }[] = [
    { n: 1, proves: 'both bounds are the same for calls of one message', of: {}, ratio: 0.05, saturated: false },
    { n: 2, proves: 'batches: between half busy and 32 times busy is no number', of: BATCH, ratio: null, saturated: false },
    {
      n: 3,
      proves: 'batches: more in hand than a call takes, for more than ten seconds of work: every thread is at work',
      of: { ...BATCH, queues: queues(8, 1_000) },
      ratio: 1,
      saturated: true,
    },
    {
      n: 4,
      proves: 'batches: a burst of a few seconds proves nothing',
      of: { ...BATCH, queues: queues(1, 150) },
      ratio: null,
      saturated: false,
    },
    {
      n: 5,
      proves: 'batches: busy even if every call was full',
      of: { ...BATCH, activity: [does({ consumedPerSecond: 64, secondsPerCall: 1 })] },
      ratio: 1,
      saturated: true,
    },
    {
      n: 6,
      proves: 'batches: idle even if every call had one message',
      of: { ...BATCH, activity: [does({ consumedPerSecond: 1, secondsPerCall: 0.01 })] },
      ratio: 0.01,
      saturated: false,
    },
    {
      n: 7,
      proves: 'an orderly client works on one message of a queue at a time',
      of: { type: 'orderly', threads: 20, queues: queues(2), activity: [does({ consumedPerSecond: 9.5, secondsPerCall: 0.2 })] },
      ratio: 0.95,
      saturated: true,
    },
    {
      n: 8,
      proves: 'an orderly client with fewer threads than queues has its threads',
      of: { type: 'orderly', threads: 1, queues: queues(8), activity: [does({ consumedPerSecond: 5, secondsPerCall: 0.1 })] },
      ratio: 0.5,
      saturated: false,
    },
    {
      n: 9,
      proves: 'a retry topic is no queue to work on',
      of: {
        type: 'orderly',
        threads: 4,
        queues: [holds(), holds({ topic: '%RETRY%g' })],
        activity: [does({ consumedPerSecond: 1, secondsPerCall: 0.5 })],
      },
      ratio: 0.5,
      saturated: false,
    },
    {
      n: 10,
      proves: 'never above 1',
      of: { activity: [does({ consumedPerSecond: 100, secondsPerCall: 0.5 })] },
      ratio: 1,
      saturated: true,
    },
    {
      n: 11,
      proves: 'calls of a minute and more are too rare to be counted in one',
      of: { activity: [does({ consumedPerSecond: 0.03, secondsPerCall: 90 })] },
      ratio: null,
      saturated: false,
    },
    {
      n: 12,
      proves: 'unless more is in hand than all threads can work on',
      of: { activity: [does({ consumedPerSecond: 0.03, secondsPerCall: 90 })], queues: queues(3, 1) },
      ratio: 1,
      saturated: true,
    },
    {
      n: 13,
      proves: 'nothing ended, and calls are usually short: nothing explains it, and it is no number',
      of: { activity: [does({ ...NOTHING, secondsPerCall: 0.01 })], queues: queues(3, 9) },
      ratio: null,
      saturated: false,
    },
    {
      n: 14,
      proves: 'every thread is at work now and none was a minute ago: the work has only just arrived',
      of: { activity: [does({ consumedPerSecond: 1, secondsPerCall: 0.01 })], queues: queues(3, 9) },
      ratio: 0.005,
      saturated: false,
    },
    {
      n: 15,
      proves: 'what a POP client has in hand counts',
      of: { threads: 1, queues: [], popped: [popped(128)], activity: [does({ consumedPerSecond: 0.7, secondsPerCall: 1 })] },
      ratio: 0.7,
      saturated: true,
    },
  ];
  for (const { n, proves, of, ratio, saturated } of CASES)
    test(`${n}. ${proves}`, () => {
      const busy = busyRatio(state(of));
      if (ratio === null) expect(busy).toBeNull();
      else expect(busy).toBeCloseTo(ratio);
      expect(isSaturated(state(of))).toBe(saturated);
    });

  test('16. whatever it says, a ratio is between 0 and 1, and none that depends on how full its calls were', () => {
    fc.assert(
      fc.property(anyState, (any) => {
        const ratio = busyRatio(any);
        if (ratio === null) return;
        expect(ratio).toBeGreaterThanOrEqual(0);
        expect(ratio).toBeLessThanOrEqual(1);
        const callsOfOne = busyRatio({
          ...any,
          messagesPerCall: 1,
          queues: any.queues.map((queue) => ({ ...queue, inHand: 0 })),
          popped: [],
        });
        if (ratio < 1 && callsOfOne !== null) expect(Math.abs(callsOfOne - ratio)).toBeLessThanOrEqual(0.05);
      }),
    );
  });
});

describe('whether a client is blocked on a topic', () => {
  const CASES: { n: number; proves: string; of: Partial<ClientState>; blocked: boolean }[] = [
    { n: 17, proves: 'in hand for a minute, and none ended', of: { queues: [stuck(5, 60)], activity: [does(NOTHING)] }, blocked: true },
    { n: 18, proves: 'one ended in the last minute', of: { queues: [stuck(5, 600)] }, blocked: false },
    {
      n: 19,
      proves: 'one that failed has ended as well',
      of: { queues: [stuck(5, 600)], activity: [does({ ...NOTHING, failedPerSecond: 0.1 })] },
      blocked: false,
    },
    {
      n: 20,
      proves: 'a client that is known for slow calls gets twice their time',
      of: { queues: [stuck(5, 179)], activity: [does({ ...NOTHING, secondsPerCall: 90 })] },
      blocked: false,
    },
    {
      n: 21,
      proves: 'and not more',
      of: { queues: [stuck(5, 181)], activity: [does({ ...NOTHING, secondsPerCall: 90 })] },
      blocked: true,
    },
    {
      n: 22,
      proves: 'after a rebalance its times are new, but calls of milliseconds do not take ten seconds',
      of: { queues: [stuck(791, 10.6)], activity: [does({ ...NOTHING, secondsPerCall: 0.003 })] },
      blocked: true,
    },
    {
      n: 23,
      proves: 'one message in hand proves less than all threads at work',
      of: { queues: [stuck(2, 10.6)], activity: [does({ ...NOTHING, secondsPerCall: 0.003 })] },
      blocked: false,
    },
    {
      n: 24,
      proves: 'POP: more than its threads can take, popped nothing and ended nothing in a minute',
      of: { popped: [popped(3)], queues: [], activity: [does({ ...NOTHING, secondsPerCall: 0.1 })] },
      blocked: true,
    },
    {
      n: 25,
      proves: 'POP: no more than its threads can take may have come a moment ago',
      of: { popped: [popped(2)], queues: [], activity: [does(NOTHING)] },
      blocked: false,
    },
    {
      n: 26,
      proves: 'POP: popped in the last minute, and no call ever ended',
      of: {
        popped: [popped(256)],
        queues: [],
        threads: 1,
        startedAt: CLIENT_NOW - 56_000,
        activity: [does({ ...NOTHING, pulledPerSecond: 5 })],
      },
      blocked: true,
    },
    {
      n: 27,
      proves: 'POP: a client that has just started may not have ended its first call',
      of: {
        popped: [popped(256)],
        queues: [],
        threads: 1,
        startedAt: CLIENT_NOW - 11_000,
        activity: [does({ ...NOTHING, pulledPerSecond: 25 })],
      },
      blocked: false,
    },
    {
      n: 28,
      proves: 'POP: one that has ended calls before may be in its next one',
      of: { popped: [popped(256)], queues: [], activity: [does({ ...NOTHING, pulledPerSecond: 5, secondsPerCall: 0.1 })] },
      blocked: false,
    },
  ];
  for (const { n, proves, of, blocked } of CASES) test(`${n}. ${proves}`, () => expect(isBlocked('orders', state(of))).toBe(blocked));
});
