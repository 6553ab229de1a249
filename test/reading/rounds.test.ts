import { afterEach, describe, expect, test, vi } from 'vitest';
import { NoAnswerError } from '../../src/http/client.ts';
import {
  allOrFirstError,
  askAllWithRetry,
  askWithoutRetry,
  askWithRetry,
  type FailureClass,
  type RetryOptions,
  startAdaptiveLimit,
} from '../../src/reading/retry.ts';
import {
  classifyFailure,
  LoginError,
  RefusedError,
  retryAfterOf,
  StatusError,
  WireError,
} from '../../src/reading/rocketmq-console/answers.ts';
import { timeLeft } from '../support/ticks.ts';

const reset = () => new NoAnswerError('connection', 'reset');
const timeOver = () => new NoAnswerError('deadline', 'the time was over');

const PLENTY: RetryOptions = { limit: startAdaptiveLimit(8), deadline: timeLeft(60_000), now: 0, classify: classifyFailure };

/** A jitter that leaves hardly a wait, for tests of other things. */
const shortest = () => vi.spyOn(Math, 'random').mockReturnValue(-0.499);
afterEach(() => void vi.restoreAllMocks());

/** Answers each item from its list of outcomes, one a round; gives what was asked, in order. */
function script(outcomes: Record<string, (Error | string)[]>) {
  const asked: string[] = [];
  const ask = async (item: string) => {
    asked.push(item);
    const next = outcomes[item]?.shift() ?? 'late';
    if (next instanceof Error) throw next;
    return next;
  };
  return { asked, ask };
}

describe('what is asked again', () => {
  const CASES: [what: string, times: number, error: Error][] = [
    ['a lost connection', 3, reset()],
    ['a timeout', 3, new NoAnswerError('timeout', 'x')],
    ['a 500', 3, new StatusError(500, 'x')],
    ['a 499', 1, new StatusError(499, 'x')],
    ['a 408', 4, new StatusError(408, 'x')],
    ['a 425', 4, new StatusError(425, 'x')],
    ['a 429', 4, new StatusError(429, 'x')],
    ['a 429 that asks to wait until tomorrow', 1, new StatusError(429, 'x', 86_400_000)],
    ['a broker out of reach', 3, new RefusedError('RemotingConnectException: connect to 192.0.2.1 failed')],
    ['any other refusal', 1, new RefusedError('CODE: 17 No topic route info')],
    ['the end of the time', 1, timeOver()],
    ['a bad certificate', 1, new NoAnswerError('tls', 'x')],
    ['too large an answer', 1, new NoAnswerError('too-large', 'x')],
    ['what is no answer', 1, new WireError('x')],
    ['a failure of our own', 1, new TypeError('x')],
  ];
  test.each(CASES)('%s: in all %i times', async (_what, times, error) => {
    shortest();
    const { asked, ask } = script({ a: [error, error, error, 'a fourth time'], b: ['fine'] });
    const outcomes = await askAllWithRetry(['a', 'b'], ask, PLENTY);
    if (times === 4) return expect(outcomes.get('a')).toEqual({ ok: true, answer: 'a fourth time' });
    expect(asked).toEqual(['a', 'b', ...Array(times - 1).fill('a')]);
    expect(outcomes.get('b')).toEqual({ ok: true, answer: 'fine' });
    const kind = 'kind' in error ? error.kind : 'internal';
    expect(outcomes.get('a')).toMatchObject({
      ok: false,
      reached: times !== 1 || kind !== 'deadline',
      failure: { kind, message: error.message },
    });
  });
});

