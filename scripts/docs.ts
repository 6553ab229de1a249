import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { toFailure } from '../src/base/errors.ts';
import { DATA_METRICS } from '../src/metrics/data.ts';
import { HEALTH_METRICS } from '../src/metrics/health-metrics.ts';
import { DESCRIPTIONS, type Name, OLD_NAMES, SCHEMA, SECRETS } from '../src/settings/schema.ts';

const USAGE = `Writes the tables of settings, metrics and alerts into the documents, in both languages.

  npm run docs -- [options]

  --check    write nothing; fail where a document is not current
  --help     print this

English texts come from src/settings/schema.ts, src/metrics/ and monitoring/rules/, Chinese texts from docs/zh-CN/tables.yml.`;

const root = new URL('../', import.meta.url);
const TRANSLATIONS = 'docs/zh-CN/tables.yml';
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

type Language = 'en' | 'zh';
type Translations = Readonly<Record<'settings' | 'metrics' | 'alerts', Readonly<Record<string, string>>>>;

/** Each document, and the tables that stand in it between `<!-- npm run docs: NAME -->` and `<!-- end -->`. */
const PAGES: readonly { path: string; language: Language; tables: readonly TableName[] }[] = [
  { path: 'docs/settings.md', language: 'en', tables: ['settings'] },
  { path: 'docs/metrics.md', language: 'en', tables: ['data', 'health'] },
  { path: 'docs/alerts.md', language: 'en', tables: ['alerts'] },
  { path: 'docs/zh-CN/install.md', language: 'zh', tables: ['settings'] },
  { path: 'docs/zh-CN/metrics.md', language: 'zh', tables: ['data', 'health'] },
  { path: 'docs/zh-CN/alerts.md', language: 'zh', tables: ['alerts'] },
];

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

function allRules(): Rule[] {
  const files = readdirSync(new URL('monitoring/rules/', root));
  const contents = files.map((file) => parse(read(`monitoring/rules/${file}`)) as { groups: { rules: Rule[] }[] });
  return contents.flatMap(({ groups }) => groups.flatMap(({ rules }) => rules));
}

const PREFIX = 'RocketmqLag';
const rules = allRules();
const alerts = rules.flatMap(({ alert, ...rule }) => (alert === undefined ? [] : [{ name: alert.slice(PREFIX.length), ...rule }]));
const thresholds = new Map(
  rules.flatMap(({ record, expr, labels }) => {
    const name = record?.split(':threshold:')[1];
    const value = /^vector\((.+)\)$/.exec(expr)?.[1];
    return name === undefined || value === undefined || labels !== undefined ? [] : [[name, Number(value)] as const];
  }),
);

const WORDS = {
  en: {
    required: 'required',
    none: 'none',
    secret: 'secret; ',
    also: '; old names: ',
    hours: ' hours',
    hour: ' hour',
    minutes: ' minutes',
  },
  zh: { required: '必填', none: '无', secret: '敏感值；', also: '；旧名：', hours: ' 小时', hour: ' 小时', minutes: ' 分钟' },
} as const;

const HEADINGS = {
  settings: { en: ['variable', 'default', 'meaning'], zh: ['变量', '默认值', '含义'] },
  data: { en: ['metric', 'labels', 'meaning'], zh: ['指标', '标签', '含义'] },
  health: { en: ['metric', 'labels', 'meaning'], zh: ['指标', '标签', '含义'] },
  alerts: { en: ['alert', 'severity', 'for', 'thresholds', 'says'], zh: ['告警', '级别', '持续', '阈值', '一句话'] },
} as const;
type TableName = keyof typeof HEADINGS;

const code = (text: string) => `\`${text}\``;

function settingRows(language: Language, zh: Translations): string[][] {
  const { required, none, secret, also } = WORDS[language];
  return (Object.keys(SCHEMA) as Name[]).map((name) => {
    const schema = SCHEMA[name];
    const isSecret = (SECRETS as readonly string[]).includes(name);
    const oldNames = (OLD_NAMES[name] ?? []).map(code);
    const description = language === 'en' ? DESCRIPTIONS[name] : zh.settings[name];
    return [
      code(name),
      schema.type !== 'optional' ? required : EMPTY.includes(schema.default) ? none : code(schema.default ?? ''),
      `${isSecret ? secret : ''}${description}${oldNames.length > 0 ? also + oldNames.join(', ') : ''}`,
    ];
  });
}

/** Defaults that mean nothing is set. */
const EMPTY: readonly (string | undefined)[] = [undefined, '', '{}'];

function metricRows(metrics: readonly { name: string; help: string; labels: readonly string[] }[], language: Language, zh: Translations) {
  return metrics.map(({ name, help, labels }) => [
    code(`rocketmq_${name}`),
    labels.join(', ') || '—',
    language === 'en' ? help : (zh.metrics[name] ?? ''),
  ]);
}

