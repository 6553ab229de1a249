/** A point on the monotonic clock after which nothing waits any more. */
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

/** Whichever of two deadlines comes first. */
export function earlierOf(one: Deadline, other: Deadline): Deadline {
  return {
    remainingMs: () => Math.min(one.remainingMs(), other.remainingMs()),
    earlierBy: (ms) => earlierOf(one.earlierBy(ms), other.earlierBy(ms)),
  };
}
