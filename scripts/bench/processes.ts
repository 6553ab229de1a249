import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { message, type NodeProgram, startNode } from '../servers/processes.ts';
import type { Cost } from './measured-process.ts';
import type { Shape } from './shape.ts';
import type { Served } from './synthetic-console.ts';

const CACHE = new URL('../../node_modules/.cache/bench/', import.meta.url);

/** The product as it is deployed, and what it is measured against. */
export const MODULES = {
  tick: new URL('../../dist/handler.js', import.meta.url).href,
  floor: new URL('floor.mjs', CACHE).href,
  steps: new URL('steps.mjs', CACHE).href,
} as const;

/** Writes the processes of the bench as plain JavaScript: a TypeScript loader would show in what is measured. */
export async function buildProcesses(): Promise<void> {
  await build({
    absWorkingDir: fileURLToPath(new URL('.', import.meta.url)),
    entryPoints: ['floor.ts', 'steps.ts', 'measured-process.ts', 'console-process.ts'],
    outdir: fileURLToPath(CACHE),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // Some bundled packages are CommonJS and load Node's own modules by `require`.
    banner: { js: "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);" },
  });
}

export interface ConsoleProcess {
  url: string;
  take(): Promise<Served>;
  stop(): Promise<void>;
}

export async function startConsole(shape: Shape, latencyMs: number): Promise<ConsoleProcess> {
  const args = ['topics', 'groups', 'queues'].map((name) => `--${name}=${shape[name as keyof Shape]}`);
  if (shape.shuffled) args.push('--shuffled');
  if (shape.behind) args.push(`--behind=${JSON.stringify(shape.behind)}`);
  const { child, stop } = startNode({ module: built('console'), args: [...args, `--latency=${latencyMs}`] });
  return {
    url: await message<string>(child),
    take: () => {
      child.send('take');
      return message<Served>(child);
    },
    stop,
  };
}

export interface Measured extends NodeProgram {
  /** Runs in the same process, as a warm Lambda has them. */
  runs?: number;
  event?: object;
  /** How long Lambda would let it run. */
  budgetMs?: number;
}

/** The limits that Lambda's own start of Node sets for a memory size, in MB. */
export function lambdaFlags(memoryMb: number): string[] {
  return [`--max-old-space-size=${Math.floor(memoryMb * 0.9)}`, `--max-semi-space-size=${Math.floor(memoryMb * 0.05)}`];
}

/** Runs a handler in a process of its own; gives what each of its runs cost. */
export async function measure({ module, env, runs = 1, event = {}, budgetMs = 600_000, node, flags = [] }: Measured): Promise<Cost[]> {
  const { child, stop } = startNode({
    module: built('measured'),
    args: [module, String(runs), JSON.stringify(event), String(budgetMs)],
    node,
    flags,
    env: { LOG_LEVEL: 'error', ...env },
  });
  let said = '';
  child.stdout?.on('data', (chunk) => {
    said += chunk;
  });
  const costs: Cost[] = [];
  child.on('message', (cost: Cost) => costs.push(cost));
  // What it said last arrives before the channel is closed, and perhaps after its exit.
  const [[code]] = await Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
  await stop();
  if (code !== 0 || costs.length !== runs) throw new Error(`${module} ended with ${code} after ${costs.length} of ${runs} runs\n${said}`);
  return costs;
}

function built(name: 'console' | 'measured'): string {
  return fileURLToPath(new URL(`${name}-process.mjs`, CACHE));
}
