import { describe, expect, test } from 'vitest';
import { aggregate } from '../../src/lag/aggregate.ts';
import { asking, behind, failedTopic, group, NOW, queue, readings, topic, unreadTopic } from '../support/readings.ts';

describe('topics', () => {
  test('1. a topic that failed or was not reached gives no row, is named, and leaves the tick incomplete', () => {
    const report = aggregate(readings([failedTopic('orders'), topic('payments', group('g', behind(5))), unreadTopic('shipments')]), NOW);
    expect(report.topics).toEqual({ read: 1, failed: 1, unread: 1, ignored: 0 });
    expect(report.readableTopics).toEqual([
      { topic: 'orders', readable: false },
      { topic: 'payments', readable: true },
      { topic: 'shipments', readable: false },
    ]);
    expect([...report.byTopic]).toEqual([['payments', 5]]);
    expect(report.failures).toEqual([
      { topic: 'orders', kind: 'timeout', message: 'took too long' },
      { topic: 'shipments', kind: 'unread', message: 'not reached before the deadline' },
    ]);
  });

  test('2. a topic that nobody reads was read: it has no backlog series, and nothing is wrong', () => {
    const report = aggregate(readings([topic('quiet')]), NOW);
    expect(report.topics.read).toBe(1);
    expect(report.readableTopics).toEqual([{ topic: 'quiet', readable: true }]);
    expect(report.byTopic.size).toBe(0);
    expect(report.failures).toEqual([]);
  });

  test('3. a topic whose groups are caught up has a backlog of 0', () => {
    expect(aggregate(readings([topic('orders', group('g', queue()))]), NOW).byTopic.get('orders')).toBe(0);
  });

  test('4. topics that were ignored are counted', () => {
    expect(aggregate({ ...readings([topic('orders')]), ignoredTopics: 7 }, NOW).topics).toEqual({
      read: 1,
      failed: 0,
      unread: 0,
      ignored: 7,
    });
  });

  test('5. nothing at all is a report of nothing', () => {
    expect(aggregate(readings([]), NOW)).toMatchObject({ backlog: 0, detail: [], failures: [], negativeDiffs: 0 });
  });
});

describe('groups', () => {
  test('6. a group on several topics is counted once', () => {
    const report = aggregate(
      readings([topic('orders', group('g', queue()), group('h', queue())), topic('payments', group('g', queue()))]),
      NOW,
    );
    expect(report.groups).toMatchObject({ read: 2, unreadable: 0, phantom: 0, broadcast: 0 });
  });

  test('7. only topics that were read are looked at for questions', () => {
    const { messageModel, presence } = asking(readings([failedTopic('orders'), unreadTopic('payments')]));
    expect([...messageModel, ...presence]).toEqual([]);
  });

  test('8. a group at work leaves no question', () => {
    const { messageModel, presence } = asking(readings([topic('orders', group('g', behind(5)))]));
    expect([...messageModel, ...presence]).toEqual([]);
  });
});
