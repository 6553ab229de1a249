import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BUNDLE, type BundledPackage, thirdPartyLicenses } from '../../scripts/package/build.ts';
import { packageBundle } from '../../scripts/package/package.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'licenses-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the licenses in the zip', () => {
  let zip: Record<string, Uint8Array>;
  let text: string;
  /** The lines of the list that begins the file: a package, its version, its license. */
  let listed: { name: string; version: string; license: string }[];

  beforeAll(async () => {
    zip = unzipSync(readFileSync((await packageBundle(pathToFileURL(`${folder}/`))).path));
    text = textOf('dist/THIRD-PARTY-LICENSES.txt');
    listed = [...text.matchAll(/^(\S+) (\S+) {2}(\S.*)$/gm)].map(([, name = '', version = '', license = '']) => ({
      name,
      version,
      license,
    }));
  });

  const textOf = (name: string) => Buffer.from(zip[name] ?? []).toString('utf8');

  test('are those of the packages whose code is in the bundle, no more and no fewer', async () => {
    // Where nothing is minified, esbuild writes above each file's code which file it is.
    const { outputFiles } = await build({ ...BUNDLE, minify: false, write: false });
    const inBundle = new Set<string>();
    for (const { text } of outputFiles) {
      for (const [, name = ''] of text.matchAll(/^\s*\/\/ (?:\S*\/)?node_modules\/((?:@[^/\s]+\/)?[^/\s]+)\/\S+$/gm)) inBundle.add(name);
    }
    expect(inBundle.size).toBeGreaterThan(7);
    expect(listed.map(({ name }) => name)).toEqual([...inBundle].sort());
  });

  test('are permissive ones', () => {
    expect(listed.length).toBeGreaterThan(7);
    for (const entry of listed) expect(entry.license).toMatch(/^(MIT|MIT-0|Apache-2\.0|BSD-2-Clause|BSD-3-Clause|ISC|0BSD)$/);
  });

  test('come with their texts, as the packages have them', () => {
    for (const { name, version, license } of listed.filter((entry) => !/^(MIT-0|0BSD)$/.test(entry.license))) {
      const sections = text.split(/^-{80}\n/m).filter((section) => section.split('\n\n')[0]?.split('\n').includes(`${name} ${version}`));
      expect([name, sections.length]).toEqual([name, 1]);
      expect([name, sections[0]]).toEqual([name, expect.stringMatching(TEXT_OF[license] ?? /nothing/)]);
    }
    const withFile = listed.map(({ name }) => join(root, 'node_modules', name, 'LICENSE')).filter((file) => existsSync(file));
    expect(withFile.length).toBeGreaterThan(5);
    for (const file of withFile)
      expect([file, text.includes(readFileSync(file, 'utf8').replaceAll('\r\n', '\n').trim())]).toEqual([file, true]);
  });

  test("have the project's own beside them", () => {
    expect(textOf('LICENSE')).toBe(readFileSync(join(root, 'LICENSE'), 'utf8'));
  });
});

const TEXT_OF: Record<string, RegExp> = {
  MIT: /Permission is hereby granted, free of charge/,
  'Apache-2.0': /Apache License\s+Version 2\.0, January 2004/,
  'BSD-3-Clause': /Redistribution and use in source and binary forms/,
};

describe('what must not be bundled', () => {
  const made = (over: Partial<BundledPackage>): BundledPackage => ({
    name: 'made',
    version: '1.2.3',
    license: 'MIT',
    bytes: 1,
    texts: ['words'],
    ...over,
  });

  test.each(['GPL-3.0-only', 'SEE LICENSE IN x', undefined as unknown as string])(
    '%s stops the build, and says which package',
    (license) => {
      expect(() => thirdPartyLicenses(root, [made({ license })])).toThrow(`made 1.2.3 would be bundled under ${license}`);
    },
  );

  test('so does a license that asks for its text, without one', () => {
    expect(() => thirdPartyLicenses(root, [made({ texts: [] })])).toThrow(
      'made 1.2.3 would be bundled without the text that its license, MIT, asks for',
    );
    expect(thirdPartyLicenses(root, [made({ texts: [], license: 'MIT-0' })])).toContain('made 1.2.3  MIT-0');
  });
});
