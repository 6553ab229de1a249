import { describe, expect, test } from 'vitest';
import { aggregate } from '../../src/lag/aggregate.ts';
import type { GroupAnswer, Subscription } from '../../src/lag/readings.ts';
import {
  asking,
  behind,
  group,
  NOW,
  neverRead,
  OFFLINE,
  online,
  queue,
  readings,
  says,
  topic,
  UNANSWERED,
  UNKNOWN,
} from '../support/readings.ts';

const SUSPICION: { n: number; proves: string; subscription: Subscription; suspect: boolean }[] = [
  { n: 1, proves: 'backlog, a client and never an offset', subscription: group('g', neverRead(90)), suspect: true },
  {
    n: 2,
    proves: 'one client is enough',
    subscription: group('g', neverRead(90), neverRead(9, { queueId: 1, clientId: null })),
    suspect: true,
  },
  { n: 3, proves: 'without backlog there is nothing to leave out', subscription: group('g', neverRead(0)), suspect: false },
  {
    n: 4,
    proves: 'without a client it is asked who is online, and that answer tells as well',
    subscription: group('g', neverRead(90, { clientId: null })),
    suspect: false,
  },
  {
    n: 5,
    proves: 'an offset above 0 clears it',
    subscription: group('g', neverRead(90), neverRead(9, { queueId: 1, consumerOffset: 1 })),
    suspect: false,
  },
  {
    n: 6,
    proves: 'a time clears it',
    subscription: group('g', neverRead(90), neverRead(9, { queueId: 1, lastTimestamp: NOW })),
    suspect: false,
  },
];

const VERDICTS: { n: number; proves: string; answer: GroupAnswer | undefined; outcome: 'read' | 'unreadable' | 'broadcast' }[] = [
  { n: 7, proves: 'BROADCASTING: left out and counted', answer: says('BROADCASTING', online(2)), outcome: 'broadcast' },
  { n: 8, proves: 'a remembered model is enough', answer: says('BROADCASTING', UNKNOWN), outcome: 'broadcast' },
  { n: 9, proves: 'CLUSTERING: a new group that has not consumed yet, read', answer: says('CLUSTERING', online(2)), outcome: 'read' },
  { n: 10, proves: 'no message model: unreadable in this tick', answer: says(null, OFFLINE), outcome: 'unreadable' },
  { n: 11, proves: 'a failed question: unreadable in this tick', answer: UNANSWERED, outcome: 'unreadable' },
  { n: 12, proves: 'a question nobody asked: unreadable in this tick', answer: undefined, outcome: 'unreadable' },
];

describe('who is suspected of being a broadcast group', () => {
  for (const { n, proves, subscription, suspect } of SUSPICION)
    test(`${n}. ${proves}`, () => {
      expect([...asking(readings([topic('config', subscription)])).messageModel]).toEqual(suspect ? ['g'] : []);
    });
});

