import { afterEach, expect, test, vi } from 'vitest';
import { deadlineIn } from '../../src/base/deadline.ts';

afterEach(() => void vi.useRealTimers());

test('a deadline comes nearer, earlier by what is kept from it, and never has less than nothing left', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const deadline = deadlineIn(1000);
  const earlier = deadline.earlierBy(300);
  const left = () => [deadline, earlier, earlier.earlierBy(200)].map((one) => Math.round(one.remainingMs()));
  expect(left()).toEqual([1000, 700, 500]);
  vi.advanceTimersByTime(600);
  expect(left()).toEqual([400, 100, 0]);
  vi.advanceTimersByTime(600);
  expect(left()).toEqual([0, 0, 0]);
});
