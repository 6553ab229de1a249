import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DATA_METRICS } from '../../src/metrics/data.ts';
import { HEALTH_METRICS } from '../../src/metrics/health-metrics.ts';
import { SETTING_SPELLINGS } from '../../src/settings/settings.ts';
import { codeOf, documents } from '../support/documents.ts';
import { REASONS } from '../support/reasons.ts';
import { alerts, defaultThresholds } from '../support/rules.ts';

/** Each Chinese page, and the English pages whose content it has; the first of them is its counterpart. */
const PAIRS = [
  { chinese: 'README.zh-CN.md', english: ['README.md'] },
  { chinese: 'docs/zh-CN/install.md', english: ['docs/install.md', 'docs/settings.md', 'docs/runbook.md'] },
  { chinese: 'docs/zh-CN/metrics.md', english: ['docs/metrics.md'] },
  { chinese: 'docs/zh-CN/alerts.md', english: ['docs/alerts.md'] },
];

const settings = [...SETTING_SPELLINGS.keys()];
const dataMetrics = DATA_METRICS.map(({ name, labels }) => ({ name: `rocketmq_${name}`, labels }));
const healthMetrics = HEALTH_METRICS.map(({ name, labels }) => ({ name: `rocketmq_${name}`, labels }));
const severities = new Map([...alerts()].map(([name, { labels }]) => [`RocketmqLag${name}`, labels?.severity]));

const PROGRAM = /^(?:\w+=\S* )*(?:npm|npx|aws|curl|cp|promtool|amtool|mqadmin|export|put|read)(?![\w-])/;

interface Kind {
  readonly kind: string;
  readonly known: readonly string[];
  /** Finds every name of that kind in prose and in code, one that does not exist as well. */
  readonly like?: RegExp;
}

/** What pages name. */
const KINDS: Kind[] = [
  { kind: 'setting', known: settings },
  {
    kind: 'metric',
    known: [...dataMetrics, ...healthMetrics].map(({ name }) => name),
    like: /\brocketmq_(?!lag_pusher:)\w*[a-z]\b/g,
  },
  { kind: 'alert', known: [...severities.keys()], like: /\bRocketmqLag[A-Z]\w*/g },
  { kind: 'reason', known: REASONS },
];

const texts = new Map(documents().map(({ path, text }) => [path, text]));
const textOf = (path: string) => texts.get(path) ?? '';

/** The names of a kind that a text names: anywhere, or only in code where a name may be a word of the language as well. */
function namedIn(text: string, { known, like }: Omit<Kind, 'kind'>): string[] {
  const words = new Set(like ? text.match(like) : codeOf(text).flatMap((code) => code.match(/[\w-]+/g) ?? []));
  return known.filter((name) => words.has(name));
}

/** Every command of a text, without comments. */
function commandsOf(text: string): string[] {
  const lines = codeOf(text.replaceAll(/\\\n\s*/g, '')).map((code) => code.replaceAll(/\s+/g, ' ').trim());
  return [...new Set(lines.filter((line) => PROGRAM.test(line)))];
}

const without = (all: readonly string[], some: readonly string[]) => all.filter((name) => !some.includes(name));

const inEnglish = [...texts].flatMap(([path, text]) => (path.includes('zh-CN') ? [] : [text]));

describe.each(PAIRS)('$chinese', ({ chinese, english }) => {
  const translated = textOf(chinese);
  const originals = english.map(textOf);

  test.each(KINDS)(`names every $kind that ${english.join(', ')} name`, (kind) => {
    const missing = without(
      originals.flatMap((text) => namedIn(text, kind)),
      namedIn(translated, kind),
    );
    expect(missing.map((name) => `${chinese} does not name the ${kind.kind} ${name}`)).toEqual([]);
  });

  test.each(KINDS)('names no $kind that does not exist', ({ kind, known, like }) => {
    const named = like === undefined ? [] : [...new Set(translated.match(like))];
    expect(without(named, known).map((name) => `${chinese} names the ${kind} ${name}, which does not exist`)).toEqual([]);
  });

  test('names no variable that neither is a setting nor stands on an English page', () => {
    const named = codeOf(translated).flatMap((code) => code.match(/(?<!\w)[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?!\w)/g) ?? []);
    const unknown = without(
      without([...new Set(named)], settings),
      inEnglish.flatMap((text) => namedIn(text, { known: named })),
    );
    expect(unknown.map((name) => `${chinese} names ${name}, which is no setting`)).toEqual([]);
  });

  test(`has the commands of ${english.join(', ')}, and others only from other pages`, () => {
    const here = commandsOf(translated);
    expect(without(originals.flatMap(commandsOf), here).map((command) => `${chinese} lacks: ${command}`)).toEqual([]);
    // commands.test.ts checks what npm and npx run.
    const others = without(here, inEnglish.flatMap(commandsOf)).filter((command) => !/(^| )(npm|npx) /.test(command));
    expect(others.map((command) => `only ${chinese} has: ${command}`)).toEqual([]);
  });

  test(`and ${english[0]} link each other below their titles`, () => {
    const link = (from: string, to: string) => posix.relative(posix.dirname(from), to);
    const [counterpart = ''] = english;
    expect(translated.split('\n')[2]).toBe(`[English](${link(chinese, counterpart)}) | 简体中文`);
    expect(textOf(counterpart).split('\n')[2]).toBe(`English | [简体中文](${link(counterpart, chinese)})`);
  });
});

