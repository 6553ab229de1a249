import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../scripts/servers/processes.ts';
import { obtainProgram } from '../../scripts/servers/servers.ts';
import { wellCollector } from './pushed-series.ts';
import { ruleFiles } from './rules.ts';

/** Series in promtool's notation, one sample a minute: maps `rocketmq_x{topic="t"}` to `0+1x10 _x2 5x10`. */
export type Series = Readonly<Record<string, string>>;

export interface AlertCase {
  readonly name: string;
  readonly series: Series;
  /**
   * For a minute, the names of exactly the alerts that fire then; a name is listed twice where two of them fire. If one is
   * given with labels, `Name{consumerGroup="g"}`, all must be given with their group and broker.
   */
  readonly at: Readonly<Record<number, readonly string[]>>;
  /** The exact labels and annotations of one alert at a minute. */
  readonly says?: {
    readonly minute: number;
    readonly alert: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  /** A rule file that is not loaded. */
  readonly without?: string;
  /** Minutes between two evaluations, by default 1. A larger number speeds up a case that takes a day. */
  readonly every?: number;
}

/**
 * Runs the cases against the shipped rules in promtool; returns its output about the cases that fail, or ''.
 *
 * To evaluate all rules costs promtool much the same for one cluster as for fifty. Cases that differ in nothing but what
 * a cluster has therefore run together, each in a cluster of its own.
 */
export function runPromtool(cases: readonly AlertCase[]): Promise<string> {
  const together = new Map<string, AlertCase[]>();
  for (const one of cases.filter(isOfItsCluster)) {
    // A short case does not wait for the end of a long one.
    const duration = `${one.every} ${Math.ceil(Math.log2(lastMinute(one) / 30))}`;
    together.set(duration, [...(together.get(duration) ?? []), one]);
  }
  const files = [...together.values()].map((batch) => testFile(batch.map((one, index) => inCluster(one, `-${index}`))));
  return promtool(['test', 'rules'], [...files, ...cases.filter((one) => !isOfItsCluster(one)).map((one) => testFile([one]))]);
}

const CLUSTER = /(?<=rocketmqClusterName=")(?=[^"])([^"]*)(?=")/g;
const lastMinute = ({ at }: AlertCase) => Math.max(1, ...Object.keys(at).map(Number));

/** Whether all that is unusual in a case is said of clusters, and so may stand beside other cases. */
function isOfItsCluster({ series, says, without }: AlertCase): boolean {
  const usual = wellCollector();
  const isOrdinary = ([name, values]: [string, string]) => name.includes('rocketmqClusterName="') || usual[name] === values;
  return says === undefined && without === undefined && Object.entries(series).every(isOrdinary);
}

/** The case with this after the name of each of its clusters. */
function inCluster(one: AlertCase, suffix: string): AlertCase & { clusters: string } {
  const series = Object.fromEntries(Object.entries(one.series).map(([name, values]) => [name.replace(CLUSTER, `$1${suffix}`), values]));
  return { ...one, series, clusters: `.*${suffix}` };
}

/** The labels of every alert that fires in each of so many minutes of these series, by the shipped rules. */
export async function firingAlerts(series: Series, minutes: number): Promise<Record<string, string>[][]> {
  const file = testFile([{ name: 'firing', series, at: {} }]);
  const [test] = file.tests;
  // promtool tells what it found where that was not expected: so nothing is. Each sample says of which minute it is.
  const each = Array.from({ length: minutes }, (_, minute) => ({
    expr: `label_replace(ALERTS{alertstate="firing"}, "minute", "${minute}", "", "")`,
    eval_time: `${minute}m`,
    exp_samples: [],
  }));
  const told = await promtool(['test', 'rules'], [{ ...file, tests: [{ ...test, promql_expr_test: each }] }]);
  const firing: Record<string, string>[][] = each.map(() => []);
  for (const [selector] of told.matchAll(/\{__name__="ALERTS"(?:[^"}]|"(?:[^"\\]|\\.)*")*\}/g)) {
    const labels = [...selector.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name, value]) => [name, JSON.parse(`"${value}"`)]);
    const { __name__, minute, ...alert } = Object.fromEntries(labels);
    firing[Number(minute)]?.push(alert);
  }
  return firing;
}

/** promtool's errors about these expressions, or ''. */
export function checkExpressions(expressions: readonly string[]): Promise<string> {
  return promtool(
    ['check', 'rules'],
    [{ groups: [{ name: 'g', rules: expressions.map((expr, index) => ({ record: `e:${index}`, expr })) }] }],
  );
}

async function promtool(command: readonly string[], contents: readonly unknown[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'promtool-'));
  try {
    const files = contents.map((content, index) => {
      const file = join(folder, `${index}.json`);
      writeFileSync(file, JSON.stringify(content));
      return file;
    });
    const { code, stdout, stderr } = await runCommand(obtainProgram('promtool'), [...command, ...files], { timeoutMs: 240_000 });
    return code === 0 ? '' : `${stdout}${stderr}` || `promtool ended with ${code}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** One run of promtool over the series of all these cases; `clusters` is a pattern of those that a case is about. */
function testFile(cases: readonly (AlertCase & { readonly clusters?: string })[]) {
  const [first] = cases;
  const files = ruleFiles().filter((file) => file.name !== first?.without);
  const series = Object.assign({}, ...cases.map((one) => one.series)) as Series;
  return {
    rule_files: files.map(({ path }) => path),
    evaluation_interval: `${first?.every ?? 1}m`,
    group_eval_order: files.flatMap(({ content }) => content.groups.map((group) => group.name)),
    tests: [
      {
        name: cases.map(({ name, clusters = '' }) => `${name} ${clusters}`.trim()).join('; '),
        interval: '1m',
        input_series: Object.entries(series).map(([selector, values]) => ({ series: selector, values })),
        alert_rule_test: cases
          .flatMap(({ says }) => says ?? [])
          .map(({ minute, alert, labels, annotations }) => ({
            eval_time: `${minute}m`,
            alertname: `RocketmqLag${alert}`,
            exp_alerts: [{ exp_labels: labels, exp_annotations: annotations }],
          })),
        promql_expr_test: cases.flatMap(firingAt),
      },
    ],
  };
}

function firingAt({ at, clusters }: AlertCase & { readonly clusters?: string }) {
  const of = clusters === undefined ? '' : `, rocketmqClusterName=~"${clusters}"`;
  return Object.entries(at).map(([minute, firing]) => ({
    expr: `count by (alertname${firing.some((alert) => alert.includes('{')) ? ', consumerGroup, broker' : ''}) (ALERTS{alertstate="firing"${of}})`,
    eval_time: `${minute}m`,
    exp_samples: [...new Set(firing)].map((alert) => ({
      labels: alert.replace(/^(\w+)\{?(.*?)\}?$/, '{alertname="RocketmqLag$1",$2}'),
      value: firing.filter((other) => other === alert).length,
    })),
  }));
}
