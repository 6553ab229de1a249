import { describe, expect, test } from 'vitest';
import { readEvent } from '../src/event.ts';

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
});
