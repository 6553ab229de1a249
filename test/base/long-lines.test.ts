import { expect, test } from 'vitest';
import { openLog } from '../../src/base/log.ts';
import { redaction, withRedaction } from '../../src/base/redaction.ts';
import { collect } from '../support/collect.ts';

const CLOUDWATCH_BYTES = 256 * 1024;

test('a log line and an error stay below what CloudWatch takes, whatever a server invents', async () => {
  const { stream, text } = collect();
  const name = '\u0001'.repeat(1_000_000);
  const many = Array.from({ length: 10_000 }, () => ({ job: name, instance: name }));
  const failing = withRedaction(redaction([]), openLog(stream), async (log) => {
    log.warn('not read', { topic: name, reason: name });
    log.info('forgotten', { groups: many });
    throw new Error(name);
  });
  const message = await failing.catch((error: Error) => error.message);
  const lines = text().trim().split('\n');
  expect(lines).toHaveLength(2);
  for (const line of [...lines, JSON.stringify(message)]) expect(Buffer.byteLength(line)).toBeLessThan(CLOUDWATCH_BYTES);
  expect(JSON.parse(lines[1] ?? '').groups).toHaveLength(21);
  expect(JSON.parse(lines[1] ?? '').groups.at(-1)).toBe('… and 9980 more');
});
