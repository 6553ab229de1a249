import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers/promises';
import type { Deadline } from '../../src/base/deadline.ts';

/** Time that passes only when nothing else can happen: a tick of a minute takes a millisecond. */
export interface VirtualTime {
  /** Milliseconds since the start. */
  now(): number;
  sleep(ms: number): Promise<void>;
  deadlineAt(at: number): Deadline;
  /** What the promise gives, as soon as it does. Throws where it waits for nothing. */
  run<A>(work: Promise<A>): Promise<A>;
}

const nextTurn = setImmediate;

export function startVirtualTime(): VirtualTime {
  let now = 0;
  let waiting: { at: number; wake: () => void }[] = [];
  const sleep = (ms: number) =>
    new Promise<void>((wake) => {
      waiting.push({ at: now + Math.max(0, ms), wake });
    });
  const deadlineAt = (at: number): Deadline => ({ remainingMs: () => Math.max(0, at - now), earlierBy: (ms) => deadlineAt(at - ms) });

  async function run<A>(work: Promise<A>): Promise<A> {
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    work.then(settle, settle);
    for (;;) {
      await new Promise((turn) => nextTurn(turn));
      if (isSettled) return await work;
      if (waiting.length === 0) throw new Error('stuck: nothing is in flight, and the work has not ended');
      now = waiting.reduce((first, { at }) => Math.min(first, at), Infinity);
      const due = waiting.filter(({ at }) => at <= now);
      waiting = waiting.filter(({ at }) => at > now);
      for (const { wake } of due) wake();
    }
  }

  return { now: () => now, sleep, deadlineAt, run };
}

/** Runs `work` with the process's own clocks replaced by a virtual time that `use` changes, and random numbers by `random`. */
export async function withVirtualClocks<A>(random: () => number, work: (use: (time: VirtualTime) => void) => Promise<A>): Promise<A> {
  let current = startVirtualTime();
  const real = { sleep: timers.setTimeout, now: performance.now, random: Math.random };
  timers.setTimeout = ((ms: number) => current.sleep(ms)) as typeof timers.setTimeout;
  performance.now = () => current.now();
  Math.random = random;
  syncBuiltinESMExports();
  try {
    return await work((time) => {
      current = time;
    });
  } finally {
    timers.setTimeout = real.sleep;
    performance.now = real.now;
    Math.random = real.random;
    syncBuiltinESMExports();
  }
}
