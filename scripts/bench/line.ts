type Points = readonly (readonly [x: number, y: number])[];

/** The slope of the line of least squares. */
export function slope(points: Points): number {
  const { xy, xx } = squares(points);
  return xy / xx;
}

/** How much of the differences in y that line explains, 0 to 1 (R²). */
export function straightness(points: Points): number {
  const { xy, xx, yy } = squares(points);
  return xy ** 2 / (xx * yy);
}

function squares(points: Points) {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanX, meanY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const sum = (of: (x: number, y: number) => number) => points.reduce((total, [x, y]) => total + of(x - meanX, y - meanY), 0);
  return { xy: sum((x, y) => x * y), xx: sum((x) => x * x), yy: sum((_, y) => y * y) };
}