/** The alerts in the order of their sections; an alert without a section comes last, and its link leads nowhere. */
function alertRows(language: Language, zh: Translations, page: string): string[][] {
  const sections = [...page.matchAll(/^### RocketmqLag(\w+)$/gm)].map(([, name]) => name ?? '');
  const place = (name: string) => (sections.includes(name) ? sections.indexOf(name) : sections.length);
  return [...alerts]
    .sort((a, b) => place(a.name) - place(b.name))
    .map(({ name, labels, annotations, expr, for: duration = '—' }) => [
      `[${name}](#${(PREFIX + name).toLowerCase()})`,
      labels?.severity ?? '',
      duration,
      thresholdsIn(expr)
        .map((threshold) => `${code(threshold)} ${spell(threshold, language)}`)
        .join(', ') || '—',
      language === 'en' ? withoutTemplates(annotations?.summary ?? '') : (zh.alerts[name] ?? ''),
    ]);
}

function thresholdsIn(expr: string): string[] {
  const named = [...expr.matchAll(/rocketmq_lag_pusher:(?:limit\{threshold="|threshold:)(\w+)/g)].map(([, name = '']) => name);
  return [...new Set(named)].filter((name) => thresholds.has(name));
}

/** The default of a threshold: seconds in hours or minutes, where that is shorter. */
function spell(threshold: string, language: Language): string {
  const value = thresholds.get(threshold) ?? Number.NaN;
  const { hour, hours, minutes } = WORDS[language];
  if (threshold.endsWith('_seconds') && value >= 600) {
    if (value % 3600 === 0) return value / 3600 + (value === 3600 ? hour : hours);
    if (value % 60 === 0) return value / 60 + minutes;
  }
  return value.toLocaleString('en');
}

const LABEL_WORDS: Readonly<Record<string, string>> = {
  consumerGroup: 'group',
  rocketmqClusterName: 'cluster',
  consumerClientIP: 'IP',
  consumerClientPID: 'PID',
};

/** A summary for people: `*group*` for `{{ $labels.consumerGroup }}`, without its period, the cluster and what is said only where it is known. */
function withoutTemplates(summary: string): string {
  return summary
    .replaceAll(/ \(\{\{ \$labels\.rocketmqClusterName \}\}\)|\{\{ with .*?\{\{ end \}\}/g, '')
    .replaceAll(/\{\{[^}]*\$labels\.(\w+)[^}]*\}\}/g, (_, label: string) => `*${LABEL_WORDS[label] ?? label}*`)
    .replaceAll(/\{\{ humanizeDuration [^}]*\}\}/g, '*time*')
    .replaceAll(/\{\{[^}]*\}\}/g, '*n*')
    .replace(/\.$/, '');
}

const ROWS: Readonly<Record<TableName, (language: Language, zh: Translations, page: string) => string[][]>> = {
  settings: settingRows,
  data: (language, zh) => metricRows(DATA_METRICS, language, zh),
  health: (language, zh) => metricRows(HEALTH_METRICS, language, zh),
  alerts: alertRows,
};

/** The document as it has to be: its tables, and the default behind each threshold in its prose: `` `backlog` (10,000) ``. */
export function currentPage(text: string, language: Language, tables: readonly TableName[], zh: Translations): string {
  let current = text;
  for (const table of tables) {
    const between = new RegExp(`(<!-- npm run docs: ${table} -->\n)[^]*?(<!-- end -->)`);
    if (!between.test(current)) throw new Error(`there is no place for the table: <!-- npm run docs: ${table} -->, and <!-- end -->`);
    const headings = HEADINGS[table][language];
    const all = [headings, headings.map(() => '---'), ...ROWS[table](language, zh, text)];
    const lines = all.map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`);
    current = current.replace(between, (_, begin: string, end: string) => begin + lines.join('') + end);
  }
  return current.replaceAll(/`(\w+)`( \(|（)\d[^)）]*([)）])/g, (whole, name: string, open: string, close: string) =>
    thresholds.has(name) ? code(name) + open + spell(name, language) + close : whole,
  );
}

/** What the translations lack, and what they have besides. */
export function problemsOf(translated: Translations): string[] {
  const needed = {
    settings: Object.keys(SCHEMA),
    metrics: [...DATA_METRICS, ...HEALTH_METRICS].map(({ name }) => name),
    alerts: alerts.map(({ name }) => name),
  };
  return (Object.keys(needed) as (keyof typeof needed)[]).flatMap((kind) => {
    const there = Object.keys(translated[kind]);
    return [
      ...needed[kind].filter((name) => !there.includes(name)).map((name) => `${TRANSLATIONS} lacks ${kind}: ${name}`),
      ...there.filter((name) => !needed[kind].includes(name)).map((name) => `${TRANSLATIONS} has ${kind}: ${name}, which does not exist`),
    ];
  });
}

export const readTranslations = () => parse(read(TRANSLATIONS)) as Translations;

/** Each document as it is, and as it has to be. */
export function pages(): { path: string; written: string; current: string }[] {
  const translated = readTranslations();
  const problems = problemsOf(translated);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return PAGES.map(({ path, language, tables }) => {
    const written = read(path);
    return { path, written, current: currentPage(written, language, tables, translated) };
  });
}

function main(): number {
  const { values: flags } = parseArgs({ options: { check: { type: 'boolean' }, help: { type: 'boolean' } } });
  if (flags.help) {
    console.log(USAGE);
    return 0;
  }
  const stale = pages().filter(({ written, current }) => written !== current);
  if (!flags.check) for (const { path, current } of stale) writeFileSync(new URL(path, root), current);
  for (const { path } of stale) console.log(flags.check ? `${path} is not current: run npm run docs` : `wrote ${path}`);
  return flags.check && stale.length > 0 ? 1 : 0;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.exitCode = main();
  } catch (error) {
    console.error(toFailure(error).message);
    process.exitCode = 1;
  }
}
