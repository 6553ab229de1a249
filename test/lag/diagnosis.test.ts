import { describe, expect, test } from 'vitest';
import { aggregate } from '../../src/lag/aggregate.ts';
import type { ClientReading, GroupAnswer, GroupProcesses, QueueReading } from '../../src/lag/readings.ts';
import type { Reason } from '../../src/lag/report.ts';
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
  type state,
  stuck,
  subscribedTo,
  UNASKED,
} from '../support/processes.ts';
import { behind, CLIENT, group, NOW, OFFLINE, online, queue, readings, says, topic, UNKNOWN } from '../support/readings.ts';

const OTHER = '192.0.2.2@200#9';
const SAME = '192.0.2.7@same';
const nobody = { clientId: null };

interface Case {
  readonly n: number;
  readonly proves: string;
  /** The group's processes, or its clients where all brokers told them. */
  readonly of: GroupProcesses | readonly ClientReading[];
  /** Rows of `orders`; five messages on a queue of the usual client where not told. */
  readonly rows?: readonly QueueReading[];
  readonly answer?: GroupAnswer;
  readonly reason: Reason;
  readonly because?: string;
}

const told = (says: ReturnType<typeof state>, clientId?: string) => client(says, clientId);
const theOther = { clientId: OTHER, queueId: 1 };

