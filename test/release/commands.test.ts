import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { runCommand } from '../../scripts/servers/processes.ts';
import { codeOf, documents } from '../support/documents.ts';
import { serverless } from '../support/framework.ts';

const root = new URL('../../', import.meta.url);
const { scripts } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as { scripts: Record<string, string> };
const all = documents().flatMap(({ path, text }) => codeOf(text).map((code) => ({ path, code })));

/** The words of each command that matches, without quotes, told once. */
function commands(pattern: RegExp): string[][] {
  const found = new Set(all.map(({ code }) => pattern.exec(code)?.[1]).filter((command) => command !== undefined));
  return [...found].map((command) => (command.match(/'[^']*'|"[^"]*"|\S+/g) ?? []).map((word) => word.replace(/^(['"])(.*)\1$/, '$2')));
}

describe('every command that a document names', () => {
  const npm = commands(/^(?:\w+=\S* )*npm run (?:--silent )?(.+)$/);

  test('is a script of package.json, where npm runs it', () => {
    expect(npm.length).toBeGreaterThan(7);
    expect(npm.filter(([script = '']) => scripts[script] === undefined)).toEqual([]);
  });

  const flagged = npm.filter((words) => words.length > 1).map((words) => ({ words, line: words.join(' ') }));
  test.each(flagged)('npm run $line: has flags that it knows', async ({ words: [script = '', dashes, ...flags] }) => {
    expect(dashes).toBe('--');
    const [file = ''] = /(?:src|scripts|test)\/[\w/-]+\.ts/.exec(scripts[script] ?? '') ?? [];
    // Flags are checked before help is given.
    const tsx = fileURLToPath(new URL('node_modules/tsx/dist/cli.mjs', root));
    const { stdout } = await runCommand(process.execPath, [tsx, file, ...flags, '--help'], { cwd: fileURLToPath(root) });
    expect(stdout).toContain(`npm run ${script} -- [options]`);
  });

  test('is a program of the lockfile, where npx runs it', () => {
    const npx = commands(/^(?:\w+=\S* )*npx (.+)$/);
    expect(npx.length).toBeGreaterThan(4);
    expect(npx.filter(([program = '']) => !existsSync(new URL(`node_modules/.bin/${program}`, root)))).toEqual([]);
    for (const [, , , config] of npx.filter(([program]) => program === 'vitest')) expect(config).toBe('test/vitest.config.ts');
  });

  test('is one of the framework, with its flags and a function that is deployed, where sls runs it', async () => {
    const sls = commands(/^npx sls (.+)$/);
    const help = new Map<string, string>();
    for (const words of sls) {
      const name = (words[1] === 'local' ? words.slice(0, 2) : words.slice(0, 1)).join(' ');
      if (!help.has(name)) help.set(name, await serverless([...name.split(' '), '--help']));
      for (const flag of words.filter((word) => word.startsWith('-')))
        expect([name, flag, help.get(name)]).toEqual([name, flag, expect.stringMatching(new RegExp(`(^|\\s)${flag}(\\s|$)`, 'm'))]);
      if (words.includes('-f')) expect(functions).toContain(words[words.indexOf('-f') + 1]);
    }
    expect([...help.keys()].sort()).toEqual(['deploy', 'invoke', 'invoke local', 'logs', 'package', 'remove']);
  });
});

const functions = Object.keys(parse(readFileSync(new URL('serverless.yml', root), 'utf8')).functions);
