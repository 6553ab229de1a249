import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parse, stringify } from 'yaml';
import { toFailure } from '../src/base/errors.ts';

const USAGE = `Writes alert rules, the example for Alertmanager and the board for the place where they go.

  npm run monitoring -- [options]

  --format rules|prometheusrule|mixin
                       files for Prometheus (the default), a PrometheusRule for the operator, or a jsonnet mixin
  --runbooks URL       the address of docs/alerts.md, for runbook_url; without it a path
  --grafana URL        the address of Grafana, for dashboard_url; without it a path
  --drop-labels A,B    labels that your scrape, ruler or Kubernetes adds, beside those that are known
  --keep-labels A,B    labels of GROUPING that are called like one of those
  --grouping A,B       labels of GROUPING, by which one alert may mute another
  --prefix NAME        the METRICS_PREFIX, where it is not rocketmq
  --out FOLDER         where to; default dist/monitoring
  --help               print this`;

/**
 * Labels that a scrape without honor_labels, Kubernetes, replicas and rulers add to what was pushed. Every rule and query
 * drops them; a rule has them in this order.
 */
export const FOREIGN_LABELS = [
  ...['job', 'instance', 'exported_job', 'exported_instance', 'container', 'endpoint', 'namespace', 'node', 'pod'],
  ...['prometheus', 'prometheus_replica', 'replica', 'ruler', 'ruler_replica', 'service'],
];
/** What an alert on a Pushgateway itself drops: job and instance say which one it is. */
const OF_A_TARGET = ['job', 'instance'];

const FORMATS = ['rules', 'prometheusrule', 'mixin'] as const;
export type Format = (typeof FORMATS)[number];

export interface Target {
  readonly format?: Format;
  readonly runbooks?: string | undefined;
  readonly grafana?: string | undefined;
  readonly dropLabels?: readonly string[];
  readonly keepLabels?: readonly string[];
  readonly grouping?: readonly string[];
  readonly prefix?: string | undefined;
}

interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly rules: readonly { readonly alert?: string }[] }[];
}

const MONITORING = new URL('../monitoring/', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, MONITORING), 'utf8');
const RULES = readdirSync(new URL('rules/', MONITORING));
const BOARD = 'rocketmq-lag.json';

/** The files, by name. */
export function monitoringFiles(target: Target = {}): Map<string, string> {
  const rules = RULES.map((name) => [name, withTarget(read(`rules/${name}`), target)] as const);
  const board = withTarget(read(`grafana/${BOARD}`), target);
  const alertmanager = withGrouping(read('alertmanager.yml'), target.grouping ?? []);
  switch (target.format ?? 'rules') {
    case 'rules':
      return new Map([...rules, [BOARD, board], ['alertmanager.yml', alertmanager]]);
    case 'prometheusrule':
      return new Map([
        ...rules.map(([name, text]) => [`rocketmq-lag-${name}`, toPrometheusRule(name, text)] as const),
        [BOARD, board],
        ['alertmanager.yml', alertmanager],
      ]);
    case 'mixin':
      return new Map([['mixin.libsonnet', toMixin(rules, board)]]);
  }
}

