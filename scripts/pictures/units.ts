/** A value in the unit of its panel, as a board shows it. Axes in the page use this too. */
export function inUnit(value: number, unit: string | undefined): string {
  if (!Number.isFinite(value)) return String(value);
  if (unit === 's') return seconds(value);
  if (unit === 'percentunit') return `${short(value * 100)}%`;
  if (unit === 'cps') return `${short(value)} c/s`;
  if (unit === 'bool_yes_no') return value === 0 ? 'No' : 'Yes';
  return short(value);
}

function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e9) return `${digits(value / 1e9)} Bil`;
  if (size >= 1e6) return `${digits(value / 1e6)} Mil`;
  if (size >= 1e3) return `${digits(value / 1e3)} K`;
  return digits(value);
}

function seconds(value: number): string {
  const size = Math.abs(value);
  if (size >= 86_400) return `${digits(value / 86_400)} d`;
  if (size >= 3_600) return `${digits(value / 3_600)} h`;
  if (size >= 60) return `${digits(value / 60)} min`;
  if (size > 0 && size < 1) return `${digits(value * 1_000)} ms`;
  return `${digits(value)} s`;
}

/** Three significant digits are enough to look at. */
function digits(value: number): string {
  return String(Number(value.toPrecision(Math.abs(value) >= 100 ? 4 : 3)));
}
