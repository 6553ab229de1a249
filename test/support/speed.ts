/** How long the work below takes on two quiet cores, in ms. */
const QUIET_MS = 50;
/** A machine that was busy is so for a while. */
const FRESH_MS = 5_000;

let measured = { at: Number.NEGATIVE_INFINITY, slowness: 1 };

/** A time of a quiet machine, in ms, as long as this machine needs for the same at this moment: for deadlines that a test sets. */
export function scaled(ms: number): number {
  if (performance.now() - measured.at > FRESH_MS) measured = { at: performance.now(), slowness: Math.max(1, measure() / QUIET_MS) };
  return Math.ceil(ms * measured.slowness);
}

function measure(): number {
  const begun = performance.now();
  for (let turn = 0; turn < 60; turn += 1) JSON.parse(JSON.stringify(Array.from({ length: 1000 }, (_, key) => ({ key, name: `n${key}` }))));
  return performance.now() - begun;
}
