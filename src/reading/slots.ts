import pLimit from 'p-limit';

/** Bounds the requests in flight, and lowers the bound while the server is under strain. */
export interface AdaptiveLimit {
  run<A>(task: () => Promise<A>): Promise<A>;
  /** An answer timed out, or the server is out of clients of its own. */
  slowDown(): void;
  /** An answer was well. */
  recover(): void;
}

/** Beside so many requests a person's page on the same console still answers at once while its brokers do not. */
const STRAINED_CONCURRENCY = 4;
/** Good answers in a row after which the strain is taken to be over. */
const WELL_AFTER = 8;

export function startAdaptiveLimit(concurrency: number): AdaptiveLimit {
  const limit = pLimit(concurrency);
  let wellInARow = 0;
  return {
    run: (task) => limit(task),
    slowDown() {
      wellInARow = 0;
      limit.concurrency = Math.min(STRAINED_CONCURRENCY, concurrency);
    },
    recover() {
      wellInARow += 1;
      if (wellInARow >= WELL_AFTER && limit.concurrency < concurrency) limit.concurrency = concurrency;
    },
  };
}
