/** A point on the monotonic clock. When it has passed, nothing waits any longer. */
export interface Deadline {
  /** Milliseconds left, never below 0. */
  remainingMs(): number;
  /** A deadline that is `ms` earlier than this one. */
  earlierBy(ms: number): Deadline;
}

export function deadlineIn(ms: number): Deadline {
  return deadlineAt(performance.now() + ms);
}

function deadlineAt(at: number): Deadline {
  return {
    remainingMs: () => Math.max(0, at - performance.now()),
    earlierBy: (ms) => deadlineAt(at - ms),
  };
}

/** A deadline that passes when the first of two passes. */
export function earlierOf(a: Deadline, b: Deadline): Deadline {
  return {
    remainingMs: () => Math.min(a.remainingMs(), b.remainingMs()),
    earlierBy: (ms) => earlierOf(a.earlierBy(ms), b.earlierBy(ms)),
  };
}
