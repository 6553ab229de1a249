import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import type { Plugin } from 'esbuild';

/**
 * Modules that libraries import for features that this program never uses: forms, HTTP/2, redirects, proxies, other kinds
 * of metrics and clusters of processes. Loading them would slow down each cold start. Code that uses one of them
 * nevertheless fails at once, because it is not in the bundle.
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
 * Loads each of Node's own modules on first use: TLS alone is a third of a cold start, and most consoles are plain http.
 * An `import` reads every export of a module, and for some exports reading them loads more: one of `http` loads Node's
 * whole `fetch`, which costs twice the CPU of a bare start. axios loads `fetch` as well, by FormData.
 */
const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /./ }, ({ path, kind }) =>
      kind === 'import-statement' && isBuiltin(path) ? { path: path.replace(/^node:/, ''), namespace: 'required' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'required' }, ({ path }) => {
      const exported = process.getBuiltinModule(path) as object;
      // A module that is itself a class or a function cannot be replaced by an object with getters.
      if (typeof exported === 'function') return { contents: `module.exports = require('node:${path}');` };
      const getters = Object.keys(exported).map((name) => `get ${name}() { return load().${name}; }`);
      return { contents: `let loaded; const load = () => (loaded ??= require('node:${path}')); module.exports = {${getters.join(',')}};` };
    });
    onLoad({ filter: /[\\/]axios[\\/]lib[\\/]utils\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const contents = source.replaceAll('G.FormData', 'undefined');
      if (contents === source)
        throw new Error(`${path} does not contain G.FormData, which is replaced here so that FormData is not loaded`);
      return { contents };
    });
  },
};

/** The plugins that keep unused code out of a cold start, which loads everything in the bundle. */
export const bundleDiet: Plugin[] = [leaveOut, lazyBuiltins];
