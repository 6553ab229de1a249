import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));
const FILES = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file, text: readFileSync(join(SRC, file), 'utf8') }));

/** `import … from 'x'`, `export … from 'x'`, `import 'x'` and `import('x')`: types included. */
const IMPORT = /\b(?:from|import)\s*\(?\s*(['"])([^'"\n]+)\1/g;

const imports = FILES.flatMap(({ file, text }) =>
  [...text.matchAll(IMPORT)].map(([, , target = '']) => ({ from: file, to: resolve(file, target) })),
);
const own = imports.filter(({ to }) => !to.startsWith('npm:'));

/** A file below src; of packages and JSON outside of it, `npm:` and what was written. */
function resolve(from: string, target: string): string {
  const path = normalize(join(dirname(from), target));
  return target.startsWith('.') && !path.startsWith('..') ? path : `npm:${target}`;
}

/** Files that import one of `targets`, a file or a folder. */
const importersOf = (target: string) => [...new Set(own.filter(({ to }) => to.startsWith(target)).map(({ from }) => from))].sort();
const importsOf = (area: string) => imports.filter(({ from, to }) => from.startsWith(area) && !to.startsWith(area)).map(({ to }) => to);

describe('imports go one way', () => {
  test('every import is found, and leads to a file that is there', () => {
    const statements = FILES.flatMap(({ text }) => text.match(/^(?:import|export \{|export \*).*$|^\} from/gm) ?? []);
    expect(own.length).toBeGreaterThan(FILES.length);
    expect(imports.length).toBeGreaterThanOrEqual(statements.filter((line) => line.includes(' from ')).length);
    expect(own.filter(({ to }) => !FILES.some(({ file }) => file === to))).toEqual([]);
  });

  test('handler, invocation, tick: each is known to the one above it alone', () => {
    expect(importersOf('handler.ts')).toEqual([]);
    expect(importersOf('invocation.ts')).toEqual(['handler.ts']);
    expect(importersOf('tick.ts')).toEqual(['invocation.ts']);
  });

  test('the rules of the fold import nothing, neither of ours nor a package', () => {
    expect(importsOf('lag/')).toEqual([]);
  });

  test('console, metrics and Pushgateway know nothing of each other', () => {
    const areas = ['reading/', 'metrics/', 'pushing/pushgateway.ts'];
    for (const area of areas)
      for (const other of areas) if (area !== other) expect(importsOf(area).filter((to) => to.startsWith(other))).toEqual([]);
  });

  test('metrics are read off the report: beside it they need prom-client alone', () => {
    expect([...new Set(importsOf('metrics/'))].sort()).toEqual(['lag/report.ts', 'npm:prom-client']);
  });

  test('the console needs no settings, and the tick no console but through its reader', () => {
    expect(importsOf('reading/').filter((to) => /^(settings\/|pushing\/|event\.ts|result\.ts)/.test(to))).toEqual([]);
    expect(own.filter(({ from, to }) => from === 'tick.ts' && to.startsWith('reading/'))).toEqual([
      { from: 'tick.ts', to: 'reading/reader.ts' },
    ]);
  });

  test('no file leads back to itself', () => {
    const circles = FILES.filter(({ file }) => reachableFrom(file).has(file)).map(({ file }) => file);
    expect(circles).toEqual([]);
  });
});

describe('the wire stops at the door', () => {
  const OF_PROCESSES = [
    'connectionSet',
    'clientAddr',
    'versionDesc',
    'subscriptionSet',
    'subString',
    'mqTable',
    'cachedMsgCount',
    'transactionMsgCount',
    'commitOffset',
    'droped',
    'lastPullTimestamp',
    'lastConsumeTimestamp',
    'statusTable',
    'consumeOKTPS',
    'consumeFailedTPS',
    'consumeRT',
    'pullTPS',
    'consumeMessageBatchMaxSize',
    'PROP_CONSUME_TYPE',
    'PROP_CONSUMEORDERLY',
    'PROP_THREADPOOL_CORE_SIZE',
  ];
  for (const field of OF_PROCESSES)
    test(`${field} occurs in reading/rocketmq-console/wire-processes.ts alone`, () => {
      const word = new RegExp(`\\b${field}\\b`);
      expect(FILES.filter(({ text }) => word.test(text)).map(({ file }) => file)).toEqual(['reading/rocketmq-console/wire-processes.ts']);
    });

  const FIELDS = [
    'queueStatInfoList',
    'errMsg',
    'brokerName',
    'clientInfo',
    'diffTotal',
    'offsetTable',
    'minOffset',
    'maxOffset',
    'clusterInfo',
    'brokerAddrTable',
    'brokerAddrs',
    'brokerServer',
    'brokerVersionDesc',
  ];
  for (const field of FIELDS)
    test(`${field} occurs in reading/rocketmq-console/wire.ts alone`, () => {
      const word = new RegExp(`\\b${field}\\b`);
      expect(FILES.filter(({ text }) => word.test(text)).map(({ file }) => file)).toEqual(['reading/rocketmq-console/wire.ts']);
    });
});

/** Everything that a file imports, and what that imports. */
function reachableFrom(file: string): Set<string> {
  const found = new Set<string>();
  const open = [file];
  for (let next = open.pop(); next !== undefined; next = open.pop())
    for (const { from, to } of own)
      if (from === next && !found.has(to)) {
        found.add(to);
        open.push(to);
      }
  return found;
}
