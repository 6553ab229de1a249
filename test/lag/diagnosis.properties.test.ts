import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aggregate } from '../../src/lag/aggregate.ts';
import type { ClientReading, GroupAnswer, GroupProcesses, QueueReading } from '../../src/lag/readings.ts';
import type { Reason } from '../../src/lag/report.ts';
import { anyProcesses, anyRows } from '../support/arbitrary-processes.ts';
import { anyReadings } from '../support/arbitrary-readings.ts';
import { asked, FAILED, SILENT, UNASKED } from '../support/processes.ts';
import { group, NOW, OFFLINE, online, readings, says, topic, UNKNOWN } from '../support/readings.ts';

const anyAnswer = fc.constantFrom<GroupAnswer>(says(null, OFFLINE), says(null, UNKNOWN), says('CLUSTERING', online(1)));

const reportOf = (rows: readonly QueueReading[], processes: GroupProcesses, answer: GroupAnswer) =>
  aggregate({ ...readings([topic('orders', group('g', ...rows))], { g: answer }), processes: asked(processes) }, NOW);
const reasonOf = (rows: readonly QueueReading[], processes: GroupProcesses, answer: GroupAnswer) =>
  reportOf(rows, processes, answer).reasons[0]?.reason;

/** What nobody needs to be woken for, and what says that nothing is known. */
const HARMLESS: readonly (Reason | undefined)[] = ['catching-up', 'unknown', undefined];

const shuffled = <T>(items: readonly T[]) => fc.shuffledSubarray([...items], { minLength: items.length });
const withAnswer = (client: ClientReading, answer: ClientReading['answer']): ClientReading => ({ ...client, answer });

describe('whatever processes say', () => {
  test('the order in which queues and clients come does not matter', async () => {
    const any = fc
      .tuple(anyRows, anyProcesses, anyAnswer)
      .chain(([rows, processes, answer]) =>
        fc.tuple(fc.constant({ rows, processes, answer }), shuffled(rows), shuffled(processes.clients)),
      );
    fc.assert(
      fc.property(any, ([{ rows, processes, answer }, otherRows, clients]) => {
        const { reasons, processes: reported } = reportOf(otherRows, { ...processes, clients }, answer);
        const expected = reportOf(rows, processes, answer);
        expect(reasons).toEqual(expected.reasons);
        expect(reported).toEqual(expect.arrayContaining([...expected.processes]));
      }),
      { numRuns: 500 },
    );
  });

  test('there is exactly one reason where there is backlog, and none where there is not', () => {
    fc.assert(
      fc.property(anyRows, anyProcesses, anyAnswer, (rows, processes, answer) => {
        const { reasons, backlog } = reportOf(rows, processes, answer);
        expect(reasons).toHaveLength(backlog > 0 ? 1 : 0);
        for (const { because } of reasons) expect(because).toMatch(/\w/);
      }),
    );
  });

  test('a client that did not answer never makes a group look better', () => {
    const silence = fc.constantFrom(SILENT, FAILED, UNASKED);
    fc.assert(
      fc.property(anyRows, anyProcesses, anyAnswer, silence, fc.nat(3), (rows, processes, answer, silent, index) => {
        const clients = processes.clients.map((client, at) => (at === index ? withAnswer(client, silent) : client));
        const before = reasonOf(rows, processes, answer);
        const after = reasonOf(rows, { ...processes, clients }, answer);
        if (index >= clients.length) return;
        expect(after).not.toBe('catching-up');
        // Where nobody was heard of it, it was no trouble before either.
        if (silent !== SILENT && HARMLESS.includes(before)) expect([...HARMLESS, 'failing']).toContain(after);
      }),
      { numRuns: 500 },
    );
  });

  test('nor does a broker that did not say who is connected', () => {
    fc.assert(
      fc.property(anyRows, anyProcesses, anyAnswer, (rows, processes, answer) => {
        expect(['catching-up', 'nobody-online']).not.toContain(reasonOf(rows, { ...processes, complete: false }, answer));
      }),
    );
  });

  test('without a word of any client there is no reason that needs one', () => {
    fc.assert(
      fc.property(anyRows, anyProcesses, anyAnswer, (rows, processes, answer) => {
        const clients = processes.clients.map((client) => withAnswer({ ...client, addresses: 1 }, UNASKED));
        expect(reasonOf(rows, { ...processes, clients }, answer) ?? 'unknown').toMatch(/^(unknown|nobody-online)$/);
      }),
    );
  });

  test("a client's clock may be wrong by hours", () => {
    fc.assert(
      fc.property(anyRows, anyProcesses, anyAnswer, fc.integer({ min: -86_400_000, max: 86_400_000 }), (rows, processes, answer, ms) => {
        const late = (time: number | null) => (time === null ? null : time + ms);
        const clients = processes.clients.map((client): ClientReading => {
          if (client.answer.outcome !== 'answered') return client;
          const { state } = client.answer;
          const queues = state.queues.map((held) => ({ ...held, lastPull: late(held.lastPull), lastFinish: late(held.lastFinish) }));
          const popped = state.popped.map((messages) => ({ ...messages, lastPop: late(messages.lastPop) }));
          return withAnswer(client, { outcome: 'answered', state: { ...state, startedAt: late(state.startedAt), queues, popped } });
        });
        const moved = reportOf(rows, { ...processes, clients }, answer);
        const expected = reportOf(rows, processes, answer);
        expect(moved.reasons).toEqual(expected.reasons);
        expect(moved.processes.map(({ topics }) => topics)).toEqual(expected.processes.map(({ topics }) => topics));
      }),
    );
  });

  test('the seven sums agree, and nothing changes but who holds what and how many hold it', () => {
    fc.assert(
      fc.property(anyReadings, anyProcesses, fc.constantFrom('a', 'b', 'a,b'), (read, processes, consumerGroup) => {
        const without = aggregate(read, NOW);
        const groups = new Map([[consumerGroup, processes]]);
        const {
          byProcess,
          detail,
          subscriptions,
          reasons,
          processes: _,
          consistency,
          idleProcesses,
          processCounts,
          ...rest
        } = aggregate({ ...read, processes: { groups, elsewhere: { failed: 0, unasked: 0 } } }, NOW);
        expect(without).toMatchObject(rest);
        expect(byProcess.reduce((sum, { backlog }) => sum + backlog, 0)).toBe(without.backlog);
        expect(detail.map(({ client, clientId, ...row }) => row)).toEqual(without.detail.map(({ client, clientId, ...row }) => row));
        const sums = subscriptions.map(({ unassigned, processes: count, owners, ...row }) => row);
        expect(sums).toEqual(without.subscriptions.map(({ unassigned, processes: count, owners, ...row }) => row));
      }),
    );
  });
});
