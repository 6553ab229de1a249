import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { type BundledPackage, bundledPackages, thirdPartyLicenses } from './licenses.ts';

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

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildBundle();