describe('the outcome of an item', () => {
  test('is its answer, however often it failed before; each answer is told of', async () => {
    shortest();
    const progress = { expect: vi.fn(), answered: vi.fn() };
    const { asked, ask } = script({ a: [reset(), reset(), 'third'], b: [reset(), 'second'], c: ['first'] });
    const outcomes = await askAllWithRetry(['a', 'b', 'c'], ask, { ...PLENTY, progress });
    expect(Object.fromEntries(outcomes)).toEqual({
      a: { ok: true, answer: 'third' },
      b: { ok: true, answer: 'second' },
      c: { ok: true, answer: 'first' },
    });
    expect(asked).toEqual(['a', 'b', 'c', 'a', 'b', 'a']);
    expect(progress.expect.mock.calls).toEqual([[3]]);
    expect(progress.answered).toHaveBeenCalledTimes(3);
  });

  test('is what went wrong last, but not that the time was over', async () => {
    shortest();
    const { ask } = script({ a: [reset(), new StatusError(500, 'busy'), timeOver()], b: [reset(), timeOver()] });
    const outcomes = await askAllWithRetry(['a', 'b'], ask, PLENTY);
    expect(outcomes.get('a')).toMatchObject({ ok: false, reached: true, failure: { kind: 'server-error', message: 'busy' } });
    expect(outcomes.get('b')).toMatchObject({ ok: false, reached: true, failure: { kind: 'connection', message: 'reset' } });
  });

  test('is there without any wait where all have answered', async () => {
    const remainingMs = vi.fn(() => 0);
    await askAllWithRetry(['a'], script({ a: ['first'] }).ask, { ...PLENTY, deadline: { ...PLENTY.deadline, remainingMs } });
    expect(remainingMs).not.toHaveBeenCalled();
  });

  test('of nothing is nothing', async () => {
    expect((await askAllWithRetry([], script({}).ask, PLENTY)).size).toBe(0);
  });
});

test('a refused login ends it: nothing more is asked, and it is thrown', async () => {
  const refused = new LoginError('who are you?');
  const { asked, ask } = script({ a: [reset()], b: [refused] });
  await expect(askAllWithRetry(['a', 'b', 'c'], ask, { ...PLENTY, limit: startAdaptiveLimit(1) })).rejects.toBe(refused);
  expect(asked).toEqual(['a', 'b']);
});

describe('a server that is away', () => {
  const refused = () => new NoAnswerError('connection', 'refused', 'ECONNREFUSED');
  const busy = () => new RefusedError('java.util.NoSuchElementException: Timeout waiting for idle object');

  const AWAY: [what: string, error: () => Error][] = [
    ['nothing listens', refused],
    ['a proxy in front of it says so', () => new StatusError(503, 'Service Unavailable')],
  ];
  test.each(AWAY)('is waited for while there is time, by one request at a time: %s', async (_what, error) => {
    shortest();
    const { asked, ask } = script({
      a: [error(), ...Array.from({ length: 6 }, error), 'back'],
      b: [error(), 'back'],
      c: [error(), 'back'],
    });
    const outcomes = await askAllWithRetry(['a', 'b', 'c'], ask, PLENTY);
    expect(asked).toEqual(['a', 'b', 'c', ...Array(7).fill('a'), 'b', 'c']);
    expect([...outcomes.values()].map(({ ok }) => ok)).toEqual([true, true, true]);
  });

  test('is given up when the time is over, and every item says why', async () => {
    shortest();
    const left = [60_000, 45_000, 1];
    const kept: number[] = [];
    const patience = { ...timeLeft(0), remainingMs: () => left.shift() ?? 0 };
    const deadline = {
      ...timeLeft(60_000),
      earlierBy: (ms: number) => {
        kept.push(ms);
        return patience;
      },
    };
    const { asked, ask } = script({ a: Array.from({ length: 9 }, refused), b: Array.from({ length: 9 }, refused) });
    const outcomes = await askAllWithRetry(['a', 'b'], ask, { ...PLENTY, deadline });
    expect(asked).toEqual(['a', 'b', 'a', 'a']);
    // A quarter of the time is left for what is asked afterwards.
    expect(kept).toEqual([15_000]);
    for (const item of ['a', 'b']) expect(outcomes.get(item)).toMatchObject({ ok: false, reached: true, failure: { message: 'refused' } });
  });

  test('is not what a proxy says of one item among others', async () => {
    shortest();
    const unavailable = () => new StatusError(503, 'Service Unavailable');
    const { asked, ask } = script({ a: Array.from({ length: 9 }, unavailable), b: ['fine'], c: ['fine'] });
    expect((await askAllWithRetry(['a', 'b', 'c'], ask, PLENTY)).get('a')).toMatchObject({ ok: false, failure: { kind: 'server-error' } });
    expect(asked).toEqual(['a', 'b', 'c', 'a', 'a']);
  });

  test('is not what one item says while others are answered', async () => {
    shortest();
    const { asked, ask } = script({ a: [refused(), 'fine'], b: [reset(), 'fine'], c: ['fine'] });
    await askAllWithRetry(['a', 'b', 'c'], ask, PLENTY);
    expect(asked).toEqual(['a', 'b', 'c', 'a', 'b']);
  });

  test('and one that is out of clients of its own is asked again while there is time, each item', async () => {
    shortest();
    const { asked, ask } = script({ a: [busy(), busy(), busy(), busy(), 'fine'], b: [busy(), 'fine'] });
    const outcomes = await askAllWithRetry(['a', 'b'], ask, PLENTY);
    expect(asked).toEqual(['a', 'b', 'a', 'b', 'a', 'a', 'a']);
    expect([...outcomes.values()].map(({ ok }) => ok)).toEqual([true, true]);
  });
});

