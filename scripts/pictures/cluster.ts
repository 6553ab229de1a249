import type { RecordedExchange } from '../../src/reading/rocketmq-console/replay.ts';
import { loadRecording } from '../servers/recordings.ts';

/**
 * Three hours of a cluster: a recorded one, whose offsets and times are moved on minute by minute. Which processes there
 * are, who holds which queue and what each process says is as recorded. Who works how fast is this file's.
 */

export const MINUTES = 181;
/** From here on one of the two machines hangs: recorded from the same cluster, a minute later. */
const FROZEN_FROM = 160;
/** How far back the messages of a broker go. */
const RETENTION_MS = 8 * 3_600_000;

/** Messages that producers write to each queue of a topic in a minute. */
const PRODUCED: Readonly<Record<string, number>> = {
  '%RETRY%g_failing': 45,
  h_blocked: 20,
  h_dup: 6,
  h_failing: 12,
  h_fast: 60,
  h_half: 24,
  h_many: 40,
  h_mix: 18,
  h_offline: 8,
  h_ordered: 30,
  h_pulled: 12,
  h_slow: 30,
};

interface Pace {
  /** A part of the client id; every client of the group without it. */
  readonly client?: string;
  readonly from: number;
  readonly to?: number;
  /** What is consumed of each message produced: 1 keeps up. */
  readonly share: number;
}

/** Groups that do not keep up all the time. A queue that no process holds is not consumed at all. */
const PACES: Readonly<Record<string, readonly Pace[]>> = {
  g_blocked: [{ from: 60, share: 0 }],
  g_half: [{ client: '@14084', from: 85, share: 0 }],
  g_mix: [{ client: '@14083', from: 100, share: 0.4 }],
  g_ordered: [
    { from: 25, to: 60, share: 0.2 },
    { from: 60, share: 1.5 },
  ],
  g_pulled: [{ from: 125, share: 0 }],
  g_slow: [{ from: 15, share: 0.62 }],
};

interface Row {
  readonly brokerName: string;
  readonly queueId: number;
  brokerOffset: number;
  consumerOffset: number;
  readonly clientInfo: string | null;
  lastTimestamp: number;
}

interface OwnedQueue {
  commitOffset: number;
  readonly cachedMsgCount: number;
  lastConsumeTimestamp: number;
}

/** What the console answers in each minute; minutes are asked for in order. */
export function openCluster(): (minute: number, now: number) => RecordedExchange[] {
  const recordings = { healthy: loadRecording('2.1.0.processes-5.5.1'), frozen: loadRecording('2.1.0.processes-frozen') };
  const backlogs = new Map<string, number>();
  const firstOffsets = new Map<string, number>();
  return (minute, now) => {
    const exchanges = structuredClone(minute < FROZEN_FROM ? recordings.healthy : recordings.frozen);
    const moved = new Map<string, number>();
    const subscriptions = exchanges.flatMap(rowsOf);
    const newest = Math.max(...subscriptions.flatMap(({ rows }) => rows.map(({ lastTimestamp }) => lastTimestamp)));
    for (const { topic, group, rows } of subscriptions) {
      const produced = PRODUCED[topic] ?? 0;
      for (const row of rows) {
        const key = queueKey(group, topic, row.brokerName, row.queueId);
        const first = firstOffsets.get(key) ?? row.brokerOffset;
        firstOffsets.set(key, first);
        const { share } = paceOf(group, row.clientInfo, minute);
        const grown = Math.max(0, (backlogs.get(key) ?? 0) + (minute === 0 ? 0 : produced * (1 - share)));
        backlogs.set(key, grown);
        const backlog = isRetry(topic) ? row.brokerOffset - row.consumerOffset : Math.round(grown);
        row.brokerOffset = first + produced * minute;
        const consumed = row.brokerOffset - backlog;
        moved.set(key, consumed - row.consumerOffset);
        row.consumerOffset = consumed;
        if (!isRetry(topic)) row.lastTimestamp = Math.round(now - (grown / produced) * 60_000 - 1_000);
        // 0 is no time.
        else if (row.lastTimestamp > 0) row.lastTimestamp += now - newest;
      }
    }
    for (const exchange of exchanges) {
      moveClient(exchange, moved, minute);
      moveBrokers(exchange, now);
    }
    return exchanges;
  };
}

function paceOf(group: string, clientInfo: string | null, minute: number): { share: number; since: number } {
  if (clientInfo === null) return { share: 0, since: 0 };
  const pace = PACES[group]?.findLast(
    ({ client = '', from, to = Infinity }) => clientInfo.includes(client) && minute >= from && minute < to,
  );
  return pace === undefined ? { share: 1, since: 0 } : { share: pace.share, since: pace.from };
}

/** Retries are as many as recorded: a group's pace is that of its own topic. */
const isRetry = (topic: string) => topic.startsWith('%RETRY%');

const queueKey = (group: string, topic: string, broker: string, queueId: number) =>
  `${group} MessageQueue [topic=${topic}, brokerName=${broker}, queueId=${queueId}]`;

function rowsOf({ request, body }: RecordedExchange): { topic: string; group: string; rows: Row[] }[] {
  const [, topic] = /^\/topic\/queryConsumerByTopic\.query\?topic=(.+)$/.exec(request.path) ?? [];
  const data = (body as { data?: Record<string, { queueStatInfoList: Row[] }> | null } | null)?.data;
  if (topic === undefined || !data) return [];
  return Object.entries(data).map(([group, { queueStatInfoList }]) => ({
    topic: decodeURIComponent(topic),
    group,
    rows: queueStatInfoList,
  }));
}

/** What a client says of the queues that it holds agrees with the rows; one that stopped has finished none since. */
function moveClient({ request, body }: RecordedExchange, moved: ReadonlyMap<string, number>, minute: number): void {
  const [, group, client] = /^\/consumer\/consumerRunningInfo\.query\?consumerGroup=(\w+)&clientId=(.+)&jstack/.exec(request.path) ?? [];
  const held = (body as { data?: { mqTable?: Record<string, OwnedQueue> } | null } | null)?.data?.mqTable;
  if (group === undefined || client === undefined || !held) return;
  const { share, since } = paceOf(group, decodeURIComponent(client), minute);
  for (const [name, queue] of Object.entries(held)) {
    const by = moved.get(`${group} ${name}`);
    if (by === undefined) continue;
    queue.commitOffset += by;
    if (share === 0 && queue.cachedMsgCount > 0) queue.lastConsumeTimestamp -= (minute - since) * 60_000;
  }
}

function moveBrokers({ request, body }: RecordedExchange, now: number): void {
  if (request.path !== '/cluster/list.query') return;
  const { brokerServer } = (body as { data: { brokerServer: Record<string, Record<string, Record<string, string>>> } }).data;
  for (const runtime of Object.values(brokerServer).flatMap((each) => Object.values(each)))
    runtime.earliestMessageTimeStamp = String(now - RETENTION_MS);
}
