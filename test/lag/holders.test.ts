import { describe, expect, test } from 'vitest';
import { aggregate } from '../../src/lag/aggregate.ts';
import type { ClientReading, QueueReading } from '../../src/lag/readings.ts';
import { answering, asked, client, holds, processes, SILENT } from '../support/processes.ts';
import { behind, CLIENT, group, NOW, online, readings, says, topic, UNANSWERED } from '../support/readings.ts';

const OTHER = '192.0.2.2@200#9';
const nobody = { clientId: null };
const first = behind(5, nobody);
const second = behind(7, { ...nobody, queueId: 1 });
const claims = (clientId: string, ...queues: Parameters<typeof holds>[0][]) =>
  client({ queues: queues.map((fields) => holds(fields)) }, clientId);

const CASES: { n: number; proves: string; rows: QueueReading[]; clients: ClientReading[]; held: (string | null)[] }[] = [
  {
    n: 1,
    proves: 'a queue that one client claims is its',
    rows: [first, second],
    clients: [claims(CLIENT, {}), answering(SILENT, OTHER)],
    held: ['100', null],
  },
  {
    n: 2,
    proves: 'each its own',
    rows: [first, second],
    clients: [claims(CLIENT, {}), claims(OTHER, { queueId: 1 })],
    held: ['100', '200'],
  },
  { n: 3, proves: "a queue that two claim is nobody's", rows: [first], clients: [claims(CLIENT, {}), claims(OTHER, {})], held: [null] },
  { n: 4, proves: "a queue that none claims is nobody's", rows: [first], clients: [claims(CLIENT)], held: [null] },
  { n: 5, proves: 'a row that names its client stands, whoever claims it', rows: [behind(5)], clients: [claims(OTHER, {})], held: ['100'] },
  {
    n: 6,
    proves: 'the same queue of another topic is another',
    rows: [first],
    clients: [claims(CLIENT, { topic: 'payments' })],
    held: [null],
  },
  {
    n: 7,
    proves: 'the same id at another broker is another',
    rows: [first],
    clients: [claims(CLIENT, { broker: 'broker-b' })],
    held: [null],
  },
  {
    n: 8,
    proves: 'one that names its client beside one that does not',
    rows: [behind(5), second],
    clients: [claims(OTHER, { queueId: 1 })],
    held: ['100', '200'],
  },
];

describe('who holds a queue whose row names no client', () => {
  for (const { n, proves, rows, clients, held } of CASES)
    test(`${n}. ${proves}`, () => {
      const report = aggregate(
        {
          ...readings([topic('orders', group('g', ...rows))], { g: says('CLUSTERING', online(2)) }),
          processes: asked(processes(...clients)),
        },
        NOW,
      );
      expect(report.detail.map((row) => row.client.pid || null)).toEqual(held);
      const unowned = rows
        .filter((_row, index) => held[index] === null)
        .reduce((sum, row) => sum + row.brokerOffset - row.consumerOffset, 0);
      expect(report.subscriptions[0]?.unassigned).toBe(unowned);
      expect(report.byProcess.reduce((sum, { backlog }) => sum + backlog, 0)).toBe(report.backlog);
    });

  test('9. another group, and what the tick owes, stay as they are', () => {
    const topics = [topic('orders', group('g', first), group('h', first))];
    const claimed = asked(processes(claims(CLIENT, {})));
    for (const answers of [
      { g: UNANSWERED, h: UNANSWERED },
      { g: says(null, online(1)), h: says(null, online(1)) },
    ]) {
      const without = aggregate(readings(topics, answers), NOW);
      const report = aggregate({ ...readings(topics, answers), processes: claimed }, NOW);
      expect(report.detail.map(({ consumerGroup, client: { pid } }) => [consumerGroup, pid])).toEqual([
        ['g', '100'],
        ['h', ''],
      ]);
      for (const part of ['failures', 'clientsOnline', 'groups', 'unreadableGroups', 'backlog', 'byGroup', 'byTopic', 'byQueue'] as const)
        expect(report[part]).toEqual(without[part]);
    }
  });
});
