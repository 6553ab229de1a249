import type { RecordedExchange } from '../../src/reading/rocketmq-console/replay.ts';
import { loadRecording } from '../servers/recordings.ts';

/**
 * Recordings that together answer every request of a tick: the first one has the state of the cluster, the others what it
 * lacks (who a group is, what a dead-letter topic stores).
 */
export function clusterIn(state: string): RecordedExchange[] {
  return [state, '2.1.0.rocketmq-5.5.0', '2.1.0.dead-letters'].flatMap((name) => asIfNow(loadRecording(name)));
}

/** Fields of a recording that are times in ms, as numbers or as text. One that is 0 or -1 is unknown, and stays as it is. */
const TIMESTAMP = /("(?:lastTimestamp|lastUpdateTimestamp|earliestMessageTimeStamp)":"?)([1-9]\d*)/g;
/** The age that the last consumed message of a recording gets. */
const LAST_CONSUMED_MS = 5_000;

/** The same exchanges with their timestamps shifted, so that the last message was consumed a moment ago. */
export function asIfNow(exchanges: readonly RecordedExchange[]): RecordedExchange[] {
  const text = JSON.stringify(exchanges);
  const latest = Math.max(...[...text.matchAll(TIMESTAMP)].map(([, , timestamp]) => Number(timestamp)));
  const shift = Date.now() - LAST_CONSUMED_MS - latest;
  return JSON.parse(text.replace(TIMESTAMP, (_all, field: string, timestamp: string) => `${field}${Number(timestamp) + shift}`));
}

interface Row {
  readonly brokerName: string;
  brokerOffset: number;
  consumerOffset: number;
  clientInfo: string | null;
  lastTimestamp: number;
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
  const listed = copy.flatMap(groupsOnTopic);
  const newest = Math.max(...listed.flatMap(({ rows }) => rows.map(({ lastTimestamp }) => lastTimestamp)));
  const groups = new Map<string, Row[]>();
  for (const { topic, group, rows } of listed) {
    const written = (PRODUCED[topic] ?? 0) * minute;
    for (const row of rows) {
      row.brokerOffset += written;
      if (row.clientInfo !== null) row.consumerOffset = Math.min(row.brokerOffset, row.consumerOffset + written + CAUGHT_UP * minute);
      // Messages that nobody consumes get older.
      if (row.lastTimestamp > 0) row.lastTimestamp += now - newest - (row.clientInfo === null ? since * 60_000 : 0);
    }
    groups.set(group, [...(groups.get(group) ?? []), ...rows]);
  }
  const brokers = [...new Set(listed.flatMap(({ rows }) => rows.map(({ brokerName }) => brokerName)))];
  const presence = [...groups].map(([group, rows]) => whoIsOnline(group, rows));
  // Nothing of shipments was deleted, and each broker has dead letters of g_fail.
  const offsets = [offsetsOf('shipments', brokers, 4, 9), offsetsOf('%DLQ%g_fail', ['broker-a', 'broker-b'], 1, 950)];
  return [...copy, ...presence, brokerList(brokers, now), ...offsets];
}

function groupsOnTopic({ request, body }: RecordedExchange): { topic: string; group: string; rows: Row[] }[] {
  const [, topic] = /^\/topic\/queryConsumerByTopic\.query\?topic=(.+)$/.exec(request.path) ?? [];
  const data = (body as { data?: Record<string, { queueStatInfoList: Row[] }> | null } | null)?.data;
  if (topic === undefined || !data) return [];
  return Object.entries(data).map(([group, { queueStatInfoList }]) => ({
    topic: decodeURIComponent(topic),
    group,
    rows: queueStatInfoList,
  }));
}

function whoIsOnline(group: string, rows: readonly Row[]): RecordedExchange {
  const count = new Set(rows.flatMap(({ clientInfo }) => clientInfo ?? [])).size;
  const diffTotal = rows.reduce((total, { brokerOffset, consumerOffset }) => total + brokerOffset - consumerOffset, 0);
  const data = { group, count, messageModel: count > 0 ? 'CLUSTERING' : null, diffTotal };
  return answer(`/consumer/group.query?consumerGroup=${encodeURIComponent(group)}`, data);
}

/** The list of brokers. Each has stored messages for two hours. */
function brokerList(brokers: readonly string[], now: number): RecordedExchange {
  const runtime = {
    brokerVersionDesc: 'V5_3_3',
    earliestMessageTimeStamp: String(now - 7_200_000),
    commitLogDiskRatio: '0.42',
    sendThreadPoolQueueHeadWaitTimeMills: '0',
    pullThreadPoolQueueHeadWaitTimeMills: '0',
    pageCacheLockTimeMills: '0',
    scheduleMessageOffset_3: '10,14',
  };
  const addresses = brokers.map((name, index) => [name, { brokerAddrs: { 0: `192.0.2.${10 + index}:10911` } }]);
  const runtimes = brokers.map((name) => [name, { 0: runtime }]);
  const clusterInfo = { brokerAddrTable: Object.fromEntries(addresses) };
  return answer('/cluster/list.query', { clusterInfo, brokerServer: Object.fromEntries(runtimes) });
}

function offsetsOf(topic: string, brokers: readonly string[], queues: number, maxOffset: number): RecordedExchange {
  const names = brokers.flatMap((broker) =>
    Array.from({ length: queues }, (_, queueId) => `MessageQueue [topic=${topic}, brokerName=${broker}, queueId=${queueId}]`),
  );
  const offsetTable = Object.fromEntries(names.map((name) => [name, { minOffset: 0, maxOffset }]));
  return answer(`/topic/stats.query?topic=${encodeURIComponent(topic)}`, { offsetTable });
}

function answer(path: string, data: unknown): RecordedExchange {
  return { request: { method: 'GET', path }, status: 200, headers: {}, body: { status: 0, data, errMsg: null }, ms: 1 };
}
