import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { type Board, type Panel, rowOf } from '../../test/support/board.ts';
import type { DrawnBoard, Line, PanelData } from './panels.ts';
import { inUnit } from './units.ts';

/** CSS pixels: a column and a line of the board's grid, and the space between two panels. */
const COLUMN = 43;
const LINE = 31;
const GAP = 7;
const HEADER = 98;
const MARGIN = 14;
const ROW_TITLE = 24;
const LEGEND_LINE = 15;
const LEGEND_LINES = 4;
const TABLE_LINES = 9;

export const PAGE_WIDTH = 24 * COLUMN + 2 * MARGIN - GAP;

const PALETTE =
  '73bf69 f2cc0c 8ab8ff ff780a f2495c 5794f2 b877d9 3d9a9c 37872d fade2a ffa6b0 8f3bb8 96d98d ffb357 1f60c4 ca95e5 c4162a c0d8ff a16a3e'
    .split(' ')
    .map((color) => `#${color}`);
const COLORS: Readonly<Record<string, string>> = { green: '#56903a', orange: '#d9730d', red: '#c4162a', blue: '#1f60c4' };

export interface Page {
  readonly html: string;
  readonly height: number;
}

export interface PageOptions {
  readonly board: Board;
  readonly drawn: DrawnBoard;
  /** The rows that are open; all of them where not given. */
  readonly open?: readonly string[];
  readonly caption: string;
}

/** A page that shows the board: its grid, titles, units, thresholds and legends. */
export async function boardPage({ board, drawn, open, caption }: PageOptions): Promise<Page> {
  const charts: object[] = [];
  const boxes: string[] = [];
  let top = HEADER;
  let bottom = HEADER;
  let rowTop = 0;
  const closed = new Map<string, number>();
  const unknown = open?.find((title) => !board.panels.some((panel) => panel.type === 'row' && panel.title === title));
  if (unknown !== undefined) throw new Error(`the board has no row "${unknown}" to show open`);
  const isOpen = (panel: Panel) => open === undefined || open.includes(rowOf(board, panel) ?? '');
  for (const { panel } of drawn.panels)
    if (panel.type !== 'row' && !isOpen(panel)) closed.set(rowOf(board, panel) ?? '', (closed.get(rowOf(board, panel) ?? '') ?? 0) + 1);
  for (const { panel, data } of drawn.panels) {
    const { x, y, w, h } = panel.gridPos;
    if (data.kind === 'row') {
      top = bottom;
      rowTop = y + h;
      bottom = top + ROW_TITLE + GAP;
      const count = closed.get(panel.title);
      const mark = count === undefined ? '▾' : '▸';
      const more = count === undefined ? '' : ` <i>(${count} panels)</i>`;
      boxes.push(`<h2 style="top:${top}px">${mark} ${escaped(panel.title)}${more}</h2>`);
      continue;
    }
    if (!isOpen(panel)) continue;
    const at = {
      left: MARGIN + x * COLUMN,
      top: top + ROW_TITLE + GAP + (y - rowTop) * LINE,
      width: w * COLUMN - GAP,
      height: h * LINE - GAP,
    };
    bottom = Math.max(bottom, at.top + at.height + GAP);
    boxes.push(
      `<section style="left:${at.left}px;top:${at.top}px;width:${at.width}px;height:${at.height}px"><h3>${escaped(panel.title)}</h3>${inside(panel, data, at, charts)}</section>`,
    );
  }
  const height = bottom + MARGIN;
  const uplot = createRequire(import.meta.url).resolve('uplot');
  const style = readFileSync(new URL('uPlot.min.css', `file://${uplot}`), 'utf8');
  const shared = { times: drawn.times, annotations: drawn.annotations, charts };
  const html = `<!doctype html><meta charset="utf-8"><style>${style}${STYLE}</style>
<header><h1>${escaped(board.title)}</h1><nav>${variables(board)}<b>Last 3 hours, UTC</b></nav><p>${escaped(caption)}</p></header>
${boxes.join('\n')}
<script>const BOARD = ${JSON.stringify(shared).replaceAll('<', '\\u003c')};</script><script>${await chartScript()}</script>`;
  return { html, height };
}

function variables({ templating }: Board): string {
  return templating.list
    .map(({ name, label }) => `<b>${escaped(label)} <em>${name === 'datasource' ? 'Prometheus' : 'All'}</em></b>`)
    .join('');
}

interface Place {
  readonly width: number;
  readonly height: number;
}

function inside(panel: Panel, data: PanelData, place: Place, charts: object[]): string {
  const unit = panel.fieldConfig?.defaults.unit;
  if (data.kind === 'stats') return stats(panel, data.stats);
  if (data.kind === 'table') return data.rows.length === 0 ? NO_DATA : table(data, unit);
  if (data.kind === 'row') return '';
  const lines = coloured(data.lines);
  if (lines.length === 0) return NO_DATA;
  const shown = Math.min(lines.length, LEGEND_LINES);
  const legendHeight = (shown + 1) * LEGEND_LINE + (lines.length > shown ? LEGEND_LINE : 0);
  const id = `chart${charts.length}`;
  charts.push({ id, unit, width: place.width - 16, height: place.height - 30 - legendHeight, lines });
  return `<div id="${id}"></div>${legend(lines, unit)}`;
}

const NO_DATA = '<p class="none">No data</p>';

