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

/** A time in words for a person: "250 ms", "7 s", "3 min". */
export function span(seconds: number): string {
  const milliseconds = Math.round(seconds * 1000);
  if (milliseconds < 1) return 'less than 1 ms';
  if (milliseconds < 1000) return `${milliseconds} ms`;
  if (seconds < 10) return `${Number(seconds.toPrecision(2))} s`;
  if (seconds < 2 * 60) return `${Math.floor(seconds)} s`;
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 2 * 86_400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} d`;
}
