import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import type { Plugin } from 'esbuild';

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
      /node_modules[\\/](axios|prom-client)[\\/]/.test(importer) ? { path, namespace: 'left-out' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'left-out' }, () => ({ contents: 'module.exports = class LeftOut {};' }));
  },
};

/**
 * Has Node's own modules loaded when first used, and of them only what is used: TLS alone is a third of a cold start, and
 * most consoles are plain http. An import looks at every export, and some load more when looked at: that of `http` Node's
 * whole `fetch`, which is twice the CPU of a bare start. axios asks for that as well, by FormData.
 */
const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /./ }, ({ path, kind }) =>
      kind === 'import-statement' && isBuiltin(path) ? { path: path.replace(/^node:/, ''), namespace: 'required' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'required' }, ({ path }) => {
      const exported = process.getBuiltinModule(path) as object;
      // A class or a function has to be itself.
      if (typeof exported === 'function') return { contents: `module.exports = require('node:${path}');` };
      const getters = Object.keys(exported).map((name) => `get ${name}() { return load().${name}; }`);
      return { contents: `let loaded; const load = () => (loaded ??= require('node:${path}')); module.exports = {${getters.join(',')}};` };
    });
    onLoad({ filter: /[\\/]axios[\\/]lib[\\/]utils\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const contents = source.replaceAll('G.FormData', 'undefined');
      if (contents === source) throw new Error(`${path} does not ask for FormData in the way that this knows`);
      return { contents };
    });
  },
};

/** What makes the bundle lighter than all that is imported somewhere: on a cold start everything in it is loaded. */
export const bundleDiet: Plugin[] = [leaveOut, lazyBuiltins];
