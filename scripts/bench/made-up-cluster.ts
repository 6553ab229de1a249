import { type Answer, answer, type BenchConsole, type ConsoleOptions, refusal, startConsole } from './console.ts';

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

export function rowsOf({ topics, groups, queues }: Shape): number {
  return topics * groups * queues;
}

/** A console in front of such a cluster, which answers by topic only, each question after `latencyMs`. Its answers are made beforehand. */
export async function startMadeUpConsole(shape: Shape, latencyMs: number, instead?: ConsoleOptions['instead']): Promise<BenchConsole> {
  const topics = Array.from({ length: shape.topics }, (_, topic) => topic);
  const answers = new Map<string, Answer>([
    ['/topic/list.query', answer({ topicList: topics.map(topicName), brokerAddr: null }, latencyMs)],
    ['/cluster/list.query', answer(clusterList(), latencyMs)],
    ...topics.map(
      (topic) => [`/topic/queryConsumerByTopic.query?topic=${topicName(topic)}`, answer(groupsOn(shape, topic), latencyMs)] as const,
    ),
    ...answersOfProcesses(shape, latencyMs),
  ]);
  const unknown = refusal('no such question here', latencyMs);
  return await startConsole({ answerTo: (path) => answers.get(path) ?? unknown, instead });
}

const BROKERS = ['broker-a', 'broker-b'];
const PROCESSES_PER_GROUP = 2;
/** Fixed, so that bodies are the same in every run. */
const CONSUMED_AT = 1_795_403_459_642;
/** How long a console 2.1.0 waits for a process that hangs. */
const HUNG_MS = 5_000;
const HUNG =
  'org.apache.rocketmq.remoting.exception.RemotingTimeoutException: wait response on the channel </10.20.30.40:10909> timeout, 5000(ms)';

const topicName = (topic: number) => `shop-orders-${String(topic).padStart(5, '0')}`;
const groupName = (group: number) => `g_fulfilment_${String(group).padStart(5, '0')}`;
const addressOf = (broker: string) => `${broker}:10911`;

/** The client id of the nth process of a group. */
function clientId(shape: Shape, group: number, nth: number): string {
  const process = (group * processesPerGroup(shape) + nth) % 60_000;
  return `10.20.${process >> 8}.${process & 255}@${1000 + (process % 30_000)}#${922_817_107_155 + process}`;
}

function processesPerGroup({ behind }: Shape): number {
  return behind ? behind.processes / behind.groups : PROCESSES_PER_GROUP;
}

/** Each broker has stored messages for a day, and a few delayed ones. */
function clusterList() {
  const runtime = {
    brokerVersionDesc: 'V5_5_1',
    earliestMessageTimeStamp: String(CONSUMED_AT - 86_400_000),
    commitLogDiskRatio: '0.42',
    scheduleMessageOffset_3: '95,100',
  };
  const brokerAddrTable = Object.fromEntries(BROKERS.map((broker) => [broker, { brokerAddrs: { 0: addressOf(broker) } }]));
  return { clusterInfo: { brokerAddrTable }, brokerServer: Object.fromEntries(BROKERS.map((broker) => [broker, { 0: runtime }])) };
}

/** The groups on one topic with their rows: field for field what a console 2.1.0 sends. */
function groupsOn(shape: Shape, topic: number) {
  return Object.fromEntries(
    Array.from({ length: shape.groups }, (_, nth) => {
      const group = (topic + nth * 7) % shape.topics;
      const rows = Array.from({ length: shape.queues }, (_, queue) => row(shape, topic, group, queue));
      if (shape.shuffled) rows.sort((a, b) => noise(topic, group, a.queueId, 9) - noise(topic, group, b.queueId, 9));
      const diffTotal = rows.reduce((sum, { brokerOffset, consumerOffset }) => sum + brokerOffset - consumerOffset, 0);
      return [groupName(group), { topic: topicName(topic), diffTotal, lastTimestamp: CONSUMED_AT, queueStatInfoList: rows }];
    }),
  );
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

/** Answers to every question about the processes of the groups that are behind; none where the shape does not say which. */
function* answersOfProcesses(shape: Shape, latencyMs: number): Generator<readonly [string, Answer]> {
  const { groups, hung } = shape.behind ?? { groups: 0, hung: 1 };
  for (let group = 0; group < groups; group += 1) {
    const clients = Array.from({ length: processesPerGroup(shape) }, (_, nth) => clientId(shape, group, nth));
    const connectionSet = clients.map((id, index) => ({
      clientId: id,
      clientAddr: `10.0.0.1:${index}`,
      language: 'JAVA',
      versionDesc: 'V5_5_1',
    }));
    for (const broker of BROKERS)
      yield [
        `/consumer/consumerConnection.query?consumerGroup=${groupName(group)}&address=${encodeURIComponent(addressOf(broker))}`,
        answer({ connectionSet }, latencyMs),
      ];
    for (const [nth, id] of clients.entries()) {
      // Spread over the groups: of whatever part of them is asked, some hang.
      const hangs = nth === 0 && group % Math.floor(groups / hung) === 0;
      yield [
        `/consumer/consumerRunningInfo.query?consumerGroup=${groupName(group)}&clientId=${encodeURIComponent(id)}&jstack=false`,
        hangs ? refusal(HUNG, latencyMs + HUNG_MS) : answer(runningInfo(topicName(group), nth), latencyMs),
      ];
    }
  }
}

/** About as long as what a real client says, whose sixty properties are most of it. */
function runningInfo(topic: string, nth: number) {
  const held = {
    commitOffset: 9,
    cachedMsgCount: 3,
    transactionMsgCount: 0,
    droped: false,
    lastPullTimestamp: 9_000,
    lastConsumeTimestamp: 8_900,
  };
  const unread = Array.from({ length: 60 }, (_, index) => [`aPropertyThatNobodyReads${index}`, 'org.apache.rocketmq.client']);
  return {
    properties: {
      PROP_CONSUMEORDERLY: 'false',
      PROP_CONSUME_TYPE: 'CONSUME_PASSIVELY',
      PROP_THREADPOOL_CORE_SIZE: '20',
      PROP_CLIENT_VERSION: 'V5_5_1',
      ...Object.fromEntries(unread),
    },
    subscriptionSet: [{ topic, subString: '*', expressionType: 'TAG' }],
    mqTable: { [`MessageQueue [topic=${topic}, brokerName=${BROKERS[nth % 2]}, queueId=${nth >> 1}]`]: held },
    statusTable: { [topic]: { pullRT: 1, pullTPS: 10, consumeRT: 5, consumeOKTPS: 10, consumeFailedTPS: 0, consumeFailedMsgs: 0 } },
  };
}
