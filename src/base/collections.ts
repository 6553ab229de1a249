/** Items by key, in their order. (`Map.groupBy` needs a newer Node than a laptop may have.) */
export function groupBy<K, T>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/** Keeps what a function of an object gave, for as long as the object lives: rules ask the same of one client for each of its queues. */
export function memoized<O extends object, V>(compute: (object: O) => V): (object: O) => V {
  const values = new WeakMap<O, { readonly value: V }>();
  return (object) => {
    let kept = values.get(object);
    if (kept === undefined) {
      kept = { value: compute(object) };
      values.set(object, kept);
    }
    return kept.value;
  };
}
