import { describe, expect, test } from 'vitest';
import { firstOf, percent, processName, rate, several, span } from '../../src/lag/format.ts';

describe('a time', () => {
  test.each([
    [0.25, '250 ms'],
    [1, '1 s'],
    [4.56, '4.6 s'],
    [10, '10 s'],
    [119.9, '119 s'],
    [120, '2 min'],
    [7_199, '119 min'],
    [7_200, '2 h'],
    [172_799, '47 h'],
    [172_800, '2 d'],
    [864_000, '10 d'],
  ])('of %d seconds is said as %s', (seconds, said) => expect(span(seconds)).toBe(said));
});

test.each([
  [0.123, '0.12'],
  [99.9, '100'],
  [100.4, '100'],
  [1_234.5, '1,235'],
])('a rate of %d is said as %s', (perSecond, said) => expect(rate(perSecond)).toBe(said));

test('a share is never more than all of it', () => {
  expect([percent(0.123), percent(1.2)]).toEqual(['12%', '100%']);
});

test('one process, and more', () => {
  expect([several(1, 'process'), several(2_000, 'process'), several(2, 'more', 'more')]).toEqual([
    '1 process',
    '2,000 processes',
    '2 more',
  ]);
});

test('a process has the name of its labels, without a PID its IP alone', () => {
  expect([processName('192.0.2.1@100#7'), processName('192.0.2.1')]).toEqual(['192.0.2.1 100', '192.0.2.1']);
});

test('of several processes the first is named, and the others are counted', () => {
  expect([firstOf(['a@1', 'b@2', 'c@3']), firstOf(['a@1'])]).toEqual(['a 1 (and 2 more)', 'a 1']);
});
