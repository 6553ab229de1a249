import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesAny, nearNames } from '../../src/base/names.ts';

describe('names and globs', () => {
  test.each([
    { glob: 'orders', matches: ['orders'], not: ['orders2', 'order', '', 'ORDERS'] },
    { glob: 'orders*', matches: ['orders', 'orders2'], not: ['my-orders', 'order'] },
    { glob: '*', matches: ['', 'anything', 'line\nend'], not: [] },
    { glob: 'a*a', matches: ['aa', 'aba'], not: ['a', 'ab'] },
    { glob: 'a*b*c', matches: ['abc', 'a-b-b-c'], not: ['acb', 'ac', 'abbc-'] },
    { glob: '%DLQ%*.v1', matches: ['%DLQ%g.v1'], not: ['%DLQ%g.v2', '%DLQ%gxv1'] },
  ])('$glob', ({ glob, matches, not }) => {
    expect([...matches, ...not].filter((name) => matchesAny(name, [glob]))).toEqual(matches);
    expect(matches.every((name) => matchesAny(name, ['other', glob]))).toBe(true);
  });

  test('mean what a regular expression with .* for each star means', () => {
    const text = (alphabet: string) => fc.string({ unit: fc.constantFrom(...alphabet), maxLength: 12 });
    fc.assert(
      fc.property(text('ab.'), text('ab.**'), (name, glob) => {
        const regExp = new RegExp(`^${glob.replaceAll('.', '\\.').replaceAll('*', '.*')}$`, 's');
        expect(matchesAny(name, [glob])).toBe(regExp.test(name));
      }),
      { numRuns: 2000 },
    );
  });

  test('many stars against a long name come to an end', () => {
    expect(matchesAny('a'.repeat(250), [`${'*a'.repeat(20)}*b`])).toBe(false);
  });
});

test('names like one that was mistyped: the most alike first, and none that differs in more than a third', () => {
  expect(nearNames(['g_haf'], ['g_half', 'g_hall', 'billing', 'g_half'])).toEqual(['g_half', 'g_hall']);
  expect(nearNames(['ORDERS*'], ['my_orders', 'payments'])).toEqual(['my_orders']);
  expect(nearNames(['x'], [])).toEqual([]);
});
