import { describe, expect, test } from 'vitest';
import { aggregate } from '../../src/lag/aggregate.ts';
import { behind, group, NOW, readings, topic } from '../support/readings.ts';

const stored = { topic: '%DLQ%g_fail', consumerGroup: 'g_fail', stored: 40, everSent: 1900 };
const failed = { topic: '%DLQ%g_other', consumerGroup: 'g_other', failure: { kind: 'timeout', message: 'took too long' } };

describe('dead letters', () => {
  test('1. are stored now and ever sent, by the group that sent them', () => {
    const report = aggregate(readings([topic('%DLQ%g_fail')], {}, { deadLetters: [stored] }), NOW);
    expect(report.deadLetters).toEqual([{ consumerGroup: 'g_fail', stored: 40, everSent: 1900 }]);
    expect(report.failures).toEqual([]);
  });

  test('2. none stored is 0, a number like any other', () => {
    const report = aggregate(readings([topic('%DLQ%g_fail')], {}, { deadLetters: [{ ...stored, stored: 0, everSent: 0 }] }), NOW);
    expect(report.deadLetters).toEqual([{ consumerGroup: 'g_fail', stored: 0, everSent: 0 }]);
  });

  test('3. are no backlog: nobody consumes them', () => {
    const report = aggregate(readings([topic('%DLQ%g_fail')], {}, { deadLetters: [stored] }), NOW);
    expect(report).toMatchObject({ backlog: 0, detail: [], subscriptions: [] });
    expect(report.byTopic.size).toBe(0);
    expect(report.groups).toMatchObject({ read: 0, unreadable: 0, phantom: 0, broadcast: 0 });
  });

  test('4. that could not be read are a failure and no number, and spare the others', () => {
    const report = aggregate(readings([topic('%DLQ%g_fail'), topic('%DLQ%g_other')], {}, { deadLetters: [failed, stored] }), NOW);
    expect(report.deadLetters.map(({ consumerGroup }) => consumerGroup)).toEqual(['g_fail']);
    expect(report.failures).toEqual([{ topic: '%DLQ%g_other', kind: 'timeout', message: 'took too long' }]);
  });

  test('5. that somebody does consume have a backlog as any other topic', () => {
    const report = aggregate(readings([topic('%DLQ%g_fail', group('g_rescue', behind(7)))], {}, { deadLetters: [stored] }), NOW);
    expect([...report.byGroup]).toEqual([['g_rescue', 7]]);
    expect(report.deadLetters).toHaveLength(1);
  });
});
