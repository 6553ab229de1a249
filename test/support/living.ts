import type { RecordedExchange } from '../../src/reading/rocketmq-console/replay.ts';

interface Row {
  readonly brokerName: string;
  brokerOffset: number;
  consumerOffset: number;
  clientInfo: string | null;
  lastTimestamp: number;
}

interface GroupRows {
  queueStatInfoList: Row[];
}

export interface Moment {
  /** Minutes since the start. */
  readonly minute: number;
  /** Minutes since this recording is being replayed. */
  readonly since: number;
  /** Epoch ms. */
  readonly now: number;
}

/** Topics with producers, and how many messages a minute they write to each queue. */
const PRODUCED: Readonly<Record<string, number>> = { orders: 2, payments: 2, '%RETRY%g_fail': 5 };

/** By how many messages a minute the process that holds a queue is faster than the queue's producers. */
const CAUGHT_UP = 1;

/**
 * A recording as it would be some minutes later: producers have continued to write, processes that hold a queue have
 * consumed a little faster, and the newest message has the same age as in the recording. Requests that were not recorded
 * (who is online, how many dead letters, which brokers) get an answer that is consistent with the rows.
 */
export function live(recording: readonly RecordedExchange[], { minute, since, now }: Moment): RecordedExchange[] {
  const copy = structuredClone(recording) as RecordedExchange[];
  const listed = copy.flatMap((exchange) => groupsOn(exchange));
  const newest = Math.max(...listed.flatMap(({ rows }) => rows.map(({ lastTimestamp }) => lastTimestamp)));
  for (const { topic, rows } of listed) {
    const written = (PRODUCED[topic] ?? 0) * minute;
    for (const row of rows) {
      row.brokerOffset += written;
      if (row.clientInfo !== null) row.consumerOffset = Math.min(row.brokerOffset, row.consumerOffset + written + CAUGHT_UP * minute);
      // Messages that nobody consumes get older.
      if (row.lastTimestamp > 0) row.lastTimestamp += now - newest - (row.clientInfo === null ? since * 60_000 : 0);
    }
  }
  const groups = new Map<string, Row[]>();
  for (const { group, rows } of listed) groups.set(group, [...(groups.get(group) ?? []), ...rows]);
  const brokers = new Set(listed.flatMap(({ rows }) => rows.map(({ brokerName }) => brokerName)));
  return [
    ...copy,
    ...[...groups].map(([group, rows]) => whoIsOnline(group, rows)),
    cluster([...brokers], now),
    nothingDeleted('shipments', [...brokers]),
    deadLetters('g_fail', 950),
  ];
}

function groupsOn({ request, body }: RecordedExchange): { topic: string; group: string; rows: Row[] }[] {
  const [, topic] = /^\/topic\/queryConsumerByTopic\.query\?topic=(.+)$/.exec(request.path) ?? [];
  const data = (body as { data?: Record<string, GroupRows> | null } | null)?.data;
  if (topic === undefined || !data) return [];
  return Object.entries(data).map(([group, { queueStatInfoList }]) => ({
    topic: decodeURIComponent(topic),
    group,
    rows: queueStatInfoList,
  }));
}

function whoIsOnline(group: string, rows: readonly Row[]): RecordedExchange {
  const clients = new Set(rows.flatMap(({ clientInfo }) => clientInfo ?? []));
  const diffTotal = rows.reduce((total, { brokerOffset, consumerOffset }) => total + brokerOffset - consumerOffset, 0);
  return answer(`/consumer/group.query?consumerGroup=${encodeURIComponent(group)}`, {
    group,
    count: clients.size,
    messageModel: clients.size > 0 ? 'CLUSTERING' : null,
    diffTotal,
  });
}

/** A cluster list with the brokers of the rows. Each has stored messages for two hours. */
function cluster(brokers: readonly string[], now: number): RecordedExchange {
  const runtime = {
    brokerVersionDesc: 'V5_3_3',
    earliestMessageTimeStamp: String(now - 7_200_000),
    commitLogDiskRatio: '0.42',
    sendThreadPoolQueueHeadWaitTimeMills: '0',
    pullThreadPoolQueueHeadWaitTimeMills: '0',
    pageCacheLockTimeMills: '0',
    scheduleMessageOffset_3: '10,14',
  };
  const of = (each: (broker: string, index: number) => unknown) =>
    Object.fromEntries(brokers.map((name, index) => [name, each(name, index)]));
  return answer('/cluster/list.query', {
    clusterInfo: { brokerAddrTable: of((_name, index) => ({ brokerAddrs: { 0: `192.0.2.${10 + index}:10911` } })) },
    brokerServer: of(() => ({ 0: runtime })),
  });
}

function nothingDeleted(topic: string, brokers: readonly string[]): RecordedExchange {
  const queues = brokers.flatMap((broker) =>
    [0, 1, 2, 3].map((queueId) => `MessageQueue [topic=${topic}, brokerName=${broker}, queueId=${queueId}]`),
  );
  return answer(`/topic/stats.query?topic=${topic}`, {
    offsetTable: Object.fromEntries(queues.map((queue) => [queue, { minOffset: 0, maxOffset: 9 }])),
  });
}

function deadLetters(group: string, onEach: number): RecordedExchange {
  const topic = `%DLQ%${group}`;
  const queue = (broker: string) => [`MessageQueue [topic=${topic}, brokerName=${broker}, queueId=0]`, { minOffset: 0, maxOffset: onEach }];
  return answer(`/topic/stats.query?topic=${encodeURIComponent(topic)}`, {
    offsetTable: Object.fromEntries([queue('broker-a'), queue('broker-b')]),
  });
}

function answer(path: string, data: unknown): RecordedExchange {
  return { request: { method: 'GET', path }, status: 200, headers: {}, body: { status: 0, data, errMsg: null }, ms: 1 };
}
