import { describe, expect, test } from 'vitest';
import type { GroupBehind } from '../../../src/lag/groups.ts';
import { planQuestions, startBudget } from '../../../src/reading/rocketmq-console/ask-processes.ts';

const MASTERS = { of: () => ['a', 'b'].map((broker) => ({ broker, address: `${broker}:1`, version: null })) };

/** A group with so many known processes on broker a. */
const group = (consumerGroup: string, processes = 1, brokers = ['a']): GroupBehind => ({
  consumerGroup,
  backlog: 1,
  brokers: new Set(brokers),
  owners: new Set(Array.from({ length: processes }, (_, index) => String(index))),
});

const order = (groups: readonly GroupBehind[], requests: number, minute = 0) =>
  planQuestions(groups, MASTERS, requests, minute * 60_000).map((one) => one.group.consumerGroup);
const TEN = Array.from({ length: 10 }, (_, index) => group(`g${index}`));

describe('in which order groups are asked', () => {
  test('those furthest behind first, where there are requests for twice as many', () => {
    for (const minute of [0, 1, 2]) expect(order(TEN, 40, minute)).toEqual(TEN.map(({ consumerGroup }) => consumerGroup));
  });

  test('half of the requests are for those; the others begin elsewhere each minute, and none is left out', () => {
    const orders = [0, 1, 2, 3, 4].map((minute) => order(TEN, 12, minute));
    for (const one of orders) {
      expect(one.slice(0, 3)).toEqual(['g0', 'g1', 'g2']);
      expect(one.toSorted()).toEqual(TEN.map(({ consumerGroup }) => consumerGroup));
    }
    expect(new Set(orders.map(([, , , fourth]) => fourth)).size).toBe(5);
  });

  test('a group costs a request for each of its masters and each of its processes, and one where none is known', () => {
    const groups = [group('two masters', 3, ['a', 'b']), group('nobody', 0), ...TEN];
    // 5, 2, and 2 for each of the others.
    const kept = (requests: number) => {
      const orders = [1, 2, 3, 4, 5].map((minute) => order(groups, requests, minute));
      return orders[0]?.findIndex((_, index) => orders.some((one) => one[index] !== orders[0]?.[index]));
    };
    expect([kept(9), kept(10), kept(13), kept(14), kept(18)]).toEqual([1, 1, 1, 2, 3]);
  });

  test('the group furthest behind is asked in every minute, also where it alone needs more than half of the requests', () => {
    const groups = [group('far behind', 8), group('near', 6)];
    for (const minute of [0, 1, 2, 3]) expect(order(groups, 12, minute)[0]).toBe('far behind');
  });

  test('a broker whose address is not known leaves its group incomplete', () => {
    const planned = planQuestions([group('known', 1, ['a', 'b']), group('not', 1, ['a', 'x'])], MASTERS, 100, 0);
    expect(planned.map(({ masters, complete }) => [masters.map(({ address }) => address), complete])).toEqual([
      [['a:1', 'b:1'], true],
      [['a:1'], false],
    ]);
  });
});

test('a budget gives what there is, and takes back what was not needed', () => {
  const budget = startBudget(5);
  expect([budget.take(3), budget.take(3), budget.take(1)]).toEqual([3, 2, 0]);
  budget.giveBack(2);
  expect(budget.take(9)).toBe(2);
});
