import type {
  ClientAnswer,
  ClientReading,
  ClientState,
  GroupProcesses,
  OwnedQueue,
  ProcessReadings,
  TopicActivity,
} from '../../src/lag/readings.ts';
import { CLIENT } from './readings.ts';

/** A client's own clock, two hours ahead of everybody else's. */
export const CLIENT_NOW = Date.UTC(2024, 4, 1, 2);

/** A queue of `orders` that its client has consumed to offset 100, a moment ago. */
export function holds(fields: Partial<OwnedQueue> = {}): OwnedQueue {
  return {
    topic: 'orders',
    broker: 'broker-a',
    queueId: 0,
    inHand: 0,
    finishedOffset: 100,
    lastPull: CLIENT_NOW,
    lastFinish: CLIENT_NOW,
    ...fields,
  };
}

/** So many messages in hand, and none finished for so many seconds. */
export function stuck(inHand: number, seconds: number, fields: Partial<OwnedQueue> = {}): OwnedQueue {
  return holds({ inHand, lastFinish: CLIENT_NOW - seconds * 1000, ...fields });
}

/** What a client did on `orders` in the last minute: pulled and finished ten a second, each in 10 ms. */
export function does(fields: Partial<TopicActivity> = {}): TopicActivity {
  return { topic: 'orders', consumedPerSecond: 10, failedPerSecond: 0, pulledPerSecond: 10, secondsPerCall: 0.01, ...fields };
}

export const NOTHING = { consumedPerSecond: 0, failedPerSecond: 0, pulledPerSecond: 0, secondsPerCall: 0 };

/** A client with two threads that is well. */
export function state(fields: Partial<ClientState> = {}): ClientState {
  return {
    type: 'concurrent',
    version: 'V5_5_1',
    threads: 2,
    messagesPerCall: 1,
    startedAt: CLIENT_NOW - 3_600_000,
    subscriptions: [
      { topic: 'orders', expressionType: 'TAG', expression: '*' },
      { topic: '%RETRY%g', expressionType: 'TAG', expression: '*' },
    ],
    activity: [does()],
    queues: [holds()],
    popped: [],
    ...fields,
  };
}

export function subscribedTo(expression: string, topic = 'orders', expressionType = 'TAG'): ClientState {
  return state({ subscriptions: [{ topic, expressionType, expression }] });
}

/** The usual client, or another one, that says this. */
export function client(says: Partial<ClientState> = {}, clientId = CLIENT): ClientReading {
  return answering({ outcome: 'answered', state: state(says) }, clientId);
}

export function answering(answer: ClientAnswer, clientId = CLIENT): ClientReading {
  return { clientId, addresses: 1, language: 'JAVA', version: 'V5_5_1', answer };
}

export const SILENT: ClientAnswer = { outcome: 'unresponsive' };
export const FAILED: ClientAnswer = { outcome: 'failed', failure: { kind: 'refused', message: 'no' } };
export const UNASKED: ClientAnswer = { outcome: 'unasked' };

/** A group all of whose brokers told these clients. */
export function processes(...clients: ClientReading[]): GroupProcesses {
  return { complete: true, mayHaveGrpcClients: true, clients };
}

/** What a reader hands over that asked this of group `g`. */
export function asked(group: GroupProcesses): ProcessReadings {
  return { groups: new Map([['g', group]]), elsewhere: { failed: 0, unasked: 0 } };
}
