import { describe, expect, test } from 'vitest';
import { clusterNamedBy, EventError, meansNotToPush, readEvent } from '../src/event.ts';

describe('an event', () => {
  test.each([
    ['nothing', undefined],
    ['null', null],
    ['an empty text, as `sls invoke` sends without --data', ''],
    ['an empty object', {}],
    ["EventBridge's scheduled event", { version: '0', id: 'x', 'detail-type': 'Scheduled Event', source: 'aws.events', detail: {} }],
  ])('%s asks for an ordinary tick', (_what, event) => {
    expect(readEvent(event)).toEqual({ dryRun: false, forget: false });
  });

  test('its keys are understood', () => {
    expect(readEvent({ cluster: 'eu', shard: '2/5', dryRun: true })).toMatchObject({
      cluster: 'eu',
      shard: { index: 2, of: 5 },
      dryRun: true,
    });
    expect(readEvent({ forget: true, cluster: 'eu' })).toMatchObject({ forget: true, cluster: 'eu' });
  });

  test('single topics imply a dry run: a part must never replace the whole', () => {
    expect(readEvent({ topics: ['orders', 'pay*'] })).toMatchObject({ topics: ['orders', 'pay*'], dryRun: true });
    expect(readEvent({ topics: ['orders'], dryRun: false })).toMatchObject({ dryRun: true });
  });

  test('so do single consumer groups', () => {
    expect(readEvent({ groups: ['g_orders', ' g_pay* '] })).toMatchObject({ groups: ['g_orders', 'g_pay*'], dryRun: true });
    expect(readEvent({ groups: ['g'], dryRun: false, shard: '1/2' })).toMatchObject({ dryRun: true });
  });

  test.each([
    [{ groups: [] }, 'groups: expected a list of consumer group names or globs, not empty'],
    [{ groups: 'g' }, 'groups: expected a list'],
    [{ groups: ['g', ''] }, 'groups: expected a list'],
    [{ forget: true, groups: ['g'] }, 'forget: goes with cluster alone'],
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
    [{ forget: true, dryRun: true }, 'forget: goes with cluster alone'],
    [{ forget: true, topics: ['x'] }, 'forget: goes with cluster alone'],
    [{ forget: true, shard: '1/2' }, 'forget: goes with cluster alone'],
    ['{"dryRun":true}', 'expected a JSON object, got a string'],
    [[], 'expected a JSON object, got a list'],
    [7, 'expected a JSON object, got a number'],
    [JSON.parse('{"__proto__":1}'), '"__proto__" is not a key'],
  ])('%j is refused: %s', (event, words) => {
    expect(() => readEvent(event)).toThrow(words);
  });

  test('every problem is named at once', () => {
    expect(() => readEvent({ dryrun: true, shard: 'x', topics: [] })).toThrow(/"dryrun".*shard:.*topics:/s);
  });

  test('is refused as a list of what to mend, each on its line', () => {
    const message =
      'the event needs mending:\n  - "dryrun" is not a key of an event; there are cluster, shard, dryRun, topics, groups, forget\n  - dryRun: expected true or false';
    expect(() => readEvent({ dryrun: true, dryRun: 1 })).toThrow(expect.objectContaining({ kind: 'event', message }));
    expect(() => readEvent({ topics: [1, 2] })).toThrow(
      /^the event needs mending:\n {2}- topics: expected a list of topic names or globs, not empty$/,
    );
  });

  test.each([
    ['5/5', { index: 5, of: 5 }],
    [' 1/1 ', { index: 1, of: 1 }],
    ['12/1234', { index: 12, of: 1234 }],
  ])('asks for shard %j', (shard, expected) => {
    expect(readEvent({ shard }).shard).toEqual(expected);
  });

  test.each(['x1/5', '1/5x', '1/', '/5', '1', '', '1/12345', '00001/5', '1,5', 'a/b'])('asks for no shard by %j', (shard) => {
    expect(() => readEvent({ shard })).toThrow('shard: expected "i/n", part i of n, like "2/5"');
  });

  test('has its space around names taken off', () => {
    expect(readEvent({ cluster: ' eu ', topics: [' orders '] })).toMatchObject({ cluster: 'eu', topics: ['orders'] });
    for (const event of [{ cluster: ' ' }, { topics: [' '] }]) expect(() => readEvent(event)).toThrow(EventError);
  });
});

describe('an event that may not be understood', () => {
  test.each([
    [{ cluster: 'eu', dryrun: 1 }, 'eu'],
    [{ cluster: 'a/b' }, undefined],
    [{ cluster: 7 }, undefined],
    [{}, undefined],
    [{ cluster: 'eu', 'detail-type': 'Scheduled Event' }, undefined],
    ['eu', undefined],
    [null, undefined],
    [undefined, undefined],
  ])('%j is about the cluster %j', (event, cluster) => {
    expect(clusterNamedBy(event)).toBe(cluster);
  });

  test.each([
    [{ dryRun: true }, true],
    [{ dryRun: false }, false],
    [{ dryRun: 'true' }, false],
    [{ topics: 'orders' }, true],
    [{ forget: true }, true],
    [{ forget: 'yes' }, true],
    [{ forget: false }, false],
    [{}, false],
    ['dryRun', false],
    [null, false],
    [undefined, false],
  ])('%j means to push nothing: %j', (event, not) => {
    expect(meansNotToPush(event)).toBe(not);
  });
});
