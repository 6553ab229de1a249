import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundleDiet } from './bundle-diet.ts';

const root = fileURLToPath(new URL('../', import.meta.url));
const outdir = fileURLToPath(new URL('../dist/', import.meta.url));

/** Bundles the Lambda: `dist/handler.js`, and beside it the chunks that it loads on demand (a login's cookies, SSM). */
export async function buildBundle(): Promise<void> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['src/handler.ts'],
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minify: true,
    plugins: bundleDiet,
    legalComments: 'none',
    chunkNames: 'chunk-[name]-[hash]',
    // Some of what is bundled is CommonJS, and asks for Node's own modules by `require`.
    banner: { js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);" },
    logLevel: 'warning',
    write: false,
  });
  mkdirSync(outdir, { recursive: true });
  // A file that is as it was stays untouched: somebody may be loading it.
  for (const { path, contents } of outputFiles) {
    if (!existsSync(path) || !readFileSync(path).equals(contents)) writeFileSync(path, contents);
  }
  const built = new Set(outputFiles.map(({ path }) => basename(path)));
  for (const file of readdirSync(outdir)) if (!built.has(file)) rmSync(join(outdir, file));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildBundle();
