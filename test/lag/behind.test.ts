import { describe, expect, test } from 'vitest';
import { groupsBehind } from '../../src/lag/groups.ts';
import type { GroupAnswer, Subscription, TopicReading } from '../../src/lag/readings.ts';
import {
  behind,
  CLIENT,
  failedTopic,
  group,
  neverRead,
  queue,
  says,
  topic,
  UNKNOWN,
  unreadable,
  unreadTopic,
} from '../support/readings.ts';

const LISTED = new Set(['t', 'u']);
const ANSWERS: ReadonlyMap<string, GroupAnswer> = new Map();
const REFUSED: Subscription = { consumerGroup: 'g', readable: false, failure: { kind: 'refused', message: 'no' } };

/** The groups by name, with their backlog. */
function found(topics: readonly TopicReading[], { answers = ANSWERS, all = false } = {}): [string, number][] {
  return groupsBehind(topics, LISTED, answers, all).map(({ consumerGroup, backlog }) => [consumerGroup, backlog]);
}

describe('groups whose processes are worth asking', () => {
  test('are those with backlog, furthest behind first, and by name where they are equally far', () => {
    const topics = [topic('t', group('b', behind(5)), group('c', behind(9)), group('a', behind(5)), group('well', queue()))];
    expect(found(topics)).toEqual([
      ['c', 9],
      ['a', 5],
      ['b', 5],
    ]);
    expect(found([topic('t', group('a', behind(5)), group('b', behind(5)))])).toEqual([
      ['a', 5],
      ['b', 5],
    ]);
  });

  test('have the backlog, brokers and holders of all their topics', () => {
    const topics = [
      topic('t', group('g', behind(5), behind(2, { broker: 'broker-b', clientId: null }))),
      topic('u', group('g', behind(1, { broker: 'broker-c', clientId: '192.0.2.9@9' }))),
    ];
    expect(groupsBehind(topics, LISTED, ANSWERS)).toEqual([
      {
        consumerGroup: 'g',
        backlog: 8,
        brokers: new Set(['broker-a', 'broker-b', 'broker-c']),
        owners: new Set([CLIENT, '192.0.2.9@9']),
      },
    ]);
  });

  test('are all of them where all are wanted', () => {
    const topics = [topic('t', group('well', queue()), group('g', behind(5)))];
    expect(found(topics, { all: true })).toEqual([
      ['g', 5],
      ['well', 0],
    ]);
  });

  test('are also those without backlog that have rows on one topic and none on another', () => {
    expect(found([topic('t', group('g', queue())), topic('u', unreadable('g'))])).toEqual([['g', 0]]);
    expect(found([topic('t', group('g', queue())), topic('u', REFUSED)])).toEqual([]);
    expect(found([topic('u', unreadable('g'))])).toEqual([]);
  });

  test('are no phantoms and no broadcast groups', () => {
    const topics = [topic('t', group('t', { ...neverRead(7), clientId: null }), group('g', behind(5)))];
    expect(found(topics)).toEqual([['g', 5]]);
    expect(found(topics, { answers: new Map([['g', says('BROADCASTING', UNKNOWN)]]) })).toEqual([]);
    expect(found(topics, { answers: new Map([['g', says('CLUSTERING', UNKNOWN)]]) })).toEqual([['g', 5]]);
  });

  test('are none of a topic that was not read', () => {
    expect(found([failedTopic('t'), unreadTopic('u')])).toEqual([]);
  });
});
