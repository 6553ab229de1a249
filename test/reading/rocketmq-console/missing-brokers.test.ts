import { expect, test } from 'vitest';
import { missingBrokers } from '../../../src/reading/rocketmq-console/console-reader.ts';

const MINUTE = 60_000;

// What each tick sees at a minute, and which brokers it misses.
const CASES: [what: string, ticks: [minute: number, present: string[], missing: string[]][]][] = [
  ['nothing at the first tick', [[0, ['a'], []]]],
  [
    'a broker that the tick before saw',
    [
      [0, ['a', 'b'], []],
      [1, ['a'], ['b']],
    ],
  ],
  [
    'it still with the next ticks, for five minutes in all',
    [
      [0, ['a', 'b'], []],
      [1, ['a'], ['b']],
      [4, ['a'], ['b']],
      [5, ['a'], []],
    ],
  ],
  [
    'nothing when it is back',
    [
      [0, ['a', 'b'], []],
      [1, ['a'], ['b']],
      [2, ['a', 'b'], []],
    ],
  ],
  [
    'several, by name',
    [
      [0, ['c', 'a', 'b'], []],
      [1, ['a'], ['b', 'c']],
    ],
  ],
  [
    'one also where another has come',
    [
      [0, ['a', 'b'], []],
      [1, ['a', 'c'], ['b']],
    ],
  ],
  [
    'nothing of ticks that are too long ago',
    [
      [0, ['a', 'b'], []],
      [5, ['a'], []],
    ],
  ],
  [
    'nothing where the clock was set back',
    [
      [9, ['a', 'b'], []],
      [1, ['a'], []],
    ],
  ],
];
test.each(CASES)('a tick misses %s', (_what, ticks) => {
  const seenAt = new Map<string, number>();
  for (const [minute, present, missing] of ticks) expect(missingBrokers(seenAt, present, minute * MINUTE)).toEqual(missing);
});
