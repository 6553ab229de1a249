import { describe, expect, test } from 'vitest';
import { fitResponse } from '../src/handler.ts';
import { forgotten } from '../src/result.ts';

const LAMBDA_BYTES = 6 * 1024 * 1024;
const EMPTY = forgotten('prod', 1);
const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

describe('the response of the function', () => {
  test('is the result as it is, where it fits', () => {
    expect(fitResponse({ ...EMPTY, exposition: 'x'.repeat(2_000_000) })).toEqual({ ...EMPTY, exposition: 'x'.repeat(2_000_000) });
  });

  test('has long names cut, where a console invented them', () => {
    const name = '注'.repeat(500_000);
    const failures = Array.from({ length: 20 }, () => ({ topic: name, kind: 'refused', message: name }));
    const response = fitResponse({ ...EMPTY, failures, exposition: 'x'.repeat(2_000_000) });
    expect(bytesOf(response)).toBeLessThan(LAMBDA_BYTES);
    expect(response.failures).toHaveLength(20);
    expect(response.failures[0]?.topic).toBe(`${'注'.repeat(1_000)}…`);
    expect(response.exposition).toHaveLength(2_000_000);
  });

  test('has long lists cut, where cut names are not enough', () => {
    const failures = Array.from({ length: 50_000 }, () => ({ topic: 't', kind: 'refused', message: 'm'.repeat(2_000) }));
    const response = fitResponse({ ...EMPTY, failures });
    expect(bytesOf(response)).toBeLessThan(LAMBDA_BYTES);
    expect(response.failures).toHaveLength(2_000);
  });
});
