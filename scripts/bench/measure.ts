import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { build } from 'esbuild';
import { type NodeProgram, startNode } from '../servers/processes.ts';
import { startPushgateway } from '../servers/servers.ts';
import type { BenchConsole } from './console.ts';
import { type Shape, startMadeUpConsole } from './made-up-cluster.ts';
import type { Cost } from './measured-process.ts';

const CACHE = new URL('../../node_modules/.cache/bench/', import.meta.url);

/** The product as it is deployed, and what it is measured against. */
export const TICK = new URL('../../dist/handler.js', import.meta.url).href;
export const FLOOR = new URL('floor.mjs', CACHE).href;

export const LATENCY_MS = 20;
/** Every row is pushed, and processes are not asked: what that costs is measured on its own. */
export const WHOLE_JOB = { MAX_SERIES: '10000000', PROCESS_QUESTIONS: '0' };

/** What all parts of the bench are told. */
export interface Setting {
  /** How often each thing is measured. */
  readonly rounds: number;
  /** The Node that Lambda runs, which runs what is measured. */
  readonly node: string;
}

/** Writes what is measured as plain JavaScript: a TypeScript loader would show in its numbers. */
export async function buildMeasured(): Promise<void> {
  await build({
    absWorkingDir: fileURLToPath(new URL('.', import.meta.url)),
    entryPoints: ['floor.ts', 'measured-process.ts'],
    outdir: fileURLToPath(CACHE),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
  });
}

/** The limits that Lambda's own start of Node sets for a memory size, in MB. */
export function lambdaFlags(memoryMb: number): string[] {
  return [`--max-old-space-size=${Math.floor(memoryMb * 0.9)}`, `--max-semi-space-size=${Math.floor(memoryMb * 0.05)}`];
}

export interface Measured extends NodeProgram {
  /** Runs in the same process: the first is a cold start's, the last a warm Lambda's. */
  readonly runs: number;
  readonly event?: object;
  /** How long Lambda would let it run. */
  readonly budgetMs?: number;
}

/** Runs a handler in a process of its own; gives what each of its runs cost. */
export async function measure({ module, runs, event = {}, budgetMs = 600_000, node, flags = [], env }: Measured): Promise<Cost[]> {
  const { child, stop } = startNode({
    module: fileURLToPath(new URL('measured-process.mjs', CACHE)),
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

/** Of each round the first run and the last, and how many requests the console got for each run of the last round. */
export interface Costs {
  readonly first: Cost[];
  readonly last: Cost[];
  requests: number;
}

/** Measures several things in turn, round after round, so that what slows the machine slows all of them. */
export async function measureInTurn(things: readonly (Measured & { readonly console: BenchConsole })[], rounds: number): Promise<Costs[]> {
  const all = things.map((thing) => ({ thing, costs: { first: [], last: [], requests: 0 } as Costs }));
  for (let round = 0; round < rounds; round += 1)
    for (const { thing, costs } of all) {
      thing.console.take();
      const runs = await measure(thing);
      costs.first.push(...runs.slice(0, 1));
      costs.last.push(...runs.slice(-1));
      costs.requests = thing.console.take().requests / thing.runs;
    }
  return all.map(({ costs }) => costs);
}

export interface Servers {
  readonly console: BenchConsole;
  readonly gatewayUrl: string;
  /** A tick's environment between the two. */
  readonly env: Readonly<Record<string, string>>;
}

/** A console in front of a made-up cluster and a real Pushgateway, for as long as `use` takes. */
export async function withServers<T>(shape: Shape, use: (servers: Servers) => Promise<T>): Promise<T> {
  const gateway = await startPushgateway();
  try {
    const console = await startMadeUpConsole(shape, LATENCY_MS);
    const env = { CONSOLE_URL: console.url, PUSHGATEWAY_URL: gateway.url, CLUSTER_NAME: 'bench' };
    return await use({ console, gatewayUrl: gateway.url, env }).finally(console.close);
  } finally {
    await gateway.stop();
  }
}

/** Prints a titled table; numbers stand right. */
export function print(title: string, head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  const table = new Table({
    head: [...head],
    style: { head: [], border: [], compact: true },
    colAligns: head.map((_, column) => (rows.every((row) => /^[-\d]/.test(String(row[column] ?? '0'))) ? 'right' : 'left')),
  });
  table.push(...rows.map((row) => row.map(String)));
  console.log(`\n${title}\n${table.toString()}`);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  return (at((sorted.length - 1) >> 1) + at(sorted.length >> 1)) / 2;
}

/** `median (least to most)` of one kind of cost; with a digit after the point in seconds. */
export function spreadOf(costs: readonly Cost[], what: keyof Cost, inSeconds = false): string {
  const values = costs.map((cost) => cost[what] / (inSeconds ? 1000 : 1));
  const shown = [median(values), Math.min(...values), Math.max(...values)].map((value) => value.toFixed(inSeconds ? 1 : 0));
  return `${shown[0]} (${shown[1]} to ${shown[2]})`;
}

/** The median of the ratios of pairs that were measured next to each other: what slows both does not show. */
export function pairedRatio(over: readonly Cost[], under: readonly Cost[], what: keyof Cost): string {
  return `${median(over.map((cost, index) => cost[what] / (under[index]?.[what] ?? Number.NaN))).toFixed(2)} x`;
}