const CASES: readonly Case[] = [
  // nobody-online
  {
    n: 1,
    proves: 'no broker knows a client of a group that is offline',
    of: [],
    rows: [behind(5, nobody)],
    answer: says(null, OFFLINE),
    reason: 'nobody-online',
    because: 'no process of it is connected to any broker that holds its queues; 5 messages wait',
  },
  {
    n: 2,
    proves: 'a gRPC group looks the same while it consumes',
    of: [],
    rows: [behind(5, nobody)],
    answer: says(null, UNKNOWN),
    reason: 'unknown',
  },
  {
    n: 3,
    proves: 'unless its brokers are too old for gRPC',
    of: { ...processes(), mayHaveGrpcClients: false },
    rows: [behind(1, nobody)],
    answer: says(null, UNKNOWN),
    reason: 'nobody-online',
    because: 'no process of it is connected to any broker that holds its queues; 1 message waits',
  },
  {
    n: 63,
    proves: 'nor where somebody counts clients online all the same',
    of: { ...processes(), mayHaveGrpcClients: false },
    rows: [behind(1, nobody)],
    answer: says('CLUSTERING', online(1)),
    reason: 'unknown',
  },
  {
    n: 4,
    proves: 'a broker that did not say may know somebody',
    of: { ...processes(), complete: false },
    rows: [behind(5, nobody)],
    answer: says(null, OFFLINE),
    reason: 'unknown',
    because: 'not every broker that holds its queues said who is connected',
  },
  {
    n: 5,
    proves: 'a row that names a client: somebody was there',
    of: [],
    rows: [behind(5)],
    answer: says(null, OFFLINE),
    reason: 'unknown',
  },
  { n: 6, proves: 'the console knows somebody', of: [], rows: [behind(5, nobody)], answer: says(null, online(1)), reason: 'unknown' },

  // duplicate-client-id
  {
    n: 7,
    proves: 'one client id at two addresses of one broker, whatever else is wrong',
    of: [{ ...client({ queues: [stuck(9, 90)] }, '192.0.2.7@same'), addresses: 2 }],
    rows: [behind(1, { clientId: '192.0.2.7@same' }), behind(30, { ...nobody, queueId: 1 })],
    reason: 'duplicate-client-id',
    because: '2 processes have the client id 192.0.2.7@same and take the same queues; 30 messages wait on queues that nobody reads',
  },
  { n: 8, proves: 'also where none of them answers', of: [{ ...answering(SILENT, SAME), addresses: 3 }], reason: 'duplicate-client-id' },

  // subscriptions-differ
  {
    n: 9,
    proves: 'two tags on one topic',
    of: [told(subscribedTo('A')), told(subscribedTo('B'), OTHER)],
    reason: 'subscriptions-differ',
    because:
      '192.0.2.1 100 subscribes to orders with A, 192.0.2.2 200 subscribes to orders with B: messages that only one of them wants are lost when the other gets them',
  },
  {
    n: 10,
    proves: 'different topics',
    of: [told(subscribedTo('*')), told(subscribedTo('*', 'payments'), OTHER)],
    reason: 'subscriptions-differ',
    because:
      '192.0.2.1 100 subscribes to orders with *, 192.0.2.2 200 does not subscribe to orders: messages that only one of them wants are lost when the other gets them',
  },
  {
    n: 11,
    proves: 'a tag and an SQL expression',
    of: [told(subscribedTo('a')), told(subscribedTo('a', 'orders', 'SQL92'), OTHER)],
    reason: 'subscriptions-differ',
  },
  {
    n: 12,
    proves: 'the same tags in another order do not differ',
    of: [told(subscribedTo('A || B')), told(subscribedTo('B||A'), OTHER)],
    reason: 'catching-up',
  },
  {
    n: 13,
    proves: 'nothing and all tags are the same',
    of: [told(subscribedTo('')), told(subscribedTo('*'), OTHER)],
    reason: 'catching-up',
  },
  {
    n: 14,
    proves: 'retry topics are not compared',
    of: [client(), client({ subscriptions: [{ topic: 'orders', expressionType: 'TAG', expression: '*' }] }, OTHER)],
    reason: 'catching-up',
  },
  {
    n: 15,
    proves: 'who assigns queues by hand subscribes to nothing, and differs from nobody',
    of: [client(), client({ subscriptions: [] }, OTHER)],
    reason: 'catching-up',
  },
  {
    n: 16,
    proves: 'a difference among those that answered is one, whoever else did not',
    of: [told(subscribedTo('A')), told(subscribedTo('B'), OTHER), answering(SILENT, 'x')],
    reason: 'subscriptions-differ',
  },

  // unresponsive
  {
    n: 17,
    proves: 'a client that is connected and silent',
    of: [client(), answering(SILENT, OTHER)],
    reason: 'unresponsive',
    because: '192.0.2.2 200 is connected and does not answer: it hangs, or its machine does',
  },
  {
    n: 18,
    proves: 'two of them, by name',
    of: [answering(SILENT, OTHER), answering(SILENT)],
    reason: 'unresponsive',
    because: '192.0.2.1 100 (and 1 more) is connected and does not answer: it hangs, or its machine does',
  },

  // blocked
  {
    n: 19,
    proves: 'messages in hand, and none finished for a minute',
    of: [client({ queues: [stuck(854, 559)], activity: [does(NOTHING)] })],
    reason: 'blocked',
    because: '192.0.2.1 100 holds 854 messages and has finished none for 9 min',
  },
  {
    n: 20,
    proves: 'for just less than a minute is not',
    of: [client({ queues: [stuck(854, 59.9)], activity: [does(NOTHING)] })],
    reason: 'unknown',
  },
  {
    n: 64,
    proves: 'other messages of the topic end: not blocked, however long some queues wait',
    of: [client({ queues: [stuck(854, 559), stuck(3, 2, { queueId: 1 })] })],
    reason: 'catching-up',
  },
  {
    n: 21,
    proves: 'for just a minute is',
    of: [client({ queues: [stuck(1, 60)], activity: [does(NOTHING)] })],
    reason: 'blocked',
    because: '192.0.2.1 100 holds 1 message and has finished none for 60 s',
  },
  { n: 22, proves: 'with nothing in hand is idle', of: [client({ queues: [stuck(0, 600)] })], reason: 'catching-up' },
  {
    n: 23,
    proves: 'one of two is enough, and the one that waits longest is named',
    of: [
      client(),
      client({ queues: [stuck(5, 70, { queueId: 1 }), stuck(7, 80, { queueId: 2 })], activity: [does(NOTHING)] }, OTHER),
      client({ queues: [stuck(3, 65)], activity: [does(NOTHING)] }, 'x@3'),
    ],
    rows: [behind(5), behind(5, theOther)],
    reason: 'blocked',
    because: '192.0.2.2 200 holds 12 messages and has finished none for 80 s; 1 more process as well',
  },
  {
    n: 24,
    proves: 'on another topic is no reason on this one',
    of: [client({ queues: [stuck(5, 90, { topic: 'payments' }), holds()] })],
    reason: 'catching-up',
  },
  {
    n: 25,
    proves: 'a pull consumer has no threads and no status, and can be blocked',
    of: [client({ type: 'pull', threads: null, activity: [], queues: [stuck(5, 90)] })],
    reason: 'blocked',
  },
  {
    n: 26,
    proves: 'threads that never rest get to some queues late: saturated, not blocked',
    of: [client({ queues: [stuck(5, 90), stuck(5, 0, { queueId: 1 })], activity: [does({ consumedPerSecond: 4, secondsPerCall: 0.5 })] })],
    reason: 'saturated',
  },
  {
    n: 27,
    proves: 'an orderly queue waits for its thread as well',
    of: [client({ type: 'orderly', queues: [stuck(5, 90)], activity: [does({ consumedPerSecond: 4, secondsPerCall: 0.5 })] })],
    reason: 'saturated',
  },
  {
    n: 28,
    proves: 'nobody knows since when: not known to be blocked',
    of: [client({ queues: [stuck(5, 90, { lastPull: null })], activity: [does(NOTHING)] })],
    reason: 'unknown',
  },
  {
    n: 29,
    proves: "the newest pull of any queue is the client's now",
    of: [client({ queues: [stuck(5, 90, { lastPull: CLIENT_NOW - 80_000 }), holds({ queueId: 1 })], activity: [does(NOTHING)] })],
    reason: 'blocked',
  },

  // failing
  {
    n: 30,
    proves: 'half of what ended failed',
    of: [client({ activity: [does({ consumedPerSecond: 2.5, failedPerSecond: 2.5 })] })],
    reason: 'failing',
    because: '50% of what ended in the last minute failed, 2.5 messages a second, at 192.0.2.1 100',
  },
  {
    n: 31,
    proves: 'less than half is not',
    of: [client({ activity: [does({ consumedPerSecond: 2.5, failedPerSecond: 2.4 })] })],
    reason: 'catching-up',
  },
  {
    n: 32,
    proves: 'of all processes together: one that fails all beside one that does three times as much',
    of: [
      client({ activity: [does({ consumedPerSecond: 30 })] }),
      client({ activity: [does({ consumedPerSecond: 0, failedPerSecond: 10 })] }, OTHER),
    ],
    reason: 'catching-up',
  },
  {
    n: 33,
    proves: 'the one that fails most is named',
    of: [
      client({ activity: [does({ consumedPerSecond: 0, failedPerSecond: 1 })] }),
      client({ activity: [does({ consumedPerSecond: 0, failedPerSecond: 120 })] }, OTHER),
    ],
    reason: 'failing',
    because: '100% of what ended in the last minute failed, 121 messages a second, at 192.0.2.2 200 (and 1 more)',
  },
  {
    n: 34,
    proves: 'on another topic is no reason on this one',
    of: [client({ activity: [does(), does({ topic: '%RETRY%g', consumedPerSecond: 0, failedPerSecond: 9 })] })],
    reason: 'catching-up',
  },

  // saturated
  {
    n: 35,
    proves: 'every thread is busy all the time',
    of: [client({ activity: [does({ consumedPerSecond: 2.25, secondsPerCall: 0.8 })] })],
    reason: 'saturated',
    because:
      '192.0.2.1 100 is 90% busy: 2 threads, 800 ms a call, 2.3 messages a second; more threads would help; more processes would get no queue: the topic has 1',
  },
  {
    n: 36,
    proves: 'a little less is not',
    of: [client({ activity: [does({ consumedPerSecond: 2.24, secondsPerCall: 0.8 })] })],
    reason: 'catching-up',
  },
  {
    n: 37,
    proves: 'what fails takes time as well',
    of: [client({ activity: [does({ consumedPerSecond: 1.5, failedPerSecond: 1, secondsPerCall: 0.8 })] })],
    reason: 'saturated',
  },
  {
    n: 38,
    proves: 'a call may take several messages',
    of: [client({ messagesPerCall: 10, activity: [does({ consumedPerSecond: 10, secondsPerCall: 1 })] })],
    reason: 'catching-up',
  },
  {
    n: 39,
    proves: 'all topics share the threads',
    of: [
      client({
        activity: [
          does({ consumedPerSecond: 1, secondsPerCall: 0.5 }),
          does({ topic: 'payments', consumedPerSecond: 3, secondsPerCall: 0.5 }),
        ],
      }),
    ],
    reason: 'saturated',
  },
  {
    n: 40,
    proves: 'one that holds backlog and has time left',
    of: [client({ activity: [does({ consumedPerSecond: 4, secondsPerCall: 0.5 })] }), client({}, OTHER)],
    rows: [behind(5), behind(5, theOther)],
    reason: 'catching-up',
  },
  {
    n: 41,
    proves: 'one that has time left and holds no backlog does not help',
    of: [client({ activity: [does({ consumedPerSecond: 4, secondsPerCall: 0.5 })] }), client({}, OTHER)],
    rows: [behind(5), queue(theOther)],
    reason: 'saturated',
    because:
      '192.0.2.1 100 is 100% busy: 2 threads, 500 ms a call, 4 messages a second; more threads would help; more processes would get no queue: the topic has 2',
  },
  {
    n: 42,
    proves: 'two of them add up',
    of: [
      client({ activity: [does({ consumedPerSecond: 4, secondsPerCall: 0.5 })] }),
      client({ threads: 4, activity: [does({ consumedPerSecond: 0.75, secondsPerCall: 5.25 })] }, OTHER),
    ],
    rows: [behind(5), behind(5, theOther)],
    reason: 'saturated',
    because:
      '192.0.2.1 100 (and 1 more) is 100% busy: 6 threads, 500 ms a call, 4.8 messages a second; more threads would help; more processes would get no queue: the topic has 2',
  },
  {
    n: 43,
    proves: 'backlog that nobody holds is not explained by who is busy',
    of: [client({ activity: [does({ consumedPerSecond: 4, secondsPerCall: 0.5 })] })],
    rows: [behind(5), behind(5, { ...nobody, queueId: 1 })],
    reason: 'unknown',
    because: '5 messages wait on queues of which no process is known',
  },
  {
    n: 44,
    proves: 'who holds backlog and did not say may have time left',
    of: [client({ activity: [does({ consumedPerSecond: 4, secondsPerCall: 0.5 })] }), answering(FAILED, OTHER)],
    rows: [behind(5), behind(5, theOther)],
    reason: 'unknown',
  },

  // starved
  {
    n: 45,
    proves: 'backlog, nothing in hand, nothing pulled',
    of: [client({ queues: [stuck(0, 90)], activity: [does(NOTHING)] })],
    reason: 'starved',
    because: '5 messages wait on queues of 192.0.2.1 100, which has none in hand and pulled none in the last minute',
  },
  {
    n: 46,
    proves: 'it pulls',
    of: [client({ queues: [stuck(0, 90)], activity: [does({ ...NOTHING, pulledPerSecond: 0.1 })] })],
    reason: 'unknown',
  },
  {
    n: 47,
    proves: 'something is in hand',
    of: [client({ queues: [stuck(0, 90), stuck(1, 5, { queueId: 1 })], activity: [does(NOTHING)] })],
    reason: 'unknown',
  },
  {
    n: 48,
    proves: 'something of another topic is in hand',
    of: [client({ queues: [stuck(0, 90), stuck(1, 5, { topic: 'payments' })], activity: [does(NOTHING)] })],
    reason: 'starved',
  },
  {
    n: 49,
    proves: 'the first message of a quiet minute, finished before the broker hears of it',
    of: [client({ queues: [stuck(0, 90, { finishedOffset: 105 })], activity: [does(NOTHING)] })],
    reason: 'catching-up',
    because: '1 process finished 5 messages in the last seconds; 5 messages wait',
  },
  {
    n: 50,
    proves: 'a queue that it has held for less than a minute',
    of: [client({ queues: [stuck(0, 59)], activity: [does(NOTHING)] })],
    reason: 'unknown',
  },
  {
    n: 51,
    proves: 'how far it is on its queue is not known',
    of: [client({ queues: [stuck(0, 90, { finishedOffset: null })], activity: [does(NOTHING)] })],
    reason: 'unknown',
  },
  {
    n: 52,
    proves: 'a pull consumer does not say what it pulls',
    of: [client({ type: 'pull', threads: null, activity: [], queues: [stuck(0, 90)] })],
    reason: 'unknown',
  },
  {
    n: 53,
    proves: 'one of two, though the other consumes',
    of: [client(), client({ queues: [stuck(0, 90, { queueId: 1 })], activity: [does(NOTHING)] }, OTHER)],
    rows: [behind(5), behind(7, theOther)],
    reason: 'starved',
    because: '7 messages wait on queues of 192.0.2.2 200, which has none in hand and pulled none in the last minute',
  },

  // catching-up and unknown
  {
    n: 54,
    proves: 'nothing is wrong, and it consumes',
    of: [client()],
    reason: 'catching-up',
    because: '1 process finishes 10 messages a second; 5 messages wait',
  },
  {
    n: 55,
    proves: 'nothing is wrong, and it does not',
    of: [client({ activity: [does({ ...NOTHING, pulledPerSecond: 1 })] })],
    reason: 'unknown',
    because: '1 process said nothing that explains it',
  },
  {
    n: 56,
    proves: 'somebody was not asked',
    of: [client(), answering(UNASKED, OTHER)],
    reason: 'unknown',
    because: '1 process of 2 did not say: 192.0.2.2 200',
  },
  { n: 57, proves: 'somebody could not be asked', of: [client(), answering(FAILED, OTHER)], reason: 'unknown' },
  { n: 58, proves: 'a broker did not say who is connected', of: { ...processes(client()), complete: false }, reason: 'unknown' },
  {
    n: 59,
    proves: 'the client that holds the backlog is not among those that are connected',
    of: [client({}, OTHER)],
    reason: 'unknown',
    because: '192.0.2.1 100 holds queues of it, and is connected to no broker that holds them',
  },
  {
    n: 60,
    proves: 'one id of the group at two addresses is never well',
    of: [{ ...client({}, SAME), addresses: 2 }],
    rows: [behind(5, { clientId: SAME })],
    reason: 'duplicate-client-id',
  },
];