describe('the order', () => {
  test('is another one from minute to minute, of whatever is asked', async () => {
    const items = ['a', 'b', 'c', 'd', 'e', 'f'];
    const firsts = new Set<string>();
    for (let minute = 0; minute < 12; minute += 1) {
      const { asked, ask } = script({});
      await askAllWithRetry(items, ask, { ...PLENTY, now: minute * 60_000 });
      expect(asked.toSorted()).toEqual(items);
      firsts.add(asked[0] ?? '');
    }
    expect([...firsts].sort()).toEqual(items);
  });
});

describe('the wait before asking again', () => {
  // [the jitter, the time left, rounds that there is time for]; each wait must leave something of the time.
  const CASES: [random: number, leftMs: number[], rounds: number][] = [
    [0, [200], 1],
    [0, [201, 400], 2],
    [0, [201, 401], 3],
    [0.25, [300], 1],
    [0.25, [301, 600], 2],
    [0.999, [599], 1],
  ];
  test.each(CASES)('with jitter %d and %j ms left there are %i rounds', async (random, leftMs, rounds) => {
    vi.spyOn(Math, 'random').mockReturnValue(random);
    const left = [...leftMs];
    const deadline = { ...timeLeft(0), remainingMs: () => left.shift() ?? 0 };
    const { asked, ask } = script({ a: [reset(), reset(), reset()] });
    expect((await askAllWithRetry(['a'], ask, { ...PLENTY, deadline })).get('a')).toMatchObject({ ok: false, reached: true });
    expect(asked).toHaveLength(rounds);
  });
});

describe('one question', () => {
  const once = (...outcomes: (Error | string)[]) => {
    shortest();
    const { asked, ask } = script({ it: outcomes });
    return { asked, answer: askWithRetry(() => ask('it'), PLENTY) };
  };

  test('gives its answer', async () => {
    await expect(once(reset(), 'yes').answer).resolves.toBe('yes');
  });

  test('throws what went wrong last, as it was', async () => {
    const last = new StatusError(500, 'busy');
    await expect(once(reset(), reset(), last).answer).rejects.toBe(last);
  });

  test('throws that the time was over only where nothing went wrong before', async () => {
    const [first, over] = [reset(), timeOver()];
    await expect(once(first, over).answer).rejects.toBe(first);
    await expect(once(over).answer).rejects.toBe(over);
  });
});

describe('a server under strain', () => {
  const ALL: FailureClass[] = ['slow', 'busy', 'away', 'unavailable', 'passing', 'final'];

  test('is what times out or has no client of its own left, and nothing else', async () => {
    shortest();
    for (const failureClass of ALL) {
      const slowDown = vi.fn();
      const limit = { ...startAdaptiveLimit(8), slowDown };
      const { ask } = script({ a: [reset()] });
      await askAllWithRetry(['a'], ask, { ...PLENTY, limit, classify: () => failureClass });
      expect([failureClass, slowDown.mock.calls.length]).toEqual([
        failureClass,
        failureClass === 'slow' || failureClass === 'busy' ? 1 : 0,
      ]);
    }
  });
});

