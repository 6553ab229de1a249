import { compare } from '../base/names.ts';
import { consumedAge, queueDelay, startDelay } from './delay.ts';
import { queueBacklog } from './groups.ts';
import type { ClusterReadings, QueueReading } from './readings.ts';
import type { DetailRow, Report, SubscriptionReport } from './report.ts';
import { lostMessages, mayHaveLostMessages, retentionMarginSeconds } from './retention.ts';
import { type Client, parseClientId } from './rocketmq-names.ts';

type SummedParts = Pick<
  Report,
  'backlog' | 'detail' | 'subscriptions' | 'byTopic' | 'byGroup' | 'byQueue' | 'byBroker' | 'byProcess' | 'negativeDiffs'
>;

interface Process {
  readonly client: Client;
  backlog: number;
}

interface Owner {
  readonly client: Client;
  backlog: number;
  readonly delay: ReturnType<typeof startDelay>;
}

/**
 * Starts one tick's sums at `now` (epoch ms). `add` takes the rows of one group on one topic; `result` returns the seven views
 * of the same backlog. Keys are nested maps instead of joined strings, so two different keys never become equal.
 */
export function startSums({ brokers, minOffsets, tells }: Pick<ClusterReadings, 'brokers' | 'minOffsets' | 'tells'>, now: number) {
  const reportsTimes = tells.times;
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

  function add(topic: string, consumerGroup: string, queues: readonly QueueReading[], expectedQueues: number | undefined): void {
    let backlog = 0;
    let unassigned = 0;
    let consumerOffset = 0;
    let brokerOffset = 0;
    let ahead = 0;
    let largestQueue = 0;
    const delay = startDelay();
    const owners = new Map<Process, Owner>();
    const knownOwners = new Set<Process>();
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
      if (queue.clientId !== null) knownOwners.add(process);
      largestQueue = Math.max(largestQueue, waiting);
      const age = consumedAge(queue, now, { reportsTimes });
      delay.add(waiting, age);
      const owner = getOrMake(owners, process, () => ({ client: process.client, backlog: 0, delay: startDelay() }));
      owner.backlog += waiting;
      owner.delay.add(waiting, age);
      process.backlog += waiting;
      const queuesOfBroker = getOrMake(byQueue, queue.broker, () => new Map<number, number>());
      queuesOfBroker.set(queue.queueId, (queuesOfBroker.get(queue.queueId) ?? 0) + waiting);
      detail.push({
        topic,
        consumerGroup,
        broker: queue.broker,
        queueId: queue.queueId,
        client: process.client,
        clientId: queue.clientId,
        backlog: waiting,
        delaySeconds: queueDelay(queue, age),
      });
    }
    total += backlog;
    byTopic.set(topic, (byTopic.get(topic) ?? 0) + backlog);
    byGroup.set(consumerGroup, (byGroup.get(consumerGroup) ?? 0) + backlog);
    subscriptions.push({
      topic,
      consumerGroup,
      backlog,
      unassigned: tells.owners ? unassigned : null,
      delaySeconds: delay.seconds(),
      ahead,
      consumerOffset,
      brokerOffset,
      queues: queues.length,
      expectedQueues: expectedQueues ?? null,
      largestQueue,
      owners: [...owners.values()]
        .sort((a, b) => compare(a.client.ip, b.client.ip) || compare(a.client.pid, b.client.pid))
        .map(({ client, backlog, delay }) => ({ client, backlog, delaySeconds: delay.seconds() })),
      processes: tells.owners ? knownOwners.size : null,
      retentionMarginSeconds: retentionMarginSeconds(queues, brokersByName, minOffsets.get(topic), tells.times),
      lostMessages: lostMessages(queues, minOffsets.get(topic)),
      lostMessagesAsked: minOffsets.has(topic) || mayHaveLostMessages(queues, brokersByName),
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

function getOrMake<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
