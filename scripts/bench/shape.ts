/** A made-up cluster: the same arguments give the same names and numbers, to the byte. */
export interface Shape {
  topics: number;
  /** Consumer groups on each topic; each group consumes as many topics. */
  groups: number;
  /** Queues of each topic, spread over the brokers. */
  queues: number;
  /** The rows of each group in another order: sums must not care. */
  shuffled?: boolean;
  /** Only so many groups are behind, with so many processes in all, of which so many hang; else a third of all queues is behind. */
  behind?: { groups: number; processes: number; hung: number };
}

export const BROKERS = ['broker-a', 'broker-b'];
const PROCESSES_PER_GROUP = 2;
/** Fixed, so that bodies are the same in every run. */
const CONSUMED_AT = 1_795_403_459_642;

export function rowsOf({ topics, groups, queues }: Shape): number {
  return topics * groups * queues;
}

export function groupName(group: number): string {
  return `g_fulfilment_${String(group).padStart(5, '0')}`;
}

export function processesPerGroup({ behind }: Shape): number {
  return behind ? behind.processes / behind.groups : PROCESSES_PER_GROUP;
}

/** The client id of the nth process of a group. */
export function clientId(shape: Shape, group: number, nth: number): string {
  const process = (group * processesPerGroup(shape) + nth) % 60_000;
  return `10.20.${process >> 8}.${process & 255}@${1000 + (process % 30_000)}#${922_817_107_155 + process}`;
}

export function topicName(index: number): string {
  return `shop-orders-${String(index).padStart(5, '0')}`;
}

/** What `/topic/list.query` answers. */
export function topicListBody({ topics }: Shape): string {
  const topicList = Array.from({ length: topics }, (_, index) => topicName(index));
  return JSON.stringify({ status: 0, data: { topicList, brokerAddr: null }, errMsg: null });
}

export const addressOf = (broker: string) => `${broker}:10911`;

/** What `/cluster/list.query` answers: each broker has stored messages for a day, and a few delayed ones. */
export function clusterBody(): string {
  const runtime = {
    brokerVersionDesc: 'V5_5_1',
    earliestMessageTimeStamp: String(CONSUMED_AT - 86_400_000),
    commitLogDiskRatio: '0.42',
    scheduleMessageOffset_3: '95,100',
  };
  const brokerAddrTable = Object.fromEntries(BROKERS.map((broker) => [broker, { brokerAddrs: { 0: addressOf(broker) } }]));
  const brokerServer = Object.fromEntries(BROKERS.map((broker) => [broker, { 0: runtime }]));
  return JSON.stringify({ status: 0, data: { clusterInfo: { brokerAddrTable }, brokerServer }, errMsg: null });
}

/** What `/topic/queryConsumerByTopic.query` answers for one topic: field for field what a console 2.1.0 sends. */
export function topicBody(shape: Shape, index: number): string {
  const topic = topicName(index);
  const data = Object.fromEntries(
    Array.from({ length: shape.groups }, (_, nth) => {
      const group = (index + nth * 7) % shape.topics;
      const rows = Array.from({ length: shape.queues }, (_, queue) => row(shape, index, group, queue));
      if (shape.shuffled) rows.sort((a, b) => noise(index, group, a.queueId, 9) - noise(index, group, b.queueId, 9));
      const diffTotal = rows.reduce((sum, { brokerOffset, consumerOffset }) => sum + brokerOffset - consumerOffset, 0);
      return [groupName(group), { topic, diffTotal, lastTimestamp: CONSUMED_AT, queueStatInfoList: rows }];
    }),
  );
  return JSON.stringify({ status: 0, data, errMsg: null });
}

function row(shape: Shape, topic: number, group: number, queue: number) {
  const brokerOffset = 1_000_000 + noise(topic, 0, queue, 1);
  // Two queues in three are caught up, as in a cluster that is well.
  const isBehind = shape.behind ? group < shape.behind.groups : noise(topic, group, queue, 2) % 3 === 0;
  const behind = isBehind ? 1 + (noise(topic, group, queue, 3) % 5_000) : 0;
  return {
    brokerName: BROKERS[queue % BROKERS.length] ?? '',
    queueId: Math.floor(queue / BROKERS.length),
    brokerOffset,
    consumerOffset: brokerOffset - behind,
    clientInfo: clientId(shape, group, queue % processesPerGroup(shape)),
    lastTimestamp: CONSUMED_AT + (noise(topic, group, queue, 4) % 60_000),
  };
}

/** A number below 2^20 that looks random and is not. */
function noise(...parts: number[]): number {
  let hash = 2_166_136_261;
  for (const part of parts) hash = Math.imul(hash ^ part, 16_777_619) ^ (hash >>> 13);
  return (hash >>> 8) & 0xfffff;
}
