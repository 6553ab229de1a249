import { expect, test } from 'vitest';
import { LagPusherError, toFailure } from '../../src/base/errors.ts';

test.each([
  ['one of ours keeps its kind', new LagPusherError('refused', 'ours'), { kind: 'refused', message: 'ours' }],
  ['one of a library is internal', new TypeError('its own words'), { kind: 'internal', message: 'its own words' }],
  ['so is what is no error at all', 'words alone', { kind: 'internal', message: 'words alone' }],
])('of what is thrown, %s', (_what, thrown, failure) => {
  expect(toFailure(thrown)).toEqual(failure);
});
