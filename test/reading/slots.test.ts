import { describe, expect, test } from 'vitest';
import { startAdaptiveLimit } from '../../src/reading/retry.ts';

/** How many of many tasks run at a time, none of which ends by itself. */
async function inFlight(limit: ReturnType<typeof startAdaptiveLimit>): Promise<number> {
  let running = 0;
  const ends: (() => void)[] = [];
  const task = () => {
    running += 1;
    return new Promise<void>((resolve) => ends.push(resolve));
  };
  const all = Array.from({ length: 40 }, () => limit.run(task));
  await new Promise((resolve) => setImmediate(resolve));
  const most = running;
  while (running > 0 && ends.length > 0) {
    ends.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(all);
  return most;
}

const times = (count: number, action: () => void) => {
  for (let done = 0; done < count; done += 1) action();
};

describe('requests in flight', () => {
  test('are as many as CONCURRENCY', async () => {
    expect(await inFlight(startAdaptiveLimit(16))).toBe(16);
  });

  test('are four while the console is under strain, and as many as before after eight good answers in a row', async () => {
    const limit = startAdaptiveLimit(16);
    limit.slowDown();
    expect(await inFlight(limit)).toBe(4);
    times(7, limit.recover);
    limit.slowDown();
    times(7, limit.recover);
    expect(await inFlight(limit)).toBe(4);
    limit.recover();
    expect(await inFlight(limit)).toBe(16);
  });

  test('are never more than CONCURRENCY, strained or not', async () => {
    const limit = startAdaptiveLimit(2);
    limit.slowDown();
    expect(await inFlight(limit)).toBe(2);
    times(20, limit.recover);
    expect(await inFlight(limit)).toBe(2);
  });
});
