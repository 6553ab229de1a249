import { describe, expect, test } from 'vitest';
import { aggregate } from '../../src/lag/aggregate.ts';
import type { ClientReading, GroupProcesses } from '../../src/lag/readings.ts';
import type { GroupConsistency, ProcessReport } from '../../src/lag/report.ts';
import {
  answering,
  asked,
  CLIENT_NOW,
  client,
  does,
  FAILED,
  holds,
  NOTHING,
  processes,
  SILENT,
  state,
  stuck,
  subscribedTo,
  UNASKED,
} from '../support/processes.ts';
import { behind, group, NOW, readings, topic } from '../support/readings.ts';

const OTHER = '192.0.2.2@200#9';
const SAME = '192.0.2.7@same';
/** Another client in the same process, or in another container that shows the same IP and PID. */
const SAME_PROCESS = '192.0.2.1@100#901';

const report = (of: GroupProcesses) => aggregate({ ...readings([topic('orders', group('g', behind(5)))]), processes: asked(of) }, NOW);
const reported = (...clients: ClientReading[]) => report(processes(...clients)).processes;
function only(...clients: ClientReading[]): ProcessReport {
  const [process, ...others] = reported(...clients);
  if (process === undefined || others.length > 0) throw new Error('not one process');
  return process;
}

describe('the numbers of a process', () => {
  test('1. all that it says of itself', () => {
    const says = {
      queues: [stuck(3, 20), stuck(4, 10, { queueId: 1 }), holds({ queueId: 2 })],
      activity: [does({ failedPerSecond: 2, pulledPerSecond: 11 })],
    };
    expect(only(client(says))).toEqual({
      consumerGroup: 'g',
      client: { ip: '192.0.2.1', pid: '100' },
      clientIds: ['192.0.2.1@100#900'],
      responding: true,
      threads: 2,
      busyRatio: 0.06,
      startedAt: CLIENT_NOW - 3_600_000,
      kinds: [{ version: 'V5_5_1', language: 'JAVA', type: 'concurrent', address: '' }],
      topics: [
        {
          topic: 'orders',
          consumedPerSecond: 10,
          failedPerSecond: 2,
          pulledPerSecond: 11,
          secondsPerCall: 0.01,
          cachedMessages: 7,
          idleSeconds: 20,
        },
      ],
    });
  });

  test('2. one that does not answer has no number but that', () => {
    expect(only(answering(SILENT))).toMatchObject({
      responding: false,
      threads: null,
      busyRatio: null,
      startedAt: null,
      kinds: [],
      topics: [],
    });
  });

  test.each([FAILED, UNASKED])('3. of one that was not asked, or in vain, it is not known whether it would answer', (answer) => {
    expect(only(answering(answer))).toMatchObject({ responding: null, topics: [] });
  });

  test('4. a pull consumer says nothing of threads and rates', () => {
    const pull = only(client({ type: 'pull', threads: null, activity: [], queues: [stuck(3, 20)] }));
    expect(pull).toMatchObject({
      threads: null,
      busyRatio: null,
      topics: [{ consumedPerSecond: null, failedPerSecond: null, pulledPerSecond: null, secondsPerCall: null, cachedMessages: 3 }],
    });
  });

  test('5. a topic of which it holds no queue has rates, and nothing in hand that could be counted', () => {
    expect(only(client({ queues: [] })).topics).toMatchObject([{ consumedPerSecond: 10, cachedMessages: null, idleSeconds: null }]);
  });

  test('6. where no call has ended, how long one takes is not known; nor how busy it is, where messages are in hand', () => {
    expect(only(client({ activity: [does({ ...NOTHING, secondsPerCall: 5 })], queues: [stuck(3, 20)] }))).toMatchObject({
      busyRatio: null,
      topics: [{ secondsPerCall: null, consumedPerSecond: 0 }],
    });
    expect(only(client({ activity: [does(NOTHING)] }))).toMatchObject({ busyRatio: 0, topics: [{ secondsPerCall: null }] });
  });

  test.each([
    ['ahead', 3_600_000],
    ['behind', -3_600_000],
  ])('7. a clock that is %s by hours changes nothing', (_what, ms) => {
    const [queue] = [stuck(3, 20)];
    const moved = { ...queue, lastPull: CLIENT_NOW + ms, lastFinish: CLIENT_NOW + ms - 20_000 };
    expect(only(client({ queues: [moved] })).topics[0]?.idleSeconds).toBe(20);
  });

  test('8. it finished one after the last pull: 0, not less', () => {
    expect(only(client({ queues: [stuck(3, -2)] })).topics[0]?.idleSeconds).toBe(0);
  });

  test('9. since when is not known of one queue: not known at all', () => {
    expect(only(client({ queues: [stuck(3, 20), stuck(3, 20, { queueId: 1, lastFinish: null })] })).topics[0]?.idleSeconds).toBeNull();
    expect(only(client({ queues: [stuck(3, 20, { lastPull: null })] })).topics[0]?.idleSeconds).toBeNull();
  });

  test('10. a client that has no threads yet is not divided by', () => {
    expect(only(client({ threads: 0 })).busyRatio).toBeNull();
  });
});

