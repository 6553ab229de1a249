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

/** Each console has a room of its own, and knows no other console. */
const CONSOLES = Object.fromEntries(
  readdirSync(join(SRC, 'reading'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => [`reading/${name}/`, { doors: ['console-reader.ts'], mayUse: ['reading/', 'lag/', 'http/', 'base/'] }]),
);

/**
 * The rooms of src/, each with its doors: the files by which others come in. A room may use those below it in this list,
 * and none above. The story on top (handler, cli, invocation, tick, event, result) uses all of them.
 */
const ROOMS: Readonly<Record<string, { readonly doors: readonly string[]; readonly mayUse: readonly string[] }>> = {
  ...CONSOLES,
  // A console's own room is inside: it uses all that holds for any console.
  'reading/': { doors: ['reader.ts'], mayUse: ['lag/', 'http/', 'base/'] },
  'terminal/': { doors: ['tables.ts', 'terminal.ts'], mayUse: ['lag/', 'result.ts'] },
  'pushing/': { doors: ['push.ts', 'pushgateway.ts'], mayUse: ['settings/', 'metrics/', 'lag/', 'http/', 'base/'] },
  'settings/': { doors: ['parameters.ts', 'settings.ts'], mayUse: ['metrics/', 'base/'] },
  'metrics/': { doors: ['data.ts', 'exposition.ts', 'health-metrics.ts', 'metric.ts'], mayUse: ['lag/', 'base/'] },
  // What goes into the fold and what comes out of it; and the rules, by which a reader knows what to ask.
  'lag/': {
    doors: ['aggregate.ts', 'format.ts', 'groups.ts', 'readings.ts', 'report.ts', 'retention.ts', 'rocketmq-names.ts'],
    mayUse: ['base/'],
  },
  'http/': { doors: ['answers.ts', 'client.ts'], mayUse: ['base/'] },
  'base/': {
    doors: ['collections.ts', 'deadline.ts', 'errors.ts', 'log.ts', 'names.ts', 'numbers.ts', 'redaction.ts', 'text.ts'],
    mayUse: [],
  },
};
const roomOf = (file: string) => Object.keys(ROOMS).find((room) => file.startsWith(room));

describe('imports go one way', () => {
  test('every import is found, and leads to a file that is there', () => {
    const statements = FILES.flatMap(({ text }) => text.match(/^(?:import|export \{|export \*).*$|^\} from/gm) ?? []);
    expect(own.length).toBeGreaterThan(FILES.length);
    expect(imports.length).toBeGreaterThanOrEqual(statements.filter((line) => line.includes(' from ')).length);
    expect(own.filter(({ to }) => !FILES.some(({ file }) => file === to))).toEqual([]);
  });

  test('every file is in a room, but for the story', () => {
    const onTop = FILES.map(({ file }) => file).filter((file) => roomOf(file) === undefined);
    expect(onTop.sort()).toEqual(['cli.ts', 'event.ts', 'handler.ts', 'invocation.ts', 'result.ts', 'tick.ts']);
  });

  test('handler, invocation, tick: each is known to the one above it alone', () => {
    expect([...importersOf('handler.ts'), ...importersOf('cli.ts')]).toEqual([]);
    expect(importersOf('invocation.ts')).toEqual(['cli.ts', 'handler.ts']);
    expect(importersOf('tick.ts')).toEqual(['invocation.ts']);
  });

  test.each(Object.keys(ROOMS))('%s is entered by its doors, each of which somebody uses', (room) => {
    const used = new Set(
      own
        .filter(({ from, to }) => roomOf(to) === room && roomOf(from) !== room)
        .map(({ from, to }) => ({ from, to: to.slice(room.length) })),
    );
    const isInside = (from: string) => room === 'reading/' && from.startsWith('reading/');
    const doors = new Set([...used].filter(({ from }) => !isInside(from)).map(({ to }) => to));
    expect([...doors].sort()).toEqual([...(ROOMS[room]?.doors ?? [])].sort());
  });

  test.each(Object.entries(ROOMS))('%s uses what is below it', (room, { mayUse }) => {
    const rooms = own.filter(({ from, to }) => roomOf(from) === room && roomOf(to) !== room).map(({ to }) => roomOf(to) ?? to);
    expect([...new Set(rooms)].filter((used) => !mayUse.includes(used))).toEqual([]);
  });

  test('the rules of the fold import no package, and of ours only pure helpers', () => {
    expect([...new Set(importsOf('lag/'))].sort()).toEqual(['base/names.ts', 'base/numbers.ts', 'base/text.ts']);
  });

  test('metrics are read off the report: beside it they need prom-client, the version and an order', () => {
    expect([...new Set(importsOf('metrics/'))].sort()).toEqual([
      'base/names.ts',
      'lag/report.ts',
      'npm:../../package.json',
      'npm:prom-client',
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
    test(`${field} occurs in reading/rocketmq-console/client-endpoints.ts alone`, () => {
      const word = new RegExp(`\\b${field}\\b`);
      expect(FILES.filter(({ text }) => word.test(text)).map(({ file }) => file)).toEqual(['reading/rocketmq-console/client-endpoints.ts']);
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
    'brokerServer',
    'brokerAddrTable',
    'brokerAddrs',
    'earliestMessageTimeStamp',
    'commitLogDiskRatio',
    'scheduleMessageOffset_',
    'brokerVersionDesc',
    'groupList',
    'proxyAddrList',
    'currentNamesrv',
  ];
  for (const field of FIELDS)
    test(`${field} occurs in one of the console's endpoint files alone`, () => {
      const word = new RegExp(`\\b${field}\\b`);
      const files = FILES.filter(({ text }) => word.test(text)).map(({ file }) => file);
      expect(files).not.toEqual([]);
      expect(files.filter((file) => !/^reading\/rocketmq-console\/(answers|replay|\w+-endpoints)\.ts$/.test(file))).toEqual([]);
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
