import { loadRecording } from '../../scripts/servers/recordings.ts';
import type { ClientReading, ClusterReadings, GroupAnswer, GroupProcesses, QueueReading, TopicReading } from '../../src/lag/readings.ts';
import { decodeEnvelope } from '../../src/reading/rocketmq-console/answers.ts';
import { decodeClientState, decodeConnections, decodeGroup } from '../../src/reading/rocketmq-console/client-endpoints.ts';
import { decodeBrokers } from '../../src/reading/rocketmq-console/cluster-endpoints.ts';

interface Row {
  readonly brokerName: string;
  readonly queueId: number;
  readonly brokerOffset: number;
  readonly consumerOffset: number;
  readonly clientInfo: string | null;
  readonly lastTimestamp: number;
}

/** The readings of a recorded cluster, from the rows by group and what every client said, with the time of the recording. */
export function recordedCast(recording: string): { readings: ClusterReadings; now: number } {
  const rows = new Map<string, Map<string, QueueReading[]>>();
  const connected = new Map<string, Map<string, { addresses: number; connections: number }>>();
  const answers = new Map<string, ClientReading['answer']>();
  const groups = new Map<string, GroupAnswer>();
  let brokers: ClusterReadings['brokers'] = [];
  let now = 0;
  for (const { request, body } of loadRecording(recording)) {
    const { pathname, searchParams } = new URL(request.path, 'http://console');
    const group = searchParams.get('consumerGroup') ?? '';
    const clientId = searchParams.get('clientId') ?? '';
    let data: unknown;
    try {
      data = decodeEnvelope(JSON.stringify(body));
    } catch {
      if (pathname.endsWith('/consumerRunningInfo.query'))
        answers.set(`${group} ${clientId}`, { outcome: 'failed', failure: { kind: 'refused', message: 'refused' } });
      continue;
    }
    if (pathname.endsWith('/queryTopicByConsumer.query')) {
      for (const { topic, queueStatInfoList } of data as { topic: string; queueStatInfoList: Row[] }[]) {
        const groupsOfTopic = rows.get(topic) ?? new Map<string, QueueReading[]>();
        rows.set(topic, groupsOfTopic.set(group, [...(groupsOfTopic.get(group) ?? []), ...queueStatInfoList.map(toQueue)]));
      }
    } else if (pathname.endsWith('/consumerRunningInfo.query')) {
      const state = decodeClientState(data);
      now = Math.max(now, ...state.queues.map(({ lastPull }) => lastPull ?? 0), ...state.popped.map(({ lastPop }) => lastPop ?? 0));
      answers.set(`${group} ${clientId}`, { outcome: 'answered', state });
    } else if (pathname.endsWith('/consumerConnection.query') && searchParams.has('address')) {
      const clients = connected.get(group) ?? new Map<string, { addresses: number; connections: number }>();
      connected.set(group, clients);
      for (const client of decodeConnections(data)) {
        const earlier = clients.get(client.clientId);
        clients.set(client.clientId, {
          addresses: Math.min(client.addresses.size, earlier?.addresses ?? Infinity),
          connections: Math.max(client.addresses.size, earlier?.connections ?? 0),
        });
      }
    } else if (pathname.endsWith('/cluster/list.query')) brokers = decodeBrokers(data);
    else if (pathname.endsWith('/group.query')) groups.set(group, decodeGroup(data));
  }
  const topics = [...rows].map(
    ([topic, byGroup]): TopicReading => ({
      topic,
      outcome: 'read',
      subscriptions: [...byGroup].map(([consumerGroup, queues]) => ({ consumerGroup, readable: true, queues })),
    }),
  );
  const names = new Set(
    topics.flatMap((reading) => (reading.outcome === 'read' ? reading.subscriptions : [])).map((one) => one.consumerGroup),
  );
  const processesOf = (group: string): GroupProcesses => ({
    complete: true,
    mayHaveGrpcClients: true,
    clients: [...(connected.get(group) ?? [])].map(([clientId, counts]) => ({
      clientId,
      ...counts,
      language: 'JAVA',
      version: null,
      answer: answers.get(`${group} ${clientId}`) ?? { outcome: 'unasked' },
    })),
  });
  const readings: ClusterReadings = {
    listedTopics: new Set([...rows.keys(), ...[...names].map((name) => `%RETRY%${name}`)]),
    tells: { owners: true, times: true },
    topics,
    ignoredTopics: 0,
    groups,
    deadLetters: [],
    brokers,
    minOffsets: new Map(),
    processes: { groups: new Map([...names].map((name) => [name, processesOf(name)])), elsewhere: { failed: 0, unasked: 0 } },
  };
  return { readings, now };
}

function toQueue({ brokerName, queueId, brokerOffset, consumerOffset, clientInfo, lastTimestamp }: Row): QueueReading {
  return { broker: brokerName, queueId, brokerOffset, consumerOffset, clientId: clientInfo, lastTimestamp: lastTimestamp || null };
}