describe('clients that show the same IP and PID are one process', () => {
  test('11. their numbers add up', () => {
    const slow = { threads: 6, startedAt: 1, activity: [does({ consumedPerSecond: 30, secondsPerCall: 0.05 })], queues: [stuck(3, 20)] };
    const process = only(client(), client(slow, SAME_PROCESS));
    expect(process).toMatchObject({
      threads: 8,
      startedAt: 1,
      topics: [{ consumedPerSecond: 40, pulledPerSecond: 20, cachedMessages: 3, idleSeconds: 20 }],
    });
    expect(process.topics[0]?.secondsPerCall).toBeCloseTo(0.04);
    // (10 x 0.01 + 30 x 0.05) / 8
    expect(process.busyRatio).toBeCloseTo(0.2);
    expect(process.kinds).toHaveLength(1);
  });

  test('12. two versions are two', () => {
    expect(only(client(), client({ version: 'V4_9_7' }, SAME_PROCESS)).kinds.map(({ version }) => version)).toEqual(['V5_5_1', 'V4_9_7']);
  });

  test('13. a part is no number: one of them does not answer', () => {
    expect(only(client(), answering(SILENT, SAME_PROCESS))).toMatchObject({
      responding: false,
      threads: null,
      busyRatio: null,
      topics: [],
    });
    expect(only(client(), answering(FAILED, SAME_PROCESS))).toMatchObject({ responding: true, threads: null, topics: [] });
  });

  test('14. how busy one is is not known: nor how busy they are', () => {
    expect(only(client(), client({ activity: [does(NOTHING)], queues: [stuck(3, 20)] }, SAME_PROCESS)).busyRatio).toBeNull();
  });

  test('15. others are others', () => {
    expect(reported(client(), client({}, OTHER)).map(({ client: { ip } }) => ip)).toEqual(['192.0.2.1', '192.0.2.2']);
  });
});

describe('what the processes of a group have in common', () => {
  const differing = [client(subscribedTo('A')), client(subscribedTo('B'), OTHER)];
  const CASES: { n: number; proves: string; of: GroupProcesses; differ: boolean | null; duplicates: number | null }[] = [
    { n: 16, proves: 'all answered, and all is well', of: processes(client(), client({}, OTHER)), differ: false, duplicates: 0 },
    { n: 17, proves: 'nobody is there: nothing is known of them', of: processes(), differ: null, duplicates: null },
    { n: 18, proves: 'somebody is silent', of: processes(client(), answering(SILENT, OTHER)), differ: null, duplicates: null },
    { n: 19, proves: 'somebody was not asked', of: processes(client(), answering(UNASKED, OTHER)), differ: null, duplicates: null },
    { n: 20, proves: 'a broker did not say', of: { ...processes(client()), complete: false }, differ: null, duplicates: null },
    {
      n: 21,
      proves: 'a difference is one, whoever is silent',
      of: processes(...differing, answering(SILENT, 'x')),
      differ: true,
      duplicates: null,
    },
    {
      n: 22,
      proves: 'of two with one id only one answers: who knows what the other subscribes to',
      of: processes({ ...client({}, SAME), addresses: 2 }),
      differ: null,
      duplicates: 1,
    },
    {
      n: 23,
      proves: 'ids are counted, not processes',
      of: processes({ ...client({}, SAME), addresses: 3 }, { ...answering(SILENT, 'x@y'), addresses: 2 }),
      differ: null,
      duplicates: 2,
    },
  ];
  for (const { n, proves, of, differ, duplicates } of CASES)
    test(`${n}. ${proves}`, () => {
      const expected: GroupConsistency = { consumerGroup: 'g', subscriptionsDiffer: differ, duplicateClientIds: duplicates };
      expect(report(of).consistency).toEqual([expected]);
    });

  test('24. clients are counted by what came of asking them, those of groups that were left out as well', () => {
    const clients = [client(), client({}, OTHER), answering(SILENT, 'a'), answering(FAILED, 'b'), answering(UNASKED, 'c')];
    const read = { ...readings([]), processes: { ...asked(processes(...clients)), elsewhere: { failed: 10, unasked: 100 } } };
    expect(aggregate(read, NOW).processCounts).toEqual({ answered: 2, unresponsive: 1, failed: 11, unasked: 101 });
  });

  test('25. what is left out of a state is not in the way of the rest', () => {
    expect(state({ version: null }).version).toBeNull();
    expect(only({ ...client({ version: null }), language: null }).kinds).toEqual([
      { version: 'V5_5_1', language: '', type: 'concurrent', address: '' },
    ]);
    expect(only(client({ type: null })).kinds).toEqual([]);
  });
});
