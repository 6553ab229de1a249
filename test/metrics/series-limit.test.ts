import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DetailRow } from '../../src/lag/report.ts';
import { limitDetail } from '../../src/metrics/data.ts';

const OWNER = { client: { ip: '192.0.2.1', pid: '100' }, clientId: '192.0.2.1@100' };

function row(backlog: number, fields: Partial<DetailRow> = {}): DetailRow {
  return { topic: 'orders', consumerGroup: 'g', broker: 'broker-a', queueId: 0, ...OWNER, backlog, delaySeconds: null, ...fields };
}

describe('DETAIL', () => {
  const rows = [row(0), row(5, { queueId: 1 }), row(0, { queueId: 2 })];

  test('1. all: every row, in the order of the report', () => {
    expect(limitDetail(rows, 'all', 3, 0)).toEqual({ kept: rows, dropped: 0 });
  });

  test('2. nonzero: rows with backlog; the others are not wanted, hence not dropped', () => {
    expect(limitDetail(rows, 'nonzero', 3, 0)).toEqual({ kept: [rows[1]], dropped: 0 });
  });

  test('3. off: no row, and none dropped', () => {
    expect(limitDetail(rows, 'off', 3, 0)).toEqual({ kept: [], dropped: 0 });
    expect(limitDetail(rows, 'off', 0, 0)).toEqual({ kept: [], dropped: 0 });
  });
});

describe('where not all rows fit', () => {
  const backlogs = ({ kept }: { kept: readonly DetailRow[] }) => kept.map(({ backlog }) => backlog);
  const rows = [3, 0, 9, 0, 7].map((backlog, queueId) => row(backlog, { queueId }));

  const STEPS = [
    { n: 4, proves: 'as many as there is room for stay as they are', room: 5, kept: [3, 0, 9, 0, 7], dropped: 0 },
    { n: 5, proves: 'rows without backlog go first', room: 4, kept: [3, 0, 9, 7], dropped: 1 },
    { n: 6, proves: 'all of them before any with backlog', room: 3, kept: [3, 9, 7], dropped: 2 },
    { n: 7, proves: 'then the smallest backlog', room: 2, kept: [9, 7], dropped: 3 },
    { n: 8, proves: 'the largest goes last', room: 1, kept: [9], dropped: 4 },
    { n: 9, proves: 'without room nothing stays, and all is counted', room: 0, kept: [], dropped: 5 },
  ];
  for (const { n, proves, room, kept, dropped } of STEPS)
    test(`${n}. ${proves}`, () => {
      const limited = limitDetail(rows, 'all', room, 0);
      expect({ kept: backlogs(limited), dropped: limited.dropped }).toEqual({ kept, dropped });
    });

  test('10. nonzero: only rows with backlog compete, and only they are counted', () => {
    const limited = limitDetail(rows, 'nonzero', 2, 0);
    expect(backlogs(limited)).toEqual([9, 7]);
    expect(limited.dropped).toBe(1);
  });

  test('11. equal backlogs stay by topic, group, broker and queue, compared by code unit', () => {
    const inOrder = [
      row(5, { topic: 'B' }),
      row(5, { topic: 'a', consumerGroup: 'G' }),
      row(5, { topic: 'a', consumerGroup: 'g', broker: 'A' }),
      row(5, { topic: 'a', consumerGroup: 'g', broker: 'b', queueId: 2 }),
      row(5, { topic: 'a', consumerGroup: 'g', broker: 'b', queueId: 10 }),
      row(5, { topic: 'ä' }),
      row(4, { topic: 'A' }),
    ];
    for (const given of [inOrder, inOrder.toReversed()])
      for (let room = 0; room < inOrder.length; room += 1)
        expect(new Set(limitDetail(given, 'all', room, 0).kept)).toEqual(new Set(inOrder.slice(0, room)));
  });

  test('12. the same rows go each tick, in whatever order they come, and none that is kept is smaller than one that went', () => {
    const name = fc.constantFrom('a', 'B', 'ä', '订', '');
    const anyRows = fc.uniqueArray(fc.record({ topic: name, consumerGroup: name, broker: name, queueId: fc.nat(2), backlog: fc.nat(3) }), {
      selector: ({ topic, consumerGroup, broker, queueId }) => JSON.stringify([topic, consumerGroup, broker, queueId]),
    });
    const twoOrders = anyRows.chain((some) =>
      fc.tuple(fc.constant(some), fc.shuffledSubarray(some, { minLength: some.length }), fc.nat(some.length)),
    );
    fc.assert(
      fc.property(twoOrders, ([some, shuffled, room]) => {
        const withClient = (list: typeof some) => list.map((one) => ({ ...one, ...OWNER, delaySeconds: null }));
        const one = limitDetail(withClient(some), 'all', room, 0);
        const other = limitDetail(withClient(shuffled), 'all', room, 0);
        expect(new Set(other.kept.map((kept) => JSON.stringify(kept)))).toEqual(new Set(one.kept.map((kept) => JSON.stringify(kept))));
        expect(one.kept).toHaveLength(Math.min(room, some.length));
        expect(one.kept.length + one.dropped).toBe(some.length);
        const smallestKept = Math.min(...one.kept.map(({ backlog }) => backlog));
        const kept = new Set(
          one.kept.map(({ client: _client, clientId: _clientId, delaySeconds: _delay, ...rest }) => JSON.stringify({ ...rest })),
        );
        const gone = some.filter((rest) => !kept.has(JSON.stringify({ ...rest })));
        for (const { backlog } of gone) expect(backlog).toBeLessThanOrEqual(smallestKept);
      }),
    );
  });

  const SHARES = [
    {
      n: 13,
      proves: 'the rows furthest behind keep a fifth though aggregates alone are too many',
      aggregates: 60,
      kept: [9, 7],
      dropped: 3,
    },
    { n: 14, proves: 'and no less where aggregates leave a little', aggregates: 9, kept: [9, 7], dropped: 3 },
    { n: 15, proves: 'of it nothing goes to rows without backlog', maxSeries: 50, aggregates: 60, kept: [3, 9, 7], dropped: 2 },
    { n: 16, proves: 'where aggregates leave more, it is no limit', aggregates: 6, kept: [3, 0, 9, 7], dropped: 1 },
    { n: 17, proves: 'a fifth of few is rounded up', maxSeries: 1, aggregates: 60, kept: [9], dropped: 4 },
  ];
  for (const { n, proves, maxSeries = 10, aggregates, kept, dropped } of SHARES)
    test(`${n}. ${proves}`, () => {
      const limited = limitDetail(rows, 'all', maxSeries, aggregates);
      expect({ kept: backlogs(limited), dropped: limited.dropped }).toEqual({ kept, dropped });
    });
});
