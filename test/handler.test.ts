import { afterEach, expect, test, vi } from 'vitest';
import { handler } from '../src/handler.ts';

afterEach(() => void vi.restoreAllMocks());

test.each([
  { with: 'a context', context: { awsRequestId: 'request-7', getRemainingTimeInMillis: () => 5_000 }, requestId: 'request-7' },
  { with: 'no context', context: undefined, requestId: undefined },
])('an invocation with $with that fails throws, and has logged one line', async ({ context, requestId }) => {
  const lines: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  await expect(handler({ clustr: 'a' }, context)).rejects.toThrow('"clustr" is not a key of an event');
  const [line = '{}', ...more] = lines.filter((text) => text.startsWith('{'));
  expect(more).toEqual([]);
  expect(JSON.parse(line)).toMatchObject({ message: 'tick', outcome: 'failed' });
  expect(JSON.parse(line).requestId).toBe(requestId);
});
