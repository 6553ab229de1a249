import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../scripts/servers/processes.ts';
import { obtainProgram } from '../../scripts/servers/servers.ts';
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
  /** The value of each series that a query gives at a minute, by its labels. */
  readonly asks?: readonly { readonly minute: number; readonly expr: string; readonly gives: Readonly<Record<string, number>> }[];
  /** A rule file that is not loaded. */
  readonly without?: string;
  /** Minutes between two evaluations, by default 1. A larger number speeds up a case that takes a day. */
  readonly every?: number;
  /** Cannot share a Prometheus with other cases: it has no cluster of its own. */
  readonly alone?: boolean;
}

/**
 * Runs the cases against the shipped rules in promtool; returns its output about the cases that fail, or ''. The time that
 * promtool takes depends on minutes and rules, hardly on series: so cases share a Prometheus, each with clusters and groups
 * of its own.
 */
export async function runPromtool(cases: readonly AlertCase[]): Promise<string> {
  const output = await promtool(['test', 'rules'], plan(cases).files);
  return output.replace(/case(\d+)-/g, (_, number: string) => `${names.get(Number(number))}: `);
}

function plan(cases: readonly AlertCase[]) {
  const shared = new Map<string, AlertCase[]>();
  const files: unknown[] = [];
  for (const one of cases) {
    if (mustBeAlone(one)) files.push(testFile([one]));
    else {
      const minutes = lastMinute(one);
      const key = `${one.every ?? 1} ${HORIZONS.find((horizon) => minutes <= horizon)}`;
      shared.set(key, [...(shared.get(key) ?? []), one]);
    }
  }
  for (const together of shared.values()) files.push(testFile(together));
  return { files };
}

/** In minutes. */
const HORIZONS = [30, 45, 60, 120, 300, 600, Number.POSITIVE_INFINITY];
const lastMinute = ({ at, asks = [], says }: AlertCase) =>
  Math.max(...Object.keys(at).map(Number), ...asks.map(({ minute }) => minute), says?.minute ?? 0);

/** Series of no cluster, which are the same in all cases that share a Prometheus. */
const isGlobal = (selector: string) => /^(up|pushgateway_\w+)\{/.test(selector);
const USUAL_GLOBALS: readonly string[] = ['up{job="pushgateway",instance="pg:9091"}'];

function mustBeAlone({ series, says, asks, without, alone }: AlertCase): boolean {
  if (alone || asks !== undefined || says !== undefined || without !== undefined) return true;
  const globals = Object.entries(series).filter(([selector]) => isGlobal(selector));
  const isUsual = ([selector, values]: readonly [string, string]) =>
    USUAL_GLOBALS.includes(selector) ? /^1x\d+$/.test(values) : /^(0\+2|7)x1500$/.test(values);
  return !globals.every(isUsual) || !Object.keys(series).some((selector) => selector.startsWith('rocketmq_tick_last_success'));
}

const names = new Map<number, string>();

/** The case with clusters of its own, and groups where their thresholds are not the default: no other case has them. */
function apart(one: AlertCase, number: number): AlertCase {
  names.set(number, one.name);
  const hasThresholds = Object.keys(one.series).some((selector) => selector.includes(':threshold:'));
  const group = hasThresholds ? `consumerGroup="case${number}-$1"` : '$&';
  const series = Object.entries(one.series).map(([selector, values]) => [
    selector.replace(/rocketmqClusterName="/, `rocketmqClusterName="case${number}-`).replace(/consumerGroup="([^"]+)"/, group),
    values,
  ]);
  return { ...one, series: Object.fromEntries(series) };
}

/** The labels of every alert that fires in each of so many minutes of these series, by the shipped rules. */
export async function firingAlerts(series: Series, minutes: number): Promise<Record<string, string>[][]> {
  const file = testFile([{ name: 'firing', series, at: { [minutes]: [] } }]);
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

/** On a machine that is busy with other work. */
const PROMTOOL_TIMEOUT_MS = 540_000;

async function promtool(command: readonly string[], contents: readonly unknown[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'promtool-'));
  try {
    const files = contents.map((content, index) => {
      const file = join(folder, `${index}.json`);
      writeFileSync(file, JSON.stringify(content));
      return file;
    });
    const { code, stdout, stderr } = await runCommand(obtainProgram('promtool'), [...command, ...files], {
      timeoutMs: PROMTOOL_TIMEOUT_MS,
      // Memory for time: it collects its garbage less often.
      env: { GOGC: '400' },
    });
    return code === 0 ? '' : `${stdout}${stderr}` || `promtool ended with ${code}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** One Prometheus with the series of all these cases; what fires is asked for each case. */
function testFile(cases: readonly AlertCase[]) {
  const [{ without, every = 1, says } = {} as AlertCase] = cases;
  const files = ruleFiles().filter((file) => file.name !== without);
  const isShared = cases.length > 1;
  const first = names.size;
  const renamed = isShared ? cases.map((one, index) => apart(one, first + index)) : cases;
  // Samples after the last question cost time to parse.
  const minutes = Math.max(...cases.map(lastMinute));
  const series = Object.assign({}, ...renamed.map((one) => one.series)) as Series;
  return {
    rule_files: files.map(({ path }) => path),
    evaluation_interval: `${every}m`,
    group_eval_order: files.flatMap(({ content }) => content.groups.map((group) => group.name)),
    tests: [
      {
        name: cases.map(({ name }) => name).join(', '),
        interval: '1m',
        input_series: Object.entries(series).map(([selector, values]) => ({
          series: selector,
          values: values.replace(/x1500$/, `x${minutes}`),
        })),
        ...(says && {
          alert_rule_test: [
            {
              eval_time: `${says.minute}m`,
              alertname: `RocketmqLag${says.alert}`,
              exp_alerts: [{ exp_labels: says.labels, exp_annotations: says.annotations }],
            },
          ],
        }),
        promql_expr_test: renamed.flatMap(({ at, asks = [] }, index) => [
          ...Object.entries(at).map(([minute, firing]) => firesAt(minute, firing, isShared ? first + index : undefined)),
          ...asks.map(({ minute, expr, gives }) => ({
            expr,
            eval_time: `${minute}m`,
            exp_samples: Object.entries(gives).map(([labels, value]) => ({ labels, value })),
          })),
        ]),
      },
    ],
  };
}

function firesAt(minute: string, firing: readonly string[], number: number | undefined) {
  const by = firing.some((alert) => alert.includes('{')) ? ', consumerGroup, broker' : '';
  const where = number === undefined ? '' : `,rocketmqClusterName=~"case${number}-.*"`;
  return {
    expr: `count by (alertname${by}) (ALERTS{alertstate="firing"${where}})`,
    eval_time: `${minute}m`,
    exp_samples: [...new Set(firing)].map((alert) => ({
      labels: alert.replace(/^(\w+)\{?(.*?)\}?$/, '{alertname="RocketmqLag$1",$2}'),
      value: firing.filter((other) => other === alert).length,
    })),
  };
}
