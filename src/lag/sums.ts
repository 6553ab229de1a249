import { queueBacklog } from './groups.ts';
import type { ClusterReadings, QueueReading } from './readings.ts';
import type { DetailRow, Report, SubscriptionReport } from './report.ts';
import { lostMessages, retentionMarginSeconds } from './retention.ts';
import { type Client, parseClientId } from './rocketmq-names.ts';

type SummedParts = Pick<
  Report,
  'backlog' | 'detail' | 'subscriptions' | 'byTopic' | 'byGroup' | 'byQueue' | 'byBroker' | 'byProcess' | 'negativeDiffs'
>;

interface Process {
  readonly client: Client;
  backlog: number;
}

/**
 * Starts one tick's sums at `now` (epoch ms). `add` takes the rows of one group on one topic; `result` returns the seven views
 * of the same backlog. Keys are nested maps instead of joined strings, so two different keys never become equal.
 */
export function startSums({ brokers, minOffsets, tells }: Pick<ClusterReadings, 'brokers' | 'minOffsets' | 'tells'>, now: number) {
  const brokersByName = new Map(brokers.map((broker) => [broker.broker, broker]));
  let total = 0;
  let negativeDiffs = 0;
  const detail: DetailRow[] = [];
  const subscriptions: SubscriptionReport[] = [];
  const byTopic = new Map<string, number>();
  const byGroup = new Map<string, number>();
  const byQueue = new Map<string, Map<number, number>>();
  const processByClientId = new Map<string | null, Process>();
  const processes = new Map<string, Map<string, Process>>();

  function processOf(clientId: string | null): Process {
    return getOrMake(processByClientId, clientId, () => {
      const client = parseClientId(clientId);
      const byPid = getOrMake(processes, client.ip, () => new Map<string, Process>());
      return getOrMake(byPid, client.pid, () => ({ client, backlog: 0 }));
    });
  }

  function add(topic: string, consumerGroup: string, queues: readonly QueueReading[]): void {
    let backlog = 0;
    let unassigned = 0;
    let consumerOffset = 0;
    let brokerOffset = 0;
    let ahead = 0;
    const consumedAt: LastConsumed[] = [];
    const owners = new Set<Process>();
    for (const queue of queues) {
      const waiting = queueBacklog(queue);
      const process = processOf(queue.clientId);
      backlog += waiting;
      consumerOffset += queue.consumerOffset;
      brokerOffset += queue.brokerOffset;
      if (queue.consumerOffset > queue.brokerOffset) {
        negativeDiffs += 1;
        ahead += queue.consumerOffset - queue.brokerOffset;
      }
      if (queue.clientId === null) unassigned += waiting;
      else owners.add(process);
      if (waiting > 0) consumedAt.push(lastConsumed(queue, tells.times, brokersByName.get(queue.broker)?.earliestMessageAt ?? null));
      process.backlog += waiting;
      const queuesOfBroker = getOrMake(byQueue, queue.broker, () => new Map<number, number>());
      queuesOfBroker.set(queue.queueId, (queuesOfBroker.get(queue.queueId) ?? 0) + waiting);
      detail.push({ topic, consumerGroup, broker: queue.broker, queueId: queue.queueId, client: process.client, backlog: waiting });
    }
    total += backlog;
    byTopic.set(topic, (byTopic.get(topic) ?? 0) + backlog);
    byGroup.set(consumerGroup, (byGroup.get(consumerGroup) ?? 0) + backlog);
    subscriptions.push({
      topic,
      consumerGroup,
      backlog,
      unassigned: tells.owners ? unassigned : null,
      delaySeconds: delaySeconds(consumedAt, now),
      ahead,
      consumerOffset,
      brokerOffset,
      queues: queues.length,
      processes: tells.owners ? owners.size : null,
      retentionMarginSeconds: retentionMarginSeconds(queues, brokersByName, minOffsets.get(topic), tells.times),
      lostMessages: lostMessages(queues, minOffsets.get(topic)),
    });
  }

  function result(): SummedParts {
    const byBroker = new Map<string, number>();
    for (const [broker, queues] of byQueue) {
      let backlog = 0;
      for (const waiting of queues.values()) backlog += waiting;
      byBroker.set(broker, backlog);
    }
    const byProcess = [...processes.values()].flatMap((byPid) => [...byPid.values()]);
    return { backlog: total, detail, subscriptions, byTopic, byGroup, byQueue, byBroker, byProcess, negativeDiffs };
  }

  return { add, result };
}

/** Store time of the last message consumed from a queue, epoch ms; `never`: none was consumed; null: unknown. */
type LastConsumed = number | 'never' | null;

/**
 * If all consumed messages of a queue are deleted, the queue has no timestamp. Its last consumed message was older than
 * everything that the broker still has, so the broker's earliest message stands in for it. Without it, the delay would shrink
 * in the moment in which messages are lost. If the server never reports timestamps, a missing one is no evidence.
 */
function lastConsumed(
  { lastTimestamp, consumerOffset }: QueueReading,
  reportsTimes: boolean,
  earliestMessageAt: number | null,
): LastConsumed {
  if (lastTimestamp !== null || !reportsTimes) return lastTimestamp;
  return consumerOffset > 0 ? earliestMessageAt : 'never';
}

/**
 * The delay of the queues that have backlog, in seconds: 0 without such a queue, null if unknown. If a broker's clock is
 * ahead of ours, the delay is 0, not negative.
 */
function delaySeconds(consumedAt: readonly LastConsumed[], now: number): number | null {
  if (consumedAt.length === 0) return 0;
  let oldest = Infinity;
  for (const at of consumedAt) {
    if (at === null) return null;
    if (at !== 'never') oldest = Math.min(oldest, at);
  }
  return oldest === Infinity ? null : Math.max(0, (now - oldest) / 1000);
}

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
