// Runs in the page of the board: draws each chart where its panel left room for it.
import uPlot from 'uplot';
import { inUnit } from './units.ts';

const FONT = '11px "DejaVu Sans", Verdana, sans-serif';
/** Steps of an axis in seconds that are round in minutes, hours or days as well. */
const DURATIONS = [0.001, 0.01, 0.05, 0.1, 0.2, 0.5, 1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 14400, 28800, 86400];
const GRID = { stroke: '#26282e', width: 1 };
const AXIS = { stroke: '#9d9dac', font: FONT, grid: GRID, ticks: { show: false } };

for (const { id, unit, width, height, lines } of BOARD.charts) {
  const series = lines.map(({ color }) => ({ stroke: color, width: 1.3, points: { show: isAlone, size: 4, fill: color } }));
  new uPlot(
    {
      width,
      height,
      legend: { show: false },
      cursor: { show: false },
      padding: [6, 18, 0, 0],
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
      scales: { y: { range: (_chart, low, high) => [Math.min(0, low * 1.05), high > 0 ? high * 1.08 : low < 0 ? 0 : 1] } },
      axes: [
        { ...AXIS, size: 20, gap: 3, space: 60, values: '{HH}:{mm}' },
        {
          ...AXIS,
          size: 62,
          gap: 4,
          space: 24,
          ...(unit === 's' && { incrs: DURATIONS }),
          values: (_chart, splits) => splits.map((value) => inUnit(value, unit)),
        },
      ],
      series: [{}, ...series],
      hooks: { drawClear: [drawAnnotations] },
    },
    [BOARD.times, ...lines.map(({ values }) => values)],
    document.getElementById(id),
  );
}

/** Points are drawn for values that have no neighbour to be joined with. */
function isAlone(chart, index) {
  const values = chart.data[index];
  return values.some((value, at) => value !== null && (values[at - 1] ?? null) === null && (values[at + 1] ?? null) === null);
}

/** A line where alerts began to fire, as the board's annotation shows them. */
function drawAnnotations(chart) {
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.strokeStyle = 'rgba(242, 73, 92, 0.35)';
  ctx.setLineDash([4, 4]);
  for (const time of BOARD.annotations) {
    const x = chart.valToPos(time, 'x', true);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}
