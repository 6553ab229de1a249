import { compare } from '../base/names.ts';
import { several } from './format.ts';
import { queueBacklog } from './groups.ts';
import { answered } from './process-stats.ts';
import type { ClientReading, ClientState, GroupProcesses, OwnedQueue, Presence, QueueReading } from './readings.ts';

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

/** Everybody who holds backlog, with what they said; undefined where somebody is missing. */
export function allOwners(queues: readonly QueueReading[], processes: GroupProcesses): readonly AnsweringClient[] | undefined {
  const ids = new Set(queues.filter((queue) => queueBacklog(queue) > 0).map(({ clientId }) => clientId));
  const owners = answeringClients(processes).filter(({ client }) => ids.has(client.clientId));
  return owners.length === ids.size ? owners : undefined;
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

/**
 * The rows of one group on one topic, with the holders that the group's own clients tell. A console that cannot ask one
 * client names none of them; the healthy ones still say themselves which queues they hold.
 *
 * A row that names its client stands as it is. A queue that no client claims, or more than one, stays without a holder.
 */
export function withReportedOwners(
  topic: string,
  queues: readonly QueueReading[],
  processes: GroupProcesses | undefined,
): readonly QueueReading[] {
  if (processes === undefined || queues.every(({ clientId }) => clientId !== null)) return queues;
  return queues.map((queue) => (queue.clientId === null ? { ...queue, clientId: onlyReportingClient(topic, queue, processes) } : queue));
}

function onlyReportingClient(topic: string, queue: QueueReading, { clients }: GroupProcesses): string | null {
  const claimants = clients.filter(
    ({ answer }) => answer.outcome === 'answered' && answer.state.queues.some((held) => isSame(held, topic, queue)),
  );
  const [claimant] = claimants;
  return claimants.length === 1 && claimant ? claimant.clientId : null;
}

function isSame(held: OwnedQueue, topic: string, { broker, queueId }: QueueReading): boolean {
  return held.queueId === queueId && held.broker === broker && held.topic === topic;
}
