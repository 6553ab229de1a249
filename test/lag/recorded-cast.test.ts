import { describe, expect, test } from 'vitest';
import { aggregate } from '../../src/lag/aggregate.ts';
import { recordedCast } from '../support/recorded-cast.ts';

/** Groups whose health is known by their clients' own logs. */
const CAST: Record<string, string> = {
  'g_h1 t_h1': 'catching-up',
  'g_h2 t_h2': 'catching-up',
  'g_h3 t_h3': 'catching-up',
  'g_h4 t_h1': 'catching-up',
  'g_h4 t_h2': 'catching-up',
  'g_many t_many': 'catching-up',
  'g_some t_some': 'catching-up',
  'g_lite t_h2': 'catching-up',
  'g_filter t_h1': 'catching-up',
  'g_filterC t_h1': 'catching-up',
  'g_slow t_slow': 'saturated',
  'g_batch t_batch': 'saturated',
  'g_ord1 t_ord1': 'saturated',
  'g_ordp t_ordp': 'saturated',
  'g_long t_long': 'saturated',
  'g_block t_block': 'blocked',
  'g_half t_half': 'blocked',
  'g_fail t_fail': 'failing',
  'g_poison t_poison': 'stuck-queue',
  'g_pause t_pause': 'starved',
  'g_off t_off': 'nobody-online',
  'g_mix t_mix': 'subscriptions-differ',
  'g_dup t_dup': 'duplicate-client-id',
};

function reasonsIn(recording: string) {
  const { readings, now } = recordedCast(recording);
  const report = aggregate(readings, now);
  const reasons = new Map(
    report.reasons.map(({ topic, consumerGroup, reason, because }) => [`${consumerGroup} ${topic}`, { reason, because }]),
  );
  return { report, reasons };
}

const subscriptionIn = (recording: string, group: string) =>
  reasonsIn(recording).report.subscriptions.find(({ topic, consumerGroup }) => `${consumerGroup} ${topic}` === group);

/** The reasons that a recording shows of the cast, without groups that have no backlog in it. */
function castIn(recording: string): Record<string, string> {
  const { reasons } = reasonsIn(recording);
  return Object.fromEntries(Object.keys(CAST).flatMap((group) => (reasons.has(group) ? [[group, reasons.get(group)?.reason ?? '']] : [])));
}

const KNOWN = '2.1.0.known-cast-with-traffic-5.5.1';

describe('a recorded cast under traffic', () => {
  test('1. each group has its true reason', () => {
    expect(castIn(KNOWN)).toEqual(CAST);
  });

  test.each([
    // Its queues are read from the broker that is left, and the healthy one of the two owns these.
    ['2.1.0.broker-killed-no-slave', 'a broker is gone', {}],
    ['2.1.0.before-after-deletion-delay-shrinks', 'messages were deleted before they were consumed', {}],
    ['2.1.0.pop-client-blocked-looks-idle', 'there is less traffic', {}],
  ])('2. %s: also while %s', (recording, _what, others) => {
    const cast = castIn(recording);
    expect(Object.keys(cast).length).toBeGreaterThan(10);
    expect(cast).toEqual({ ...Object.fromEntries(Object.keys(cast).map((group) => [group, CAST[group]])), ...others });
  });

  test('3. the stuck queue is named, with its backlog, age and failures', () => {
    expect(reasonsIn(KNOWN).reasons.get('g_poison t_poison')?.because).toBe(
      'broker-a 1 of 192.0.2.2 21421 does not move, while its other queues do: 275 messages wait on it, and the last message consumed is 18 min old; failures: 1 a second',
    );
  });

  test('4. a queue whose consumed messages are deleted is stuck by the age of what its broker still has', () => {
    expect(reasonsIn('2.1.0.before-after-deletion-delay-shrinks').reasons.get('g_poison t_poison')?.because).toContain(
      'the last message consumed is older than 5 min',
    );
  });

  test('5. what helps a group that is busy: threads, processes, or nothing but queues', () => {
    const { reasons } = reasonsIn(KNOWN);
    expect(reasons.get('g_slow t_slow')?.because).toMatch(/100% busy: 2 threads, .*; more threads would help, and up to 7 more processes$/);
    expect(reasons.get('g_ordp t_ordp')?.because).toMatch(/more threads or processes would find no queue: .* the topic has 2 queues$/);
  });

  test('6. batches are busy at full batches and at batches of one alike', () => {
    const { report } = reasonsIn(KNOWN);
    expect(report.processes.find(({ consumerGroup }) => consumerGroup === 'g_batch')?.busyRatio).toBe(1);
  });

  test('7. no process is more than busy all the time', () => {
    for (const { busyRatio } of reasonsIn(KNOWN).report.processes) expect(busyRatio ?? 0).toBeLessThanOrEqual(1);
  });

  test('8. after a broker was frozen, a client that reconnected is no duplicate, whether its id has a nanotime or not', () => {
    const { reasons, report } = reasonsIn('2.1.0.broker-resumed-false-duplicate-client-ids');
    const duplicates = [...reasons].filter(([, { reason }]) => reason === 'duplicate-client-id').map(([group]) => group);
    expect(duplicates).toEqual(['g_dup t_dup']);
    expect(report.consistency.filter(({ duplicateClientIds }) => (duplicateClientIds ?? 0) > 0).map((one) => one.consumerGroup)).toEqual([
      'g_dup',
    ]);
    expect(reasons.get('g_half t_half')?.because).toMatch(/; 192\.0\.2\.2 12309 is connected 3 times since it reconnected$/);
  });

  test('9. a POP client whose only thread has been in the listener since its start is blocked', () => {
    const { reasons, report } = reasonsIn('2.1.0.pop-client-blocked-looks-idle');
    expect(reasons.get('g_popb t_popb')).toMatchObject({ reason: 'blocked', because: expect.stringContaining('holds 256 messages') });
    const [process] = report.processes.filter(({ consumerGroup }) => consumerGroup === 'g_popb');
    expect(process).toMatchObject({ busyRatio: null });
    expect(process?.topics.find(({ topic }) => topic === 't_popb')).toMatchObject({ cachedMessages: 256, idleSeconds: null });
  });

  test('10. the delay is unknown in the tick in which consumed messages are deleted, and known before', () => {
    expect(subscriptionIn('2.1.0.before-after-deletion-delay-shrinks', 'g_off t_off')).toMatchObject({ delaySeconds: null });
    expect(subscriptionIn(KNOWN, 'g_off t_off')?.delaySeconds).toBeCloseTo(1149, 0);
  });

  test('11. a hot queue is told beside any other reason', () => {
    const { readings, now } = recordedCast(KNOWN);
    const earlier = aggregate(readings, now - 15 * 60_000);
    const poison = earlier.reasons.find(({ consumerGroup, topic }) => consumerGroup === 'g_poison' && topic === 't_poison');
    expect(poison?.because).toContain('; broker-a 1 holds 98% of it');
  });
});
