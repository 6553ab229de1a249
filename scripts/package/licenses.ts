import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** Licenses that are allowed in the bundle, by SPDX id, and whether their text must be distributed with the code. */
export const ALLOWED: Readonly<Record<string, boolean>> = {
  'Apache-2.0': true,
  'BSD-2-Clause': true,
  'BSD-3-Clause': true,
  ISC: true,
  MIT: true,
  '0BSD': false,
  'MIT-0': false,
};
const LICENSE_FILE = /^(licen[sc]e|copying|notice)(\.\w+)?$/i;
const RULE = '-'.repeat(80);

export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX id, as its package.json has it. */
  readonly license: string;
  readonly bytes: number;
  /** The texts of its license files; empty where its package contains no such file. */
  readonly texts: readonly string[];
}

/** The packages of which esbuild put code into the bundle, sorted by name. `root` is the working directory of the build. */
export function bundledPackages(root: string, { outputs }: Metafile): BundledPackage[] {
  const bytes = new Map<string, number>();
  for (const { inputs } of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const [folder] = /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(path) ?? [];
      if (folder !== undefined && bytesInOutput > 0) bytes.set(folder, (bytes.get(folder) ?? 0) + bytesInOutput);
    }
  }
  return [...bytes].map(([folder, size]) => readPackage(join(root, folder), size)).sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/**
 * The text that is distributed with the bundle: each package with its license, then each license text once. Throws where
 * a license is not allowed, or requires a text that the package does not contain.
 */
export function thirdPartyLicenses(root: string, packages: readonly BundledPackage[]): string {
  const apache = readFileSync(join(root, 'LICENSE'), 'utf8').trim();
  const owners = new Map<string, string[]>();
  for (const bundled of packages) {
    const { license } = bundled;
    if (!(license in ALLOWED))
      throw new Error(
        `${key(bundled)} would be bundled under ${license}: only ${Object.keys(ALLOWED).join(', ')} may be (scripts/package/licenses.ts)`,
      );
    // Apache's license text is the same for every package: where one does not contain it, this project's copy is used.
    const texts = bundled.texts.length === 0 && license === 'Apache-2.0' ? [apache] : bundled.texts;
    if (texts.length === 0 && ALLOWED[license])
      throw new Error(`${key(bundled)} would be bundled without the text that its license, ${license}, asks for: its package has none`);
    for (const text of texts) owners.set(text, [...(owners.get(text) ?? []), key(bundled)]);
  }
  const list = packages.map((bundled) => `${key(bundled)}  ${bundled.license}`);
  const texts = [...owners].map(([text, names]) => `${RULE}\n${names.join('\n')}\n\n${text}\n`);
  return `What is bundled with rocketmq-lag-pusher, and under which licenses.\n\n${list.join('\n')}\n\n${texts.join('\n')}`;
}

function readPackage(folder: string, bytes: number): BundledPackage {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const files = readdirSync(folder).filter((file) => LICENSE_FILE.test(file));
  const texts = files.sort().map((file) => readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim());
  return { name, version, license, bytes, texts: texts.length > 0 ? texts : fromReadme(folder) };
}

/** Some packages have their license only as the last section of their readme. */
function fromReadme(folder: string): string[] {
  const readme = join(folder, 'README.md');
  if (!existsSync(readme)) return [];
  const lines = readFileSync(readme, 'utf8').replaceAll('\r\n', '\n').split('\n');
  const heading = lines.findLastIndex((line) => /^#* *licen[cs]e$/i.test(line));
  // Its underline, and addresses of links to elsewhere, are not of the license.
  const text = lines.slice(heading + 1).filter((line) => !/^-+$|^\[.+\]: /.test(line));
  return heading === -1 ? [] : [text.join('\n').trim()];
}

function key({ name, version }: BundledPackage): string {
  return `${name} ${version}`;
}
