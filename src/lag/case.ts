import { answered } from './measures.ts';
import { compare } from './order.ts';
import type { ClientReading, ClientState, GroupProcesses, Presence, QueueReading } from './readings.ts';
import { queueBacklog } from './rules.ts';
import { several } from './words.ts';

/** One group that is behind on one topic, and everything that may say why. */
export interface LaggingGroup {
  readonly topic: string;
  readonly consumerGroup: string;
  /** Holders as the clients themselves tell them, where the console did not. */
  readonly queues: readonly QueueReading[];
  readonly presence: Presence | undefined;
  readonly processes: GroupProcesses;
}

export interface AnsweringClient {
  readonly client: ClientReading;
  readonly state: ClientState;
}

/** Whether nobody is left who may be in another state than those that answered. */
export function everyoneAnswered({ complete, clients }: GroupProcesses): boolean {
  return complete && clients.length > 0 && clients.every(({ addresses, answer }) => addresses <= 1 && answer.outcome === 'answered');
}

/** Everybody who holds backlog, with what they said; undefined where somebody is missing. */
export function allHolders(queues: readonly QueueReading[], processes: GroupProcesses): readonly AnsweringClient[] | undefined {
  const ids = new Set(queues.filter((queue) => queueBacklog(queue) > 0).map(({ clientId }) => clientId));
  const holders = answeringClients(processes).filter(({ client }) => ids.has(client.clientId));
  return holders.length === ids.size ? holders : undefined;
}

/** The clients that answered, by name: sums of fractions must not depend on the order in which they came. */
export function answeringClients({ clients }: GroupProcesses): readonly AnsweringClient[] {
  return answered(byName(clients));
}

export function byName(clients: readonly ClientReading[]): ClientReading[] {
  return [...clients].sort((a, b) => compare(a.clientId, b.clientId));
}

export function unowned(queues: readonly QueueReading[]): readonly QueueReading[] {
  return queues.filter(({ clientId }) => clientId === null);
}

export function formatBacklog(queues: readonly QueueReading[]): string {
  const messages = queues.reduce((sum, queue) => sum + queueBacklog(queue), 0);
  return `${several(messages, 'message waits', 'messages wait')}`;
}
