import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { makeFolder } from '../../scripts/servers/processes.ts';
import { obtainProgram, type ServerName } from '../../scripts/servers/servers.ts';

export interface StandIn {
  /** A value for PATH in which its folder comes first. */
  readonly path: string;
  /** The file that it would load and overwrite by default, which is the machine's own data. */
  readonly data: string;
  /** Flags and names of environment variables of its last start. */
  flags(): string[];
  variables(): string[];
}

/**
 * The real program as Debian patches it, for one test and for what is started with its PATH: unless it is told otherwise
 * it keeps its data in a file of the machine. Notes how it was started.
 */
export function standIn(name: ServerName): StandIn {
  const program = obtainProgram(name);
  const folder = makeFolder();
  onTestFinished(folder.remove);
  const at = (...path: string[]) => join(folder.path, ...path);
  for (const needed of ['bin', 'var/lib/prometheus']) mkdirSync(at(needed), { recursive: true });
  // Where a program that was fetched finds the files of its package.
  symlinkSync(join(dirname(program), '../share'), at('share'));
  const data = at('var/lib/prometheus/pushgateway.data');
  const script = `#!/bin/sh
printf '%s\\n' "$@" > '${at('flags')}'
env > '${at('variables')}'
case "$*" in *--persistence.file=*) exec '${program}' "$@" ;; esac
exec '${program}' ${name === 'pushgateway' ? `'--persistence.file=${data}' ` : ''}"$@"
`;
  writeFileSync(at('bin', name), script);
  chmodSync(at('bin', name), 0o755);
  const linesOf = (file: string) => (existsSync(at(file)) ? readFileSync(at(file), 'utf8').trim().split('\n') : []);
  return {
    path: [at('bin'), process.env.PATH].join(delimiter),
    data,
    flags: () => linesOf('flags').map((flag) => flag.split('=')[0] ?? ''),
    variables: () => linesOf('variables').map((line) => line.split('=')[0] ?? ''),
  };
}

/** Variables that the shell of an ordinary machine may set. No run may depend on them. */
export const HOSTILE = {
  http_proxy: 'http://127.0.0.1:1',
  https_proxy: 'http://127.0.0.1:1',
  ALL_PROXY: 'http://127.0.0.1:1',
  NODE_USE_ENV_PROXY: '1',
  NODE_OPTIONS: '--max-http-header-size=100',
  NODE_EXTRA_CA_CERTS: '/nowhere/ca.pem',
  AWS_PROFILE: 'nobody',
  AWS_REGION: 'mars-north-1',
  AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
  SSM_PATH: '/nowhere',
  CONSOLE_URL: 'http://127.0.0.1:1',
  PUSHGATEWAY_URL: 'http://127.0.0.1:1',
  METRICS_PREFIX: 'hostile',
  LOG_LEVEL: 'DEBUG',
  GODEBUG: 'http2debug=1',
} as const;
