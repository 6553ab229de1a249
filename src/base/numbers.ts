/** Sums over values of which some are unknown. Null is unknown, and never counts as 0. */

export function knownValues<T>(values: readonly (T | null)[]): T[] {
  return values.filter((value) => value !== null);
}

/** The sum of all values; 0 where there is none. */
export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The sum of the values that are known; null where none is. */
export function sumOfKnown(values: readonly (number | null)[]): number | null {
  const known = knownValues(values);
  return known.length === 0 ? null : sum(known);
}

/** The largest of the values that are known; null where none is. */
export function largestKnown(values: readonly (number | null)[]): number | null {
  const known = knownValues(values);
  return known.length === 0 ? null : known.reduce((largest, value) => Math.max(largest, value));
}