function withTarget(text: string, { runbooks, grafana, dropLabels = [], keepLabels = [], prefix }: Target): string {
  const labels = [...FOREIGN_LABELS, ...dropLabels.filter((label) => !FOREIGN_LABELS.includes(label))].filter(
    (label) => !keepLabels.includes(label),
  );
  const but = (left: readonly string[], right: readonly string[]) => left.filter((label) => !right.includes(label)).join(', ');
  let written = text
    .replaceAll(but(FOREIGN_LABELS, []), but(labels, []))
    .replaceAll(but(FOREIGN_LABELS, OF_A_TARGET), but(labels, OF_A_TARGET))
    .replaceAll(but(FOREIGN_LABELS, ['job', 'exported_job']), but(labels, ['job', 'exported_job']));
  if (runbooks !== undefined) written = written.replaceAll('docs/alerts.md#', `${runbooks.replace(/#$/, '')}#`);
  if (grafana !== undefined) written = written.replace(/(dashboard_url: '?)(?=\/d\/)/g, `$1${grafana.replace(/\/$/, '')}`);
  if (prefix !== undefined) written = written.replace(/\brocketmq_(?=(tick|msg_diff|process|group|broker)_)/g, `${prefix}_`);
  return written;
}

/** Adds labels to every `equal: [...]`. */
function withGrouping(alertmanager: string, grouping: readonly string[]): string {
  return alertmanager.replace(/equal: \[(.*)\]/g, (_, labels: string) => {
    const all = new Set([...labels.split(', '), ...grouping]);
    return `equal: [${[...all].join(', ')}]`;
  });
}

function toPrometheusRule(name: string, text: string): string {
  return stringify(
    {
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PrometheusRule',
      metadata: { name: `rocketmq-lag-${name.replace('.yml', '')}`, labels: { 'app.kubernetes.io/name': 'rocketmq-lag-pusher' } },
      spec: parse(text),
    },
    { lineWidth: 0 },
  );
}

/** A mixin in JSON, which is jsonnet as well: alerts and recording rules apart, as mixins have them. */
function toMixin(rules: readonly (readonly [string, string])[], board: string): string {
  const groups = rules.flatMap(([, text]) => (parse(text) as RuleFile).groups);
  const isAlerts = ({ rules }: RuleFile['groups'][number]) => rules.some(({ alert }) => alert !== undefined);
  const json = (value: unknown) => JSON.stringify(value, null, 2);
  return [
    '{',
    `prometheusRules+:: ${json({ groups: groups.filter((group) => !isAlerts(group)) })},`,
    `prometheusAlerts+:: ${json({ groups: groups.filter(isAlerts) })},`,
    `grafanaDashboards+:: ${json({ [BOARD]: JSON.parse(board) })},`,
    '}',
    '',
  ].join('\n');
}

const LABEL = /^[a-zA-Z_]\w*$/;

function toLabels(option: string, text = ''): string[] {
  const labels = text.split(',').flatMap((label) => label.trim() || []);
  const wrong = labels.find((label) => !LABEL.test(label));
  if (wrong !== undefined) throw new Error(`--${option} ${text}: "${wrong}" is not a label of Prometheus`);
  return labels;
}

function requireUrl(option: string, text: string | undefined): string | undefined {
  if (text !== undefined && !/^https?:\/\/[^\s'"]+$/.test(text))
    throw new Error(`--${option} ${text}: give an address with http:// or https://`);
  return text;
}

export function toTarget(flags: Readonly<Record<string, string | boolean | undefined>>): Target {
  const text = (name: string) => flags[name] as string | undefined;
  const format = text('format') ?? 'rules';
  if (!FORMATS.includes(format as Format)) throw new Error(`--format ${format}: give ${FORMATS.join(', ')}`);
  const prefix = text('prefix');
  if (prefix !== undefined) toLabels('prefix', prefix);
  return {
    format: format as Format,
    runbooks: requireUrl('runbooks', text('runbooks')),
    grafana: requireUrl('grafana', text('grafana')),
    dropLabels: toLabels('drop-labels', text('drop-labels')),
    keepLabels: toLabels('keep-labels', text('keep-labels')),
    grouping: toLabels('grouping', text('grouping')),
    prefix,
  };
}

function main(): void {
  const string = { type: 'string' } as const;
  const { values: flags } = parseArgs({
    options: {
      format: string,
      runbooks: string,
      grafana: string,
      'drop-labels': string,
      'keep-labels': string,
      grouping: string,
      prefix: string,
      out: string,
      help: { type: 'boolean' },
    },
  });
  if (flags.help) {
    console.log(USAGE);
    return;
  }
  const folder = resolve(flags.out ?? 'dist/monitoring');
  const files = monitoringFiles(toTarget(flags));
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of files) writeFileSync(`${folder}/${name}`, text);
  console.log(`wrote ${[...files.keys()].join(', ')} to ${folder}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    main();
  } catch (error) {
    console.error(toFailure(error).message);
    process.exitCode = 1;
  }
}
