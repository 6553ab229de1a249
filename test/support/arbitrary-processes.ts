import fc from 'fast-check';
import type { ClientReading, ClientState, GroupProcesses } from '../../src/lag/readings.ts';
import { CLIENT_NOW, FAILED, SILENT, UNASKED } from './processes.ts';

const rate = fc.constantFrom(0, 0.5, 1, 2, 10);
const clientTime = fc.option(fc.constantFrom(CLIENT_NOW, CLIENT_NOW - 30_000, CLIENT_NOW - 60_000, CLIENT_NOW - 3_600_000));
const topicName = fc.constantFrom('orders', 'payments');
const broker = fc.constantFrom('a', 'b');

const held = fc.record({
  topic: topicName,
  broker,
  queueId: fc.nat(2),
  inHand: fc.constantFrom(0, 0, 5),
  finishedOffset: fc.option(fc.nat(9)),
  lastPull: clientTime,
  lastFinish: clientTime,
});
const popped = fc.record({ topic: topicName, broker, inHand: fc.constantFrom(0, 5), lastPop: clientTime });
const activity = fc.record({
  topic: topicName,
  consumedPerSecond: rate,
  failedPerSecond: rate,
  pulledPerSecond: rate,
  secondsPerCall: rate,
});

export const anyState: fc.Arbitrary<ClientState> = fc.record({
  type: fc.constantFrom('concurrent', 'concurrent', 'orderly', 'pull', null),
  version: fc.constant('V5_5_1'),
  threads: fc.constantFrom(1, 2, 20, null),
  messagesPerCall: fc.constantFrom(1, 32),
  startedAt: clientTime,
  subscriptions: fc.uniqueArray(
    fc.record({ topic: topicName, expressionType: fc.constant('TAG'), expression: fc.constantFrom('*', '*', '*', 'A') }),
    { selector: ({ topic }) => topic },
  ),
  activity: fc.uniqueArray(activity, { selector: ({ topic }) => topic }),
  popped: fc.uniqueArray(popped, { selector: ({ topic, broker }) => `${topic} ${broker}`, maxLength: 1 }),
  queues: fc.uniqueArray(held, { selector: ({ topic, broker, queueId }) => `${topic} ${broker} ${queueId}`, maxLength: 5 }),
});

const anyAnswer = fc.oneof(
  { weight: 4, arbitrary: anyState.map((state) => ({ outcome: 'answered' as const, state })) },
  { weight: 1, arbitrary: fc.constantFrom(SILENT, FAILED, UNASKED) },
);

export const CLIENT_IDS = ['192.0.2.1@1#1', '192.0.2.1@1#2', '192.0.2.2@2', 'x'] as const;

const anyClient: fc.Arbitrary<ClientReading> = fc.record({
  clientId: fc.constantFrom(...CLIENT_IDS),
  addresses: fc.constantFrom(1, 1, 1, 1, 2),
  language: fc.constantFrom('JAVA', null),
  version: fc.constantFrom('V5_5_1', null),
  answer: anyAnswer,
});

export const anyProcesses: fc.Arbitrary<GroupProcesses> = fc.record({
  complete: fc.constantFrom(true, true, false),
  mayHaveGrpcClients: fc.boolean(),
  clients: fc.uniqueArray(anyClient, { selector: ({ clientId }) => clientId }),
});

/** Rows of one group on `orders`, some of them with a client that is asked. */
export const anyRows = fc.uniqueArray(
  fc.record({
    broker,
    queueId: fc.nat(2),
    brokerOffset: fc.nat(20),
    consumerOffset: fc.nat(9),
    clientId: fc.option(fc.constantFrom(...CLIENT_IDS)),
    lastTimestamp: fc.constant(1),
  }),
  { selector: (queue) => `${queue.broker} ${queue.queueId}`, minLength: 1 },
);
