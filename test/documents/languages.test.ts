import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DATA_METRICS } from '../../src/metrics/data.ts';
import { HEALTH_METRICS } from '../../src/metrics/health-metrics.ts';
import { codeOf, documents } from '../support/documents.ts';
import { alerts } from '../support/rules.ts';

/** Each Chinese page, and the English pages whose content it has; the first of them is its counterpart. */
const PAIRS = [
  { chinese: 'README.zh-CN.md', english: ['README.md'] },
  { chinese: 'docs/zh-CN/install.md', english: ['docs/install.md', 'docs/settings.md', 'docs/runbook.md'] },
  { chinese: 'docs/zh-CN/metrics.md', english: ['docs/metrics.md'] },
  { chinese: 'docs/zh-CN/alerts.md', english: ['docs/alerts.md'] },
];

const PROGRAM = /^(?:\w+=\S* )*(?:npm|npx|aws|curl|cp|promtool|amtool|mqadmin|export|put|read)(?![\w-])/;

const all = documents();
const texts = new Map(all.map(({ path, text }) => [path, text]));
const textOf = (path: string) => texts.get(path) ?? '';

/** Every command of a text, without comments. */
function commandsOf(text: string): string[] {
  const lines = codeOf(text.replaceAll(/\\\n\s*/g, '')).map((code) => code.replaceAll(/\s+/g, ' ').trim());
  return [...new Set(lines.filter((line) => PROGRAM.test(line)))];
}

const without = (all: readonly string[], some: readonly string[]) => all.filter((name) => !some.includes(name));

describe.each(PAIRS)('$chinese', ({ chinese, english }) => {
  const translated = textOf(chinese);
  const originals = english.map(textOf);

  test(`has the commands of ${english.join(', ')}, and others only from other pages`, () => {
    const here = commandsOf(translated);
    expect(without(originals.flatMap(commandsOf), here).map((command) => `${chinese} lacks: ${command}`)).toEqual([]);
    const inEnglish = all.flatMap(({ path, text }) => (path.includes('zh-CN') ? [] : commandsOf(text)));
    // commands.test.ts checks what npm and npx run.
    const others = without(here, inEnglish).filter((command) => !/(^| )(npm|npx) /.test(command));
    expect(others.map((command) => `only ${chinese} has: ${command}`)).toEqual([]);
  });

  test(`and ${english[0]} link each other below their titles`, () => {
    const link = (from: string, to: string) => posix.relative(posix.dirname(from), to);
    const [counterpart = ''] = english;
    expect(translated.split('\n')[2]).toBe(`[English](${link(chinese, counterpart)}) | 简体中文`);
    expect(textOf(counterpart).split('\n')[2]).toBe(`English | [简体中文](${link(counterpart, chinese)})`);
  });
});

test('there are commands to compare', () => {
  expect(PAIRS.flatMap(({ english }) => english.flatMap((path) => commandsOf(textOf(path)))).length).toBeGreaterThan(40);
});

test('every page in Chinese has an English counterpart', () => {
  const pages = [...texts.keys()].filter((path) => path.includes('zh-CN'));
  expect(pages.sort()).toEqual(PAIRS.map(({ chinese }) => chinese).sort());
});

// The changelog and the migration guide name metrics of other versions and of other exporters.
test.each(all.filter(({ path }) => !/CHANGELOG|migrate/.test(path)))(
  '$path names no metric and no alert that does not exist',
  ({ text }) => {
    const metrics = [...DATA_METRICS, ...HEALTH_METRICS].map(({ name }) => `rocketmq_${name}`);
    expect(without(text.match(/\brocketmq_(?!lag_pusher:)\w*[a-z]\b/g) ?? [], metrics)).toEqual([]);
    expect(
      without(
        text.match(/\bRocketmqLag[A-Z]\w*/g) ?? [],
        [...alerts().keys()].map((name) => `RocketmqLag${name}`),
      ),
    ).toEqual([]);
  },
);
