import { expect, test } from 'vitest';
import { describeCase, kindOf, lastLog, makeCase, runCase, shrink } from './support/adversary.ts';
import { withVirtualClocks } from './support/virtual-time.ts';

const FIRST_SEED = Number(process.env.ADVERSARY_SEED ?? 1);
const CASES = Number(process.env.ADVERSARY_TICKS ?? 3000);
const REPORTED_AT_MOST = Number(process.env.ADVERSARY_FAILURES ?? 1);

test('whatever fails on the way, a number is the truth, or there is none and it is marked', { timeout: 60_000 + CASES * 20 }, async () => {
  const failures: string[] = [];
  let ticks = 0;
  const seen = new Set<string>();
  await withVirtualClocks(
    () => 0.5,
    async (use) => {
      for (let seed = FIRST_SEED; ticks < CASES && failures.length < REPORTED_AT_MOST; seed += 1) {
        const one = makeCase(seed);
        ticks += one.ticks.length;
        if ((await runCase(one, use)) === undefined) continue;
        const smallest = await shrink(one, use);
        const wrong = await runCase(smallest, use);
        const kind = kindOf(wrong);
        if (seen.has(kind)) continue;
        seen.add(kind);
        failures.push(`${wrong}\n${describeCase(smallest)}\n${lastLog?.asked.map((line) => `    ${line}`).join('\n')}`);
      }
    },
  );
  expect(failures.join('\n\n')).toBe('');
});
