import { readFileSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('../', import.meta.url));
const outdir = fileURLToPath(new URL('../dist/', import.meta.url));

/**
 * What libraries load for things that this program never does: forms, HTTP/2, redirects, proxies, other kinds of metrics and a
 * cluster of processes. A cold start would pay for each. What uses one of them after all fails at once: it is not there.
 */
const NEVER_USED =
  /^(form-data|http2|follow-redirects|https-proxy-agent|\.\/lib\/(cluster|counter|defaultMetrics|histogram|pushgateway|summary))$/;

const leaveOut: Plugin = {
  name: 'leave-out',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: NEVER_USED }, ({ path, importer }) =>
      /node_modules\/(axios|prom-client)\//.test(importer) ? { path, namespace: 'left-out' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'left-out' }, () => ({ contents: 'module.exports = class LeftOut {};' }));
  },
};

/**
 * Keeps Node from loading what nobody uses, its whole `fetch` above all, which is twice the CPU of a bare start. An
 * import of a module of Node's looks at each of its exports, and some are loaded when looked at; `require` does not look.
 * And axios asks for FormData.
 */
const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /./ }, ({ path, kind }) =>
      kind === 'import-statement' && isBuiltin(path) ? { path: path.replace(/^node:/, ''), namespace: 'required' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'required' }, ({ path }) => ({ contents: `module.exports = require('node:${path}');` }));
    onLoad({ filter: /\/axios\/lib\/utils\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const contents = source.replaceAll('G.FormData', 'undefined');
      if (contents === source) throw new Error(`${path} does not ask for FormData in the way that this knows`);
      return { contents };
    });
  },
};

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
    plugins: [leaveOut, lazyBuiltins],
    legalComments: 'none',
    chunkNames: 'chunk-[name]-[hash]',
    // Some of what is bundled is CommonJS, and asks for Node's own modules by `require`.
    banner: { js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildBundle();
