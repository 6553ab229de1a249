import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../', import.meta.url));
const outdir = fileURLToPath(new URL('../dist/', import.meta.url));

/** Bundles the Lambda: `dist/handler.js`, and beside it the chunks that it loads on demand (a login's cookies, SSM). */
export async function buildBundle(): Promise<void> {
  rmSync(outdir, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: ['src/handler.ts'],
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minify: true,
    // Names stay: the log and the errors show them.
    keepNames: true,
    legalComments: 'none',
    chunkNames: 'chunk-[name]-[hash]',
    // Some of what is bundled is CommonJS, and asks for Node's own modules by `require`.
    banner: { js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildBundle();
