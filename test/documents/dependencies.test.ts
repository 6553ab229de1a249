import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** Packages of the table whose first column has this heading, each with why. */
function rows(heading: string): string[][] {
  const [, table = ''] = read('CONTRIBUTING.md').split(`\n| ${heading} |`);
  const [body = ''] = table.split('\n\n');
  return [...body.matchAll(/^\| `([^`]+)` \| (\S.*) \| (\S.*) \|$/gm)].map(([, ...cells]) => cells);
}

test('CONTRIBUTING.md gives a reason for each package of package.json, and for no other', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json'));
  expect(rows('in the bundle').map(([name]) => name)).toEqual(Object.keys(dependencies).sort());
  expect(rows('not in the bundle').map(([name]) => name)).toEqual(Object.keys(devDependencies).sort());
});