describe('a question without a retry', () => {
  test('gives its answer, or why there is none', async () => {
    expect(await askWithoutRetry(async () => 7, PLENTY)).toEqual({ ok: true, answer: 7 });
    expect(await askWithoutRetry(() => Promise.reject(reset()), PLENTY)).toMatchObject({
      ok: false,
      reached: true,
      failure: { message: 'reset' },
    });
    expect(await askWithoutRetry(() => Promise.reject(timeOver()), PLENTY)).toMatchObject({ ok: false, reached: false });
  });

  test('throws only what ends everything', async () => {
    const refused = new LoginError('refused');
    await expect(askWithoutRetry(() => Promise.reject(refused), { ...PLENTY, classify: () => 'fatal' })).rejects.toBe(refused);
  });
});

test('several at once: all have ended before one failure is thrown', async () => {
  expect(await allOrFirstError(Promise.resolve(1), Promise.resolve('b'))).toEqual([1, 'b']);
  let ended = false;
  const slow = new Promise<void>((resolve) => setTimeout(resolve, 20)).then(() => {
    ended = true;
  });
  await expect(allOrFirstError(Promise.reject(reset()), slow)).rejects.toThrow('reset');
  expect(ended).toBe(true);
});

describe('a limiter in front of the console', () => {
  /** Answers 100 requests a second, twenty of them at once; the others are refused. */
  function startLimiter(retryAfterMs: number) {
    let tokens = 20;
    let filledAt = performance.now();
    let refused = 0;
    const ask = async (item: number) => {
      const now = performance.now();
      tokens = Math.min(20, tokens + (now - filledAt) / 10);
      filledAt = now;
      if (tokens < 1) {
        refused += 1;
        throw new StatusError(429, 'too many', retryAfterMs);
      }
      tokens -= 1;
      return item;
    };
    return { ask, refused: () => refused };
  }

  test('gets no request while it asks to wait, and in the end every topic is read', async () => {
    const { ask, refused } = startLimiter(100);
    const items = Array.from({ length: 150 }, (_, index) => index);
    const outcomes = await askAllWithRetry(items, ask, { ...PLENTY, limit: startAdaptiveLimit(16), deadline: timeLeft(30_000) });
    expect([...outcomes.values()].filter(({ ok }) => ok)).toHaveLength(150);
    // Without the waits each of the other 130 would be refused several times.
    expect(refused()).toBeLessThan(150);
  });

  test('that asks for longer than the time left is left alone; an error that says nothing pauses nobody', async () => {
    const late = new StatusError(503, 'x', 120_000);
    const outcomes = await askAllWithRetry(
      ['a', 'b'],
      async (item) => {
        if (item === 'a') throw late;
        return item;
      },
      PLENTY,
    );
    expect(outcomes.get('a')).toMatchObject({ ok: false, failureClass: 'final' });
    expect(outcomes.get('b')).toMatchObject({ ok: true });
  });
});

describe('how long a server asks to wait', () => {
  const DATE = 'Fri, 27 Nov 2026 10:00:00 GMT';
  test.each([
    [429, {}, 500],
    [503, {}, undefined],
    [429, { 'retry-after': '7' }, 7_000],
    [503, { 'retry-after': ' 0 ' }, 0],
    [503, { 'retry-after': 'Fri, 27 Nov 2026 10:00:20 GMT', date: DATE }, 20_000],
    [503, { 'retry-after': 'Fri, 27 Nov 2026 09:00:00 GMT', date: DATE }, 0],
    [503, { 'retry-after': 'Fri, 27 Nov 2026 10:00:20 GMT' }, undefined],
    [503, { 'retry-after': 'soon', date: DATE }, undefined],
  ])('%i with %j', (status, headers, expected) => {
    expect(retryAfterOf({ status, headers })).toBe(expected);
  });
});
