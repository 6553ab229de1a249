import { describe, expect, test } from 'vitest';
import { redactor } from '../../src/base/redaction.ts';

const SECRET = ' pä"s<&>\'w/ör  d+~~~?';

describe('what stands for a secret', () => {
  const FORMS: [form: string, secret: string, text: string][] = [
    ['itself', 's3cret', 's3cret'],
    ['itself, without the space around it', '  s3cret ', 's3cret'],
    ['itself, with its white space collapsed', 'a \t b\n\nc', 'a b c'],
    ['itself, with the space inside it only', '\ta  b\t', 'a  b'],
    ['URL-encoded', 'a b/ü', 'a%20b%2F%C3%BC'],
    ['as a form field', 'a b/ü', 'a+b%2F%C3%BC'],
    ['inside JSON', 'a"b\\c', 'a\\"b\\\\c'],
    ['inside HTML', `a&b<c>d"e'f`, 'a&amp;b&lt;c&gt;d&quot;e&#39;f'],
    ['in base64, without the padding', 'user:s3cret', 'dXNlcjpzM2NyZXQ'],
    ['in base64, with two signs of padding', 's3cr', 'czNjcg=='],
    ['in base64, with + and /', '???>>>?', 'Pz8/Pj4+Pw'],
    ['in base64, for URLs', '???>>>', 'Pz8_Pj4-'],
  ];
  test.each(FORMS)('%s', (_form, secret, text) => {
    expect(redactor([secret])(`before ${text} after ${text}.`).replaceAll('==', '')).toBe('before [hidden] after [hidden].');
  });

  test('a character without a UTF-8 form does not stop the hiding', () => {
    expect(redactor(['abc\ud800'])('abc\ud800 and abc%EF%BF%BD')).toBe('[hidden] and [hidden]');
  });

  test('the padding of base64 alone is not part of it: = in the middle stays looked for', () => {
    expect(redactor(['a=b=='])('a=b==')).toBe('[hidden]');
  });

  test('a secret of three characters is hidden, one of two would be everywhere and is not', () => {
    expect(redactor(['abc'])('xabcx')).toBe('x[hidden]x');
    expect(redactor(['ab'])('xabx')).toBe('xabx');
  });

  test('the longest goes first: nothing of a longer secret is left where it begins with a shorter one', () => {
    for (const secrets of [
      ['s3cret', 's3cret-long'],
      ['s3cret-long', 's3cret'],
    ])
      expect(redactor(secrets)('s3cret-long s3cret')).toBe('[hidden] [hidden]');
  });

  test('other text stays as it is, and without secrets all does', () => {
    expect(redactor([SECRET])('topic orders, … cut')).toBe('topic orders, … cut');
    expect(redactor([])('s3cret…')).toBe('s3cret…');
  });
});

describe('where an excerpt was cut', () => {
  const SECRETS = ['s3cret-password', 'other'];
  const CUTS: [text: string, redacted: string][] = [
    ['the word s3cret-passwor…', 'the word [hidden]…'],
    ['the word s3c…', 'the word [hidden]…'],
    ['the word s3…', 'the word s3…'],
    ['one s3cre… two othe… three', 'one [hidden]… two [hidden]… three'],
    ['s3cret-passwor', 's3cret-passwor'],
    ['whole s3cret-password…', 'whole [hidden]…'],
    ['no secret…', 'no secret…'],
    ['…', '…'],
  ];
  test.each(CUTS)('%j is shown as %j', (text, redacted) => {
    expect(redactor(SECRETS)(text)).toBe(redacted);
  });

  test('the longest beginning counts, whichever secret it is of', () => {
    for (const secrets of [
      ['abcabcdef', 'bcabcxyz', 'xyz'],
      ['xyz', 'bcabcxyz', 'abcabcdef'],
    ])
      expect(redactor(secrets)('-abcabc…')).toBe('-[hidden]…');
  });
});