type Coloured = Line & { readonly color: string; readonly last: number | null; readonly max: number };

/** In the order of the legend: the largest last value first. */
function coloured(lines: readonly Line[]): Coloured[] {
  return lines
    .map((line, index) => {
      const known = line.values.filter((value) => value !== null);
      return { ...line, color: PALETTE[index % PALETTE.length] ?? '', last: known.at(-1) ?? null, max: Math.max(...known) };
    })
    .sort((a, b) => (b.last ?? -Infinity) - (a.last ?? -Infinity));
}

function legend(lines: readonly Coloured[], unit: string | undefined): string {
  const rows = lines
    .slice(0, LEGEND_LINES)
    .map(
      ({ name, color, last, max }) =>
        `<tr><td><i style="background:${color}"></i>${escaped(name)}</td><td>${last === null ? '' : inUnit(last, unit)}</td><td>${inUnit(max, unit)}</td></tr>`,
    );
  const more = lines.length > LEGEND_LINES ? `<tr class="more"><td>… ${lines.length - LEGEND_LINES} more</td></tr>` : '';
  return `<table class="legend"><tr><th></th><th>Last * ▾</th><th>Max</th></tr>${rows.join('')}${more}</table>`;
}

function stats(panel: Panel, values: readonly { name: string; value: number }[]): string {
  const { unit, thresholds } = panel.fieldConfig?.defaults ?? {};
  const tiles = values.map(({ name, value }) => {
    const color = thresholds?.steps.findLast((step) => step.value === null || value >= step.value)?.color ?? 'green';
    return `<div style="background:${COLORS[color] ?? color}"><small>${escaped(name)}</small><strong>${inUnit(value, unit)}</strong></div>`;
  });
  return tiles.length === 0 ? NO_DATA : `<div class="stats">${tiles.join('')}</div>`;
}

function table({ columns, rows }: Extract<PanelData, { kind: 'table' }>, unit: string | undefined): string {
  const shown = rows.length > TABLE_LINES ? TABLE_LINES - 1 : TABLE_LINES;
  const cells = (row: readonly (string | number)[]) =>
    row.map((cell) => (typeof cell === 'number' ? `<td class="number">${inUnit(cell, unit)}</td>` : `<td>${escaped(cell)}</td>`)).join('');
  const more = rows.length > shown ? `<tr class="more"><td colspan="${columns.length}">… ${rows.length - shown} more</td></tr>` : '';
  const body = rows.slice(0, shown).map((row) => `<tr>${cells(row)}</tr>`);
  return `<table class="data"><tr>${columns.map((name) => `<th>${escaped(name)}</th>`).join('')}</tr>${body.join('')}${more}</table>`;
}

async function chartScript(): Promise<string> {
  const entry = fileURLToPath(new URL('charts.mjs', import.meta.url));
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, write: false, format: 'iife', minify: true });
  return (outputFiles[0]?.text ?? '').replaceAll('</script', '<\\/script');
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

const STYLE = `
body { margin: 0; background: #111217; color: #ccccdc; font: 12px "DejaVu Sans", Verdana, sans-serif; }
header { position: absolute; left: ${MARGIN}px; right: ${MARGIN}px; top: 10px; }
h1 { margin: 0 0 7px; font-size: 17px; font-weight: normal; }
nav { position: absolute; right: 0; top: 0; }
nav b { font-weight: normal; background: #181b1f; border: 1px solid #2f3137; border-radius: 2px; padding: 3px 7px; margin-left: 5px; font-size: 11px; }
nav em { color: #6e9fff; font-style: normal; }
header p { margin: 0; padding: 6px 9px; border-left: 3px solid #f2cc0c; background: #22252b; line-height: 17px; }
h2 { position: absolute; left: ${MARGIN}px; margin: 0; font-size: 14px; line-height: ${ROW_TITLE}px; font-weight: normal; }
h2 i { color: #8e8e9c; font-size: 12px; }
section { position: absolute; box-sizing: border-box; background: #181b1f; border: 1px solid #2a2d33; border-radius: 2px; padding: 3px 7px; overflow: hidden; }
h3 { margin: 0; font-size: 12.5px; line-height: 22px; font-weight: normal; color: #e4e4ee; white-space: nowrap; }
.none { margin: 0; position: absolute; inset: 45% 0 0; text-align: center; color: #8e8e9c; font-size: 14px; }
.stats { position: absolute; inset: 27px 7px 7px; display: flex; gap: 5px; }
.stats div { flex: 1; border-radius: 2px; color: #fff; text-align: center; display: flex; flex-direction: column; justify-content: center; gap: 8px; }
.stats small { font-size: 12.5px; } .stats strong { font-size: 27px; font-weight: normal; }
table { border-collapse: collapse; width: 100%; }
th { font-weight: normal; text-align: left; color: #6e9fff; }
td, th { padding: 0 6px 0 0; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.data td, .data th { font-size: 11px; line-height: 20px; border-bottom: 1px solid #2a2d33; }
.data .number, .data th:last-child { text-align: right; }
.legend { table-layout: fixed; }
.legend td, .legend th { font-size: 11px; line-height: ${LEGEND_LINE}px; }
.legend td + td, .legend th + th { width: 76px; text-align: right; }
.legend i { display: inline-block; width: 12px; height: 3px; margin: 0 6px 3px 2px; }
.more td { color: #8e8e9c; border: 0 !important; }
`;
