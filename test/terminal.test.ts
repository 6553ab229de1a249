import { describe, expect, test } from 'vitest';
import { printable } from '../src/terminal/terminal.ts';

describe('what is printed on a terminal', () => {
  test.each([
    ['\u001b[2J', '\\u001b[2J'],
    ['\u009b2J', '\\u009b2J'],
    ['a\u007fb', 'a\\u007fb'],
    ['tab\tand\rreturn', 'tab\\tand\\rreturn'],
    ['\u202eevil', '\\u202eevil'],
    ['two\nlines', 'two\nlines'],
    ['注文 🚚 é', '注文 🚚 é'],
  ])('%j is written as %j', (text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  test('JSON stays what it was', () => {
    const value = { 'a\u001b\u009b\u007f': ['\u202e\u2028\n\t\r\b\f', 'x'] };
    const printed = printable(JSON.stringify(value, null, 2));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
    expect(printed).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e]/);
    expect(JSON.parse(printed)).toEqual(value);
  });
});
