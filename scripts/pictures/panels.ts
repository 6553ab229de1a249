import { type Board, choose, type Panel } from '../../test/support/board.ts';
import type { Past, RangeSeries } from './past.ts';

export interface Line {
  readonly name: string;
  /** One for each step; null where there is none. */
  readonly values: readonly (number | null)[];
}

/** What Prometheus answers to the queries of one panel. */
export type PanelData =
  | { readonly kind: 'row' }
  | { readonly kind: 'stats'; readonly stats: readonly { readonly name: string; readonly value: number }[] }
  | { readonly kind: 'table'; readonly columns: readonly string[]; readonly rows: readonly (readonly (string | number)[])[] }
  | { readonly kind: 'lines'; readonly lines: readonly Line[] };

export interface DrawnBoard {
  readonly panels: readonly { readonly panel: Panel; readonly data: PanelData }[];
  /** Epoch seconds of each step. */
  readonly times: readonly number[];
  /** When alerts began to fire, in epoch seconds. */
  readonly annotations: readonly number[];
}

const VALUE = 'Value';

/** Asks Prometheus what each panel asks, everything chosen. */
export async function askPanels(board: Board, past: Past): Promise<DrawnBoard> {
  const { range, prometheus } = past;
  const times = Array.from(
    { length: Math.round((range.end - range.start) / range.step) + 1 },
    (_, step) => range.start + step * range.step,
  );
  const panels = [];
  for (const panel of board.panels) panels.push({ panel, data: await ask(panel, past, times) });
  const firing = await Promise.all(board.annotations.list.map(({ expr }) => prometheus.queryRange(choose(expr), range)));
  const begins = firing.flat().flatMap((series) => beginsOf(series, range.step));
  return { panels, times, annotations: [...new Set(begins)].sort((a, b) => a - b) };
}

async function ask(panel: Panel, { prometheus, range }: Past, times: readonly number[]): Promise<PanelData> {
  const targets = (panel.targets ?? []).map(({ expr, legendFormat }) => ({ expr: choose(expr), legendFormat }));
  if (panel.type === 'row') return { kind: 'row' };
  if (panel.type === 'stat') {
    const answers = await Promise.all(
      targets.map(async ({ expr, legendFormat }) =>
        (await prometheus.query(expr, range.end)).map(({ labels, value }) => ({ name: legend(legendFormat, labels), value })),
      ),
    );
    return { kind: 'stats', stats: answers.flat() };
  }
  if (panel.type === 'table') {
    const [{ expr } = { expr: '' }, ...more] = targets;
    if (more.length > 0) throw new Error(`the table "${panel.title}" has more than one query: that is not drawn yet`);
    return table(panel, await prometheus.query(expr, range.end));
  }
  if (panel.type !== 'timeseries') throw new Error(`"${panel.title}" is a ${panel.type}: that is not drawn yet`);
  const answers = await Promise.all(
    targets.map(async ({ expr, legendFormat }) =>
      (await prometheus.queryRange(expr, range)).map(({ labels, values }) => {
        const at = new Map(values.map(([time, value]) => [Math.round(time), value]));
        return { name: legend(legendFormat, labels), values: times.map((time) => at.get(Math.round(time)) ?? null) };
      }),
    ),
  );
  return { kind: 'lines', lines: answers.flat() };
}

function table(panel: Panel, series: readonly { labels: Record<string, string>; value: number }[]): PanelData {
  const excluded = Object.assign({}, ...(panel.transformations ?? []).map(({ options }) => options.excludeByName));
  const labels = [...new Set(series.flatMap((each) => Object.keys(each.labels)))].filter((name) => !excluded[name]);
  const columns = [...labels.sort(), VALUE];
  const rows = series.map((each) => columns.map((name) => (name === VALUE ? each.value : (each.labels[name] ?? ''))));
  for (const { displayName, desc } of panel.options?.sortBy ?? []) {
    const column = columns.indexOf(displayName);
    rows.sort((a, b) => compare(a[column], b[column]) * (desc ? -1 : 1));
  }
  return { kind: 'table', columns, rows };
}

function compare(a: string | number = '', b: string | number = ''): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b));
}

function legend(format: string, labels: Readonly<Record<string, string>>): string {
  return format
    .replace(/\{\{\s*(\w+)\s*\}\}/g, (_all, name: string) => labels[name] ?? '')
    .replace(/\s+/g, ' ')
    .trim();
}

/** The times at which a series is there, and was not a step before. */
function beginsOf({ values }: RangeSeries, step: number): number[] {
  return values.flatMap(([time], index) => (index === 0 || time - (values[index - 1]?.[0] ?? 0) > step * 1.5 ? [Math.round(time)] : []));
}
