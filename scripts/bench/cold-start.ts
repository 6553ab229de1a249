import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import { runCommand } from '../servers/processes.ts';
import type { Setting } from './setting.ts';
import { pairedRatio, print, spread } from './table.ts';

const DIST = new URL('../../dist/', import.meta.url);
const STARTS = 15;

/** Loading the bundle against a bare start of Node, in pairs; and how much there is to load. */
export async function measureColdStart({ node }: Setting): Promise<void> {
  const bundle = JSON.stringify(new URL('handler.js', DIST).href);
  const bare: Start[] = [];
  const loaded: Start[] = [];
  for (let pair = 0; pair < STARTS; pair += 1) {
    bare.push(await start(node, '0'));
    loaded.push(await start(node, `import(${bundle})`));
  }
  const of = (starts: Start[], what: keyof Start) => starts.map((one) => one[what]);
  print(
    `Cold start: the bundle's import against node -e 0, ${STARTS} pairs: median (least to most)`,
    ['', 'bare', 'with the bundle', 'ratio, median of pairs'],
    (['wallMs', 'cpuMs'] as const).map((what) => [
      what === 'wallMs' ? 'wall ms' : 'CPU ms',
      spread(of(bare, what)),
      spread(of(loaded, what)),
      pairedRatio(of(loaded, what), of(bare, what)).toFixed(2),
    ]),
  );
  const files = readdirSync(DIST)
    .filter((name) => name.endsWith('.js'))
    .map((name) => ({ name, content: readFileSync(new URL(name, DIST)) }));
  const first = statically('handler.js');
  const kb = (bytes: number) => (bytes / 1000).toFixed(0);
  print(
    'The bundle',
    ['file', 'loaded', 'kB', 'kB in a zip'],
    files.map(({ name, content }) => [
      name,
      first.has(name) ? 'at once' : 'on demand',
      kb(content.length),
      kb(deflateRawSync(content, { level: 9 }).length),
    ]),
  );
}

interface Start {
  wallMs: number;
  cpuMs: number;
}

async function start(node: string, code: string): Promise<Start> {
  const report = "process.on('exit',()=>{const{user,system}=process.cpuUsage();process.stdout.write(String((user+system)/1000))})";
  const startedAt = performance.now();
  const { code: status, stdout, stderr } = await runCommand(node, ['-e', `${report};${code}`]);
  if (status !== 0) throw new Error(stderr);
  return { wallMs: performance.now() - startedAt, cpuMs: Number(stdout) };
}

/** A file of the bundle, and those that it cannot be loaded without. */
function statically(name: string, found = new Set<string>()): Set<string> {
  if (found.has(name)) return found;
  found.add(name);
  const source = readFileSync(fileURLToPath(new URL(name, DIST)), 'utf8');
  for (const [, next] of source.matchAll(/(?:from|import)"\.\/([^"]+)"/g)) if (next !== undefined) statically(next, found);
  return found;
}
