import { describe, expect, test } from 'vitest';
import { EventError, readEvent, type TickRequest } from '../src/event.ts';

/** What an event asks for; throws what is wrong with it. */
function requestOf(event: unknown): TickRequest {
  const { outcome } = readEvent(event);
  if (!outcome.ok) throw outcome.error;
  return outcome.request;
}

describe('an event', () => {
  test.each([
    ['nothing', undefined],
    ['null', null],
    ['an empty text, as `sls invoke` sends without --data', ''],
    ['an empty object', {}],
    ["EventBridge's scheduled event", { version: '0', id: 'x', 'detail-type': 'Scheduled Event', source: 'aws.events', detail: {} }],
  ])('%s asks for an ordinary tick', (_what, event) => {
    expect(requestOf(event)).toEqual({ dryRun: false, forget: false });
  });

  test('its keys are understood', () => {
    const event = { cluster: 'eu', shard: '2/5', dryRun: true };
    expect(requestOf(event)).toMatchObject({ shard: { index: 2, count: 5 }, dryRun: true });
    expect(readEvent(event)).toMatchObject({ cluster: 'eu', shard: { index: 2, count: 5 } });
    expect(requestOf({ forget: true, cluster: 'eu' })).toMatchObject({ forget: true });
  });

  test('single topics imply a dry run: a part must never replace the whole', () => {
    expect(requestOf({ topics: ['orders', 'pay*'] })).toMatchObject({ topics: ['orders', 'pay*'], dryRun: true });
    expect(requestOf({ topics: ['orders'], dryRun: false })).toMatchObject({ dryRun: true });
  });

  test.each([
    [{ dryrun: true }, '"dryrun" is not a key'],
    [{ dryRun: 'true' }, 'dryRun: expected true or false'],
    [{ dryRun: 1 }, 'dryRun: expected true or false'],
    [{ shard: '0/5' }, 'shard: expected "i/n"'],
    [{ shard: '6/5' }, 'shard: expected "i/n"'],
    [{ shard: 2 }, 'shard: expected "i/n"'],
    [{ topics: [] }, 'topics: expected a list'],
    [{ topics: 'orders' }, 'topics: expected a list'],
    [{ topics: ['orders', 7] }, 'topics: expected a list'],
    [{ cluster: '' }, 'cluster: expected the name'],
    [{ cluster: 'a/b' }, 'cluster: expected the name'],
    [{ forget: 'yes' }, 'forget: expected true or false'],
    [{ forget: true, dryRun: true }, 'forget: can be combined with cluster only'],
    [{ forget: true, topics: ['x'] }, 'forget: can be combined with cluster only'],
    [{ forget: true, shard: '1/2' }, 'forget: can be combined with cluster only'],
    [{ 'detail-type': 'Scheduled Event', dryRun: true }, '"detail-type" is not a key'],
    [{ 'detail-type': 'Scheduled Event', source: 'aws.events', shard: '1/2' }, '"source" is not a key'],
    ['{dryRun:true}', 'expected a JSON object, got a text that is none: check the quoting'],
    [JSON.stringify('{"dryRun":true}'), 'expected a JSON object, got a text that is none: check the quoting'],
    ['[]', 'expected a JSON object, got a list'],
    [[], 'expected a JSON object, got a list'],
    [7, 'expected a JSON object, got a number'],
    [JSON.parse('{"__proto__":1}'), '"__proto__" is not a key'],
  ])('%j is refused: %s', (event, words) => {
    expect(() => requestOf(event)).toThrow(words);
  });

  test('every problem is named at once', () => {
    expect(() => requestOf({ dryrun: true, shard: 'x', topics: [] })).toThrow(/"dryrun".*shard:.*topics:/s);
  });

  test('is refused as a list of what to mend, each on its line', () => {
    const message =
      'the event is not valid:\n  - "dryrun" is not a key of an event; there are cluster, shard, dryRun, topics, groups, forget\n  - dryRun: expected true or false';
    expect(() => requestOf({ dryrun: true, dryRun: 1 })).toThrow(expect.objectContaining({ kind: 'event', message }));
    expect(() => requestOf({ topics: [1, 2] })).toThrow(
      /^the event is not valid:\n {2}- topics: expected a list of topic names or globs, not empty$/,
    );
  });

  test.each([
    ['5/5', { index: 5, count: 5 }],
    [' 1/1 ', { index: 1, count: 1 }],
    ['12/1234', { index: 12, count: 1234 }],
  ])('asks for shard %j', (shard, expected) => {
    expect(requestOf({ shard }).shard).toEqual(expected);
  });

  test.each(['x1/5', '1/5x', '1/', '/5', '1', '', '1/12345', '00001/5', '1,5', 'a/b'])('asks for no shard by %j', (shard) => {
    expect(() => requestOf({ shard })).toThrow('shard: expected "i/n", part i of n, like "2/5"');
  });

  test('that a Windows shell made a JSON text of is parsed once', () => {
    expect(requestOf('{"dryRun":true,"topics":["a"]}')).toMatchObject({ dryRun: true, topics: ['a'] });
  });

  test('has its space around names taken off', () => {
    expect(readEvent({ cluster: ' eu ' }).cluster).toBe('eu');
    expect(requestOf({ topics: [' orders '] }).topics).toEqual(['orders']);
    for (const event of [{ cluster: ' ' }, { topics: [' '] }]) expect(() => requestOf(event)).toThrow(EventError);
  });
});

describe('an event that is refused', () => {
  test.each([
    ['beside a key that there is not', { cluster: 'eu', shard: '2/5', dryrun: 1 }, 'eu', { index: 2, count: 5 }],
    [
      'beside the marks of a scheduled event',
      { cluster: 'eu', shard: '2/5', 'detail-type': 'Scheduled Event' },
      'eu',
      { index: 2, count: 5 },
    ],
    ['beside a shard that is none', { cluster: 'eu', shard: '7/5' }, 'eu', undefined],
    ['beside a cluster that is none', { cluster: 'a/b', shard: '2/5' }, undefined, { index: 2, count: 5 }],
    ['of a number', { cluster: 7 }, undefined, undefined],
    ['of a text', 'eu', undefined, undefined],
  ])('%s keeps the cluster and the shard that were understood', (_what, event, cluster, shard) => {
    expect(readEvent(event)).toMatchObject({ cluster, shard, outcome: { ok: false } });
  });

  test.each([
    [{ dryRun: true, typo: 1 }, true],
    [{ dryRun: false, typo: 1 }, false],
    [{ dryRun: 'true' }, false],
    [{ topics: 'orders' }, true],
    [{ forget: true, typo: 1 }, true],
    [{ forget: 'yes' }, true],
    [{ forget: false, typo: 1 }, false],
    [{ 'detail-type': 'Scheduled Event', dryRun: true }, true],
    [{ typo: 1 }, false],
    ['dryRun', false],
  ])('%j means to push nothing: %j', (event, not) => {
    expect(readEvent(event)).toMatchObject({ pushesNothing: not, outcome: { ok: false } });
  });
});
