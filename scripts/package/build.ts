import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));
const outdir = fileURLToPath(new URL('../../dist/', import.meta.url));

export const BUNDLE = {
  absWorkingDir: root,
  entryPoints: ['src/handler.ts'],
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  minify: true,
  // A logger of one of axios' dependencies colours its lines where it finds this. Only our tools bring it.
  external: ['supports-color'],
  // License texts go into a file of their own.
  legalComments: 'none',
  chunkNames: 'chunk-[name]-[hash]',
  // Some bundled packages are CommonJS and load Node's own modules by `require`.
  banner: { js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);" },
  logLevel: 'warning',
} satisfies BuildOptions;

/** Licenses that are allowed in the bundle, by SPDX id, and whether their text must be distributed with the code. */
const ALLOWED: Readonly<Record<string, boolean>> = {
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

/**
 * Bundles the Lambda: `dist/handler.js`, the chunks that it loads on demand (a login's cookies, SSM), and the licenses of
 * the bundled packages. Returns these packages.
 */
export async function buildBundle(): Promise<BundledPackage[]> {
  const { outputFiles, metafile } = await build({ ...BUNDLE, write: false, metafile: true });
  const packages = bundledPackages(root, metafile);
  const licenses = { path: join(outdir, 'THIRD-PARTY-LICENSES.txt'), contents: Buffer.from(thirdPartyLicenses(root, packages)) };
  const files = [...outputFiles, licenses];
  mkdirSync(outdir, { recursive: true });
  // An unchanged file is not rewritten, because another process may be loading it.
  for (const { path, contents } of files) {
    if (!existsSync(path) || !readFileSync(path).equals(contents)) writeFileSync(path, contents);
  }
  const built = new Set(files.map(({ path }) => basename(path)));
  for (const file of readdirSync(outdir)) if (!built.has(file)) rmSync(join(outdir, file));
  return packages;
}

/** The packages of which esbuild put code into the bundle, sorted by name. `root` is the working directory of the build. */
function bundledPackages(root: string, { outputs }: Metafile): BundledPackage[] {
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
  const holders = new Map<string, string[]>();
  for (const bundled of packages) {
    const { license } = bundled;
    if (!(license in ALLOWED))
      throw new Error(
        `${key(bundled)} would be bundled under ${license}: only ${Object.keys(ALLOWED).join(', ')} may be (scripts/package/build.ts)`,
      );
    // Apache's license text is the same for every package: where one does not contain it, this project's copy is used.
    const texts = bundled.texts.length === 0 && license === 'Apache-2.0' ? [apache] : bundled.texts;
    if (texts.length === 0 && ALLOWED[license])
      throw new Error(`${key(bundled)} would be bundled without the text that its license, ${license}, asks for: its package has none`);
    for (const text of texts) holders.set(text, [...(holders.get(text) ?? []), key(bundled)]);
  }
  const list = packages.map((bundled) => `${key(bundled)}  ${bundled.license}`);
  const texts = [...holders].map(([text, names]) => `${RULE}\n${names.join('\n')}\n\n${text}\n`);
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

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildBundle();
