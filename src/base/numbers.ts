/** Sums of values, some of which may be unknown. Null is unknown, and never counts as 0. */

export function knownValues<T>(values: readonly (T | null)[]): T[] {
  return values.filter((value) => value !== null);
}

/** The sum of all values; 0 if there are none. */
export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** The sum of the known values; null if no value is known. */
export function sumOfKnown(values: readonly (number | null)[]): number | null {
  const numbers = knownValues(values);
  return numbers.length === 0 ? null : sum(numbers);
}

/** The largest known value; null if no value is known. */
export function largestKnown(values: readonly (number | null)[]): number | null {
  const numbers = knownValues(values);
  return numbers.length === 0 ? null : numbers.reduce((largest, value) => Math.max(largest, value));
}
