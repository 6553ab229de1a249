import { expect, test } from 'vitest';
import { hunt } from './support/adversary.ts';

/** More ticks, and from other seeds: `npm run adversary -- --seed 7 --ticks 100000`. */
test('whatever fails on the way, a number is the truth, or there is none and it is marked', { timeout: 600_000 }, async () => {
  const { ticks, failures } = await hunt({ seed: 1, ticks: 1_000, stopAfter: 1 });
  expect(failures).toEqual([]);
  expect(ticks).toBeGreaterThanOrEqual(1_000);
});
