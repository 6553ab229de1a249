import Table from 'cli-table3';

/** Prints a titled table; numbers stand right. */
export function print(title: string, head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  const table = new Table({
    head: [...head],
    style: { head: [], border: [], compact: true },
    colAligns: head.map((_, column) => (rows.every((row) => /^[-\d]/.test(String(row[column] ?? '0'))) ? 'right' : 'left')),
  });
  table.push(...rows.map((row) => row.map(String)));
  console.log(`\n${title}\n${table.toString()}`);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

/** `median (least to most)`. */
export function spread(values: readonly number[], digits = 0): string {
  const [least, most] = [Math.min(...values), Math.max(...values)].map((value) => value.toFixed(digits));
  return `${median(values).toFixed(digits)} (${least} to ${most})`;
}

/** The median of the ratios of pairs that were measured next to each other: what slows both does not show. */
export function pairedRatio(over: readonly number[], under: readonly number[]): number {
  return median(over.map((value, index) => value / (under[index] ?? Number.NaN)));
}
