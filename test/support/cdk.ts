import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { problemOf } from '../../scripts/servers/packages.ts';
import { runCommand } from '../../scripts/servers/processes.ts';
import type { Resource } from './framework.ts';

const SOURCES = fileURLToPath(new URL('../../deploy/cdk/', import.meta.url));
const MODULES = fileURLToPath(new URL('../../node_modules/', import.meta.url));
const CACHE = join(MODULES, '.cache/cdk');
const STAMP = join(CACHE, 'installed.json');

/** The CDK that the construct names, below node_modules/.cache, where it is missing: it is as big as all other packages together. */
function obtainCdk(): void {
  const manifest = readFileSync(join(SOURCES, 'package.json'), 'utf8');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === manifest) return;
  console.error('Installing the AWS CDK into node_modules/.cache …');
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(join(CACHE, 'package.json'), manifest);
  const wrong = problemOf('npm', ['install', '--ignore-scripts', '--no-package-lock'], { cwd: CACHE });
  if (wrong !== undefined) throw new Error(`npm could not install what the test of the CDK construct needs: ${wrong}`);
  writeFileSync(STAMP, manifest);
}

export interface SynthesizedApp {
  readonly template: { readonly Resources: Record<string, Resource> };
  /** What the compiler says of it; nothing if all is well. */
  readonly complaints: string;
}

/** Compiles the example app of `deploy/cdk`, and has it write its template, around a zip. */
export async function synthesize(zip: string): Promise<SynthesizedApp> {
  obtainCdk();
  const app = mkdtempSync(join(CACHE, 'app-'));
  try {
    for (const file of ['app.ts', 'lag-pusher.ts', 'package.json']) cpSync(join(SOURCES, file), join(app, file));
    const types = { typeRoots: [join(MODULES, '@types')], types: ['node'] };
    writeFileSync(
      join(app, 'tsconfig.json'),
      JSON.stringify({ extends: join(MODULES, '../tsconfig.json'), compilerOptions: types, include: ['.'] }),
    );
    symlinkSync(join(CACHE, 'node_modules'), join(app, 'node_modules'));
    const [compiled, synthesized] = await Promise.all([
      run(join(MODULES, 'typescript/bin/tsc'), ['-p', app], app),
      run(join(MODULES, 'tsx/dist/cli.mjs'), ['app.ts'], app, { LAG_PUSHER_ZIP: zip, CDK_OUTDIR: join(app, 'out') }),
    ]);
    if (synthesized.code !== 0) throw new Error(synthesized.stderr);
    const template = JSON.parse(readFileSync(join(app, 'out/rocketmq-lag-pusher.template.json'), 'utf8'));
    return { complaints: compiled.stdout, template };
  } finally {
    rmSync(app, { recursive: true, force: true });
  }
}

async function run(program: string, args: string[], cwd: string, env: Record<string, string> = {}) {
  return await runCommand(process.execPath, [program, ...args], { cwd, env, timeoutMs: 240_000 });
}
