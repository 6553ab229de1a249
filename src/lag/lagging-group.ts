import { compare } from '../base/names.ts';
import { several } from './format.ts';
import { queueBacklog } from './groups.ts';
import { clientsThatAnswered } from './process-stats.ts';
import type { BrokerReading, ClientReading, ClientState, GroupProcesses, OwnedQueue, Presence, QueueReading } from './readings.ts';

/** One group that is behind on one topic, with all evidence for the reason. */
export interface LaggingGroup {
  readonly topic: string;
  readonly consumerGroup: string;
  /** Where the console names no owner, the owner that the clients themselves report. */
  readonly queues: readonly QueueReading[];
  /** The number of read queues in the topic's route, if it is known. */
  readonly expectedQueues: number | undefined;
  readonly presence: Presence | undefined;
  readonly processes: GroupProcesses;
  /** The brokers of the cluster, by name. */
  readonly brokers: ReadonlyMap<string, BrokerReading>;
  /** Epoch ms; ages of rows that do not say when they were read are measured against it. */
  readonly now: number;
}

export interface AnsweringClient {
  readonly client: ClientReading;
  readonly state: ClientState;
}

/** The owners of all queues with backlog, with their answers; undefined if one of them is unknown or did not answer. */
export function allOwners(queues: readonly QueueReading[], processes: GroupProcesses): readonly AnsweringClient[] | undefined {
  const ids = new Set(queues.filter((queue) => queueBacklog(queue) > 0).map(({ clientId }) => clientId));
  const owners = answeringClients(processes).filter(({ client }) => ids.has(client.clientId));
  return owners.length === ids.size ? owners : undefined;
}

/** The clients that answered, sorted by name: a sum of fractions depends on the order of its terms. */
export function answeringClients({ clients }: GroupProcesses): readonly AnsweringClient[] {
  return clientsThatAnswered(byName(clients));
}

export function byName(clients: readonly ClientReading[]): ClientReading[] {
  return [...clients].sort((a, b) => compare(a.clientId, b.clientId));
}

export function unowned(queues: readonly QueueReading[]): readonly QueueReading[] {
  return queues.filter(({ clientId }) => clientId === null);
}

/** `broker-a 3`. */
export function formatQueue({ broker, queueId }: QueueReading): string {
  return `${broker} ${queueId}`;
}

export function formatBacklog(queues: readonly QueueReading[]): string {
  const messages = queues.reduce((sum, queue) => sum + queueBacklog(queue), 0);
  return `${several(messages, 'message waits', 'messages wait')}`;
}

/**
 * The rows of one group on one topic, with the owners that the group's own clients report. If one client does not answer,
 * the console names no owner at all; the healthy clients still report which queues they own.
 *
 * A row that names its owner stays as it is. A queue that no client claims, or more than one, stays without an owner.
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
    ({ answer }) => answer.outcome === 'answered' && answer.state.queues.some((owned) => isSameQueue(owned, topic, queue)),
  );
  const [claimant] = claimants;
  return claimants.length === 1 && claimant ? claimant.clientId : null;
}

function isSameQueue(owned: OwnedQueue, topic: string, { broker, queueId }: QueueReading): boolean {
  return owned.queueId === queueId && owned.broker === broker && owned.topic === topic;
}