describe('a suspect', () => {
  for (const { n, proves, answer, outcome } of VERDICTS)
    test(`${n}. ${proves}`, () => {
      const report = aggregate(readings([topic('config', group('g', neverRead(90)))], answer && { g: answer }), NOW);
      expect(report.groups).toMatchObject({ read: 0, unreadable: 0, phantom: 0, broadcast: 0, [outcome]: 1 });
      expect([...report.byGroup]).toEqual(outcome === 'read' ? [['g', 90]] : []);
      expect(report.unreadableGroups.map(({ consumerGroup }) => consumerGroup)).toEqual(outcome === 'unreadable' ? ['g'] : []);
      expect(report.failures.map(({ kind }) => kind)).toEqual(outcome === 'unreadable' ? ['unreadable-group'] : []);
    });

  test('13. that is unreadable says why, in the words of the failed question', () => {
    const [failed] = aggregate(readings([topic('config', group('g', neverRead(90)))], { g: UNANSWERED }), NOW).unreadableGroups;
    expect(failed?.failure.message).toMatch(/broadcast group.*took too long$/);
    const [silent] = aggregate(readings([topic('config', group('g', neverRead(90)))], { g: says(null, UNKNOWN) }), NOW).unreadableGroups;
    expect(silent?.failure.message).toMatch(/broadcast group.*does not say/);
    const [unasked] = aggregate(readings([topic('config', group('g', neverRead(90)))]), NOW).unreadableGroups;
    expect(unasked?.failure.message).toMatch(/broadcast group.*does not say/);
  });

  test('14. is judged over all its topics: one committed offset clears it everywhere', () => {
    const topics = [topic('config', group('g', neverRead(90))), topic('orders', group('g', queue({ consumerOffset: 3 })))];
    for (const order of [topics, topics.toReversed()]) {
      expect(asking(readings(order)).messageModel.size).toBe(0);
      expect(aggregate(readings(order), NOW).byTopic.get('config')).toBe(90);
    }
  });

  test('15. and a client on one topic counts for the other', () => {
    const topics = [topic('config', group('g', neverRead(90, { clientId: null }))), topic('orders', group('g', neverRead(0)))];
    for (const order of [topics, topics.toReversed()]) {
      expect([...asking(readings(order)).messageModel]).toEqual(['g']);
      expect(aggregate(readings(order, { g: says('BROADCASTING', UNKNOWN) }), NOW)).toMatchObject({ backlog: 0, groups: { broadcast: 1 } });
    }
  });

  test('16. a broadcast group on two topics is counted once', () => {
    const topics = [topic('config', group('g', neverRead(90))), topic('flags', group('g', neverRead(5)))];
    expect(aggregate(readings(topics, { g: says('BROADCASTING', UNKNOWN) }), NOW)).toMatchObject({ backlog: 0, groups: { broadcast: 1 } });
  });

  test('17. whose clients the console cannot name is known by the answer to the question who is online', () => {
    const topics = [topic('config', group('g', neverRead(90, { clientId: null })))];
    const report = aggregate(readings(topics, { g: says('BROADCASTING', online(2)) }), NOW);
    expect(report).toMatchObject({ backlog: 0, failures: [], groups: { broadcast: 1, read: 0 } });
    expect(report.clientsOnline.size).toBe(0);
  });

  test('18. offsets outweigh the message model: what a group committed, it consumed', () => {
    const report = aggregate(readings([topic('orders', group('g', behind(5)))], { g: says('BROADCASTING', online(1)) }), NOW);
    expect(report.byGroup.get('g')).toBe(5);
  });

  test('19. a broadcast group without backlog is read: 0 is what it has', () => {
    const report = aggregate(readings([topic('config', group('g', neverRead(0)))], { g: says('BROADCASTING', online(1)) }), NOW);
    expect(report).toMatchObject({ groups: { read: 1, broadcast: 0 } });
    expect(report.byGroup.get('g')).toBe(0);
  });

  test('20. a group that never committed and has no known client is read where it is offline, or clustering', () => {
    const topics = [topic('config', group('g', neverRead(90, { clientId: null })))];
    for (const answer of [says(null, OFFLINE), says('CLUSTERING', UNKNOWN), says('CLUSTERING', online(2))]) {
      const report = aggregate(readings(topics, { g: answer }), NOW);
      expect(report).toMatchObject({ backlog: 90, failures: [], groups: { read: 1, unreadable: 0, broadcast: 0 } });
    }
  });

  test('21. and where nothing is known of it, or not asked, it is unreadable: some seconds after a restart a broadcast group looks like that', () => {
    const topics = [topic('config', group('g', neverRead(90, { clientId: null })))];
    for (const answer of [says(null, UNKNOWN), UNANSWERED]) {
      const report = aggregate(readings(topics, { g: answer }), NOW);
      expect(report).toMatchObject({ backlog: 0, groups: { read: 0, unreadable: 1, broadcast: 0 } });
      expect(report.failures.map(({ kind }) => kind)).toEqual(['unreadable-group']);
    }
  });

  test('22. one that committed an offset is read, whatever is known of it: a gRPC group looks like that', () => {
    const topics = [topic('orders', group('g', behind(5, { clientId: null })))];
    expect(aggregate(readings(topics, { g: says(null, UNKNOWN) }), NOW)).toMatchObject({ backlog: 5, failures: [] });
  });
});
