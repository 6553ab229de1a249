import { readFileSync } from 'node:fs';

interface Source {
  readonly type: string;
  readonly uid: string;
}

interface Target {
  readonly expr: string;
  readonly legendFormat: string;
  readonly datasource: Source;
}

interface Step {
  readonly color: string;
  readonly value: number | null;
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: Source;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string; readonly thresholds?: { readonly steps: readonly Step[] } } };
  readonly targets?: readonly Target[];
  readonly options?: { readonly sortBy?: readonly { readonly displayName: string; readonly desc: boolean }[] };
  readonly transformations?: readonly { readonly options: { readonly excludeByName?: Readonly<Record<string, boolean>> } }[];
}

export interface Board {
  readonly __requires: readonly { readonly type: string; readonly id: string }[];
  readonly uid: string;
  readonly title: string;
  readonly panels: readonly Panel[];
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] };
  readonly templating: {
    readonly list: readonly {
      readonly name: string;
      readonly label: string;
      readonly datasource?: Source;
      readonly query: string | { readonly query: string };
    }[];
  };
}

export function board(): Board {
  return JSON.parse(readFileSync(new URL('../../monitoring/grafana/rocketmq-lag.json', import.meta.url), 'utf8')) as Board;
}

/** The board without one of its rows, and that row alone. */
export function withoutRow(whole: Board, title: string): Board {
  return { ...whole, panels: whole.panels.filter((panel) => rowOf(whole, panel) !== title) };
}
export function rowAlone(whole: Board, title: string): Board {
  return { ...whole, panels: whole.panels.filter((panel) => rowOf(whole, panel) === title) };
}

/** The title of the row that a panel, or the row itself, belongs to. */
export function rowOf({ panels }: Board, panel: Panel): string | undefined {
  return panels.findLast(({ type, gridPos }) => type === 'row' && gridPos.y <= panel.gridPos.y)?.title;
}

/** A query with these values for the board's variables; `.*` for those not given. */
export function choose(expr: string, chosen: Readonly<Record<string, string>> = {}): string {
  return expr.replace(/\$(cluster|topic|group)/g, (_all, name: string) => chosen[name] ?? '.*');
}

/** Every panel's queries, with these values for the board's variables. */
export function* promqlOf({ panels }: Board, chosen: Readonly<Record<string, string>> = {}): Generator<{ title: string; expr: string }> {
  for (const { title, targets = [] } of panels)
    for (const { expr } of targets)
      yield { title, expr: expr.replace(/\$(cluster|topic|group)/g, (_all, name: string) => chosen[name] ?? '.*') };
}

/** The variables that ask Prometheus for the values of a label: `label_values(selector, label)`. */
export function labelQueries({ templating }: Board): { name: string; selector: string; label: string }[] {
  return templating.list.flatMap(({ name, query }) => {
    const [, selector, label] = /^label_values\((.*), (\w+)\)$/s.exec(typeof query === 'string' ? query : query.query) ?? [];
    return selector === undefined || label === undefined ? [] : [{ name, selector: selector.replace(/\$\w+/g, '.*'), label }];
  });
}
