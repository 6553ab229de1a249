import { existsSync, statSync } from 'node:fs';
import { posix } from 'node:path';
import { expect, test } from 'vitest';
import { codeOf, documents, prose } from '../support/documents.ts';

const root = new URL('../../', import.meta.url);
const all = documents();
const anchors = new Map(all.map(({ path, text }) => [path, anchorsOf(text)]));

/** The anchors that the headings of a text get: lower case, no punctuation, hyphens for spaces, a number where one comes again. */
function anchorsOf(text: string): string[] {
  const seen = new Map<string, number>();
  return [...prose(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => {
    const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = plain.replaceAll(/[^\p{L}\p{N}_ -]/gu, '').replaceAll(' ', '-');
    const count = seen.get(anchor) ?? 0;
    seen.set(anchor, count + 1);
    return count === 0 ? anchor : `${anchor}-${count}`;
  });
}

/** The relative links of a text that lead nowhere. */
function broken(path: string, text: string): string[] {
  const links = [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  return links.filter((link) => {
    if (/^https?:/.test(link)) return false;
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? path : posix.join(posix.dirname(path), file);
    return !existsSync(new URL(target, root)) || (anchor !== undefined && !anchors.get(target)?.includes(anchor));
  });
}

test.each(all)('$path links to files and headings that are there', ({ path, text }) => {
  expect(broken(path, text)).toEqual([]);
});

// The changelog names files of earlier releases.
const present = all.filter(({ path }) => path !== 'CHANGELOG.md');
test.each(present)('$path names files and folders of the repository that are there', ({ text }) => {
  const named = codeOf(text).filter((code) => /^(src|test|scripts|docs|monitoring|deploy|\.ci)\/[\w./-]*$/.test(code));
  const there = (path: string) => existsSync(new URL(path, root)) && (!path.endsWith('/') || statSync(new URL(path, root)).isDirectory());
  expect(named.filter((path) => !there(path))).toEqual([]);
});

test('there are links to check, and broken ones are found', () => {
  expect(all.flatMap(({ text }) => [...prose(text).matchAll(/\]\((?!http)/g)]).length).toBeGreaterThan(20);
  expect(broken('docs/x.md', '[a](../README.md) [b](gone.md) [c](../README.md#gone) [d](../README.md#use-it) `[e](x)`')).toEqual([
    'gone.md',
    '../README.md#gone',
    'x',
  ]);
});
