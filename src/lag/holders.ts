import type { GroupProcesses, HeldQueue, QueueReading } from './readings.ts';

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

function isSame(held: HeldQueue, topic: string, { broker, queueId }: QueueReading): boolean {
  return held.queueId === queueId && held.broker === broker && held.topic === topic;
}