describe('why a group is behind', () => {
  for (const { n, proves, of, rows = [behind(5)], answer, reason, because } of CASES)
    test(`${n}. ${proves}: ${reason}`, () => {
      const group_ = 'clients' in of ? of : processes(...of);
      const read = { ...readings([topic('orders', group('g', ...rows))], answer && { g: answer }), processes: asked(group_) };
      const { reasons } = aggregate(read, NOW);
      expect(reasons).toEqual([{ topic: 'orders', consumerGroup: 'g', reason, because: because ?? expect.stringMatching(/\w/) }]);
    });

  test('61. only groups with backlog have a reason, and only where they were asked', () => {
    const topics = [topic('orders', group('g', queue()), group('h', behind(5))), topic('payments', group('g', behind(2)))];
    const { reasons } = aggregate({ ...readings(topics), processes: asked(processes(client())) }, NOW);
    expect(reasons.map((one) => [one.topic, one.consumerGroup])).toEqual([['payments', 'g']]);
    expect(aggregate(readings(topics), NOW)).toMatchObject({ reasons: [], processes: [], consistency: [], processCounts: undefined });
  });

  test("62. a process that is named by the rows' client id alone is still that process", () => {
    const read = readings([topic('orders', group('g', behind(5, { clientId: CLIENT })))]);
    expect(aggregate({ ...read, processes: asked(processes(client())) }, NOW).reasons[0]?.reason).toBe('catching-up');
  });
});