test('there are names and commands to compare', () => {
  const english = PAIRS.flatMap((pair) => pair.english.map(textOf));
  for (const kind of KINDS) expect([kind.kind, english.flatMap((text) => namedIn(text, kind)).length > 9]).toEqual([kind.kind, true]);
  expect(english.flatMap(commandsOf).length).toBeGreaterThan(40);
});

test('every page in Chinese has an English counterpart', () => {
  const pages = [...texts.keys()].filter((path) => path.includes('zh-CN'));
  expect(pages.sort()).toEqual(PAIRS.map(({ chinese }) => chinese).sort());
});

describe('docs/zh-CN/install.md', () => {
  const row = /^\| `([A-Z_]+)` \| (.+?) \| .+ \|$/gm;
  const defaults = (text: string) => [...text.matchAll(row)].map(([, name = '', initial = '']) => `${name}: ${initial}`);

  test('has a row for every setting, with the default that docs/settings.md gives', () => {
    const names = [...new Set([...SETTING_SPELLINGS.values()].map(([name]) => name ?? ''))];
    const rows = defaults(textOf('docs/zh-CN/install.md'));
    const missing = names.filter((name) => !rows.some((line) => line.startsWith(`${name}: `)));
    expect(missing.map((name) => `docs/zh-CN/install.md has no row for ${name}`)).toEqual([]);
    const inEnglish = defaults(textOf('docs/settings.md')).map((line) => line.replace(/: required$/, ': 必填').replace(/: none$/, ': 无'));
    expect(rows.sort()).toEqual(inEnglish.sort());
  });
});

describe('docs/zh-CN/metrics.md', () => {
  test.each([
    { heading: '数据分组', metrics: dataMetrics },
    { heading: '健康分组', metrics: healthMetrics },
  ])('"$heading" has a row for every metric, with its labels', ({ heading, metrics }) => {
    const [, section = ''] = textOf('docs/zh-CN/metrics.md').split(`\n## ${heading}\n`);
    const table = section.split('\n## ')[0] ?? '';
    const rows = [...table.matchAll(/^\| `(\w+)` \| ([^|]*) \| .+ \|$/gm)].map(([, name = '', labels = '']) => `${name}: ${labels}`);
    const pushed = metrics.map(({ name, labels }) => `${name}: ${labels.join(', ') || '—'}`);
    expect(without(pushed, rows).map((line) => `docs/zh-CN/metrics.md has no row for ${line}`)).toEqual([]);
    expect(without(rows, pushed).map((line) => `docs/zh-CN/metrics.md has a row too many: ${line}`)).toEqual([]);
  });
});

describe('docs/zh-CN/alerts.md', () => {
  const text = textOf('docs/zh-CN/alerts.md');
  const sections = text.split(/^### /m).slice(1);
  const titles = sections.map((section) => section.slice(0, section.indexOf('\n')));

  test('has a section for every alert: what it means, its likely causes, what to do, how to tune it', () => {
    const own = titles.filter((title) => title.startsWith('RocketmqLag'));
    expect(without([...severities.keys()], own).map((name) => `docs/zh-CN/alerts.md has no section ${name}`)).toEqual([]);
    for (const [index, title] of titles.entries())
      for (const part of ['含义', '可能原因', '处理步骤', '调整'])
        if (own.includes(title)) expect([title, sections[index]]).toEqual([title, expect.stringContaining(`\n**${part}。**`)]);
  });

  test('lists every alert with its severity', () => {
    const listed = [...text.matchAll(/^\| \[(RocketmqLag\w+)\]\(#(\w+)\) \| (\w+) \| .+ \|$/gm)].map(([, name = '', anchor, severity]) => ({
      name,
      anchor,
      severity,
    }));
    const shipped = [...severities].map(([name, severity]) => ({ name, anchor: name.toLowerCase(), severity }));
    for (const alert of shipped) expect(listed.find(({ name }) => name === alert.name) ?? `no row for ${alert.name}`).toEqual(alert);
  });

  test('names every threshold with its default', () => {
    const named = defaultThresholds().map(({ name, value }) => {
      const spelled = { 21600: '6 小时', 14400: '4 小时', 3600: '1 小时', 1800: '30 分钟' }[value] ?? value.toLocaleString('en');
      // Where the default is 0, "messages wait" says it.
      return value === 0 ? `\`${name}\`` : `\`${name}\`（${spelled}）`;
    });
    expect(named.filter((name) => !text.includes(name)).map((name) => `docs/zh-CN/alerts.md lacks ${name}`)).toEqual([]);
  });
});
