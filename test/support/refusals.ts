import { expect, test } from 'vitest';
import { WireError } from '../../src/reading/rocketmq-console/answers.ts';

/** Data that is not a valid answer, and the message of the error about it. */
export interface NoAnswer<D> {
  readonly n: number;
  readonly proves: string;
  readonly data: D;
  readonly says: string;
}

/** A test for each case: the decoder refuses it, and the error names the field, the expected value and the actual one. */
export function namesWhatIsWrong<D>(decode: (data: D) => unknown, cases: readonly NoAnswer<D>[]): void {
  for (const { n, proves, data, says } of cases)
    test(`${n}. ${proves}: the error says so`, () => {
      expect(() => decode(data)).toThrow(new WireError(says));
    });
}
