/**
 * A model of a cluster, and what each console says of it. It shares no code with `src/`: what is true is worked out here from
 * the offsets, and the reader must find it through the console's answers.
 */

export interface ModelBroker {
  readonly name: string;
  readonly address: string;
  /** '0' is a master; '1' a slave that acts for a master that is gone. */
  readonly id: '0' | '1';
  /** It was restarted some seconds ago, and knows no client yet. */
  forgot: boolean;
}

export interface ModelTopic {
  readonly name: string;
  /** Broker offsets of each queue, by broker. */
  readonly queues: Record<string, number[]>;
  /** A static topic: the offsets of its logical queues. */
  readonly logical?: number[];
  readonly stored?: { min: number; max: number };
}

export interface ModelClient {
  readonly id: string;
  topics: string[];
  /** Connected, and silent when asked. */
  hangs: boolean;
}

export interface ModelGroup {
  readonly name: string;
  readonly kind: 'push' | 'by hand' | 'broadcast' | 'grpc';
  clients: ModelClient[];
  /** Consumer offsets by topic and broker (`LOGICAL` for a static topic). A broker that is absent has no commit. */
  readonly committed: Record<string, Record<string, number[]>>;
  /** Brokers that have its retry topic. */
  readonly retryOn: string[];
}

export interface ModelCluster {
  readonly version: 'V4_9_7' | 'V5_3_3' | 'V5_5_1';
  readonly console: '1.0.0' | '2.1.0';
  /** The question that the console refuses: it is read by topic only then. */
  readonly refuses?: 'consumers' | 'route';
  readonly proxies: readonly string[];
  readonly brokers: ModelBroker[];
  readonly topics: ModelTopic[];
  readonly groups: ModelGroup[];
  readonly systemTopics: readonly string[];
}

export const LOGICAL = '__syslo__global__';
export const retryOf = (group: string) => `%RETRY%${group}`;
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

export function topicOf(cluster: ModelCluster, name: string): ModelTopic | undefined {
  return cluster.topics.find((topic) => topic.name === name);
}

/** Brokers 5.3.3 list a group that has the topic's name for every topic that somebody subscribes to. */
export function phantomsOf(cluster: ModelCluster): string[] {
  if (cluster.version !== 'V5_3_3') return [];
  return cluster.topics
    .map(({ name }) => name)
    .filter(
      (name) =>
        !name.startsWith('%') &&
        !cluster.groups.some((group) => group.name === name) &&
        cluster.groups.some(({ clients }) => clients.some(({ topics }) => topics.includes(name))),
    );
}

/** A console 2.x in front of 4.x brokers has no rows of any group by topic. */
export function isBlind({ console, version }: ModelCluster): boolean {
  return console === '2.1.0' && version === 'V4_9_7';
}

export interface ModelRow {
  brokerName: string;
  queueId: number;
  brokerOffset: number;
  consumerOffset: number;
  clientInfo: string | null;
  lastTimestamp: number;
}

const CONSUMED_AT = 1_795_795_036_000;

/** What is true of a group on a topic. */
export type Truth =
  | { kind: 'rows'; rows: readonly ModelRow[] }
  | { kind: 'broadcast' | 'phantom' | 'absent' }
  /** Online, and no longer subscribed; the rows are those that it once committed. */
  | { kind: 'dropped'; rows: readonly ModelRow[] };

export function truthOf(cluster: ModelCluster, topicName: string, groupName: string): Truth {
  const topic = topicOf(cluster, topicName);
  const group = cluster.groups.find(({ name }) => name === groupName);
  if (topic === undefined) return { kind: 'absent' };
  if (group === undefined) return { kind: groupName === topicName && phantomsOf(cluster).includes(topicName) ? 'phantom' : 'absent' };
  const subscribes = group.clients.some(({ topics }) => topics.includes(topicName));
  if (group.committed[topicName] === undefined && !subscribes) return { kind: 'absent' };
  if (group.kind === 'broadcast') return { kind: 'broadcast' };
  const rows = (topic.logical ? [LOGICAL] : Object.keys(topic.queues)).flatMap((broker) => rowsOf(topic, group, broker));
  const isDropped = group.kind === 'push' && group.clients.length > 0 && !subscribes;
  return { kind: isDropped ? 'dropped' : 'rows', rows };
}

/** The rows of one broker. */
export function rowsOf(topic: ModelTopic, group: ModelGroup | undefined, broker: string): ModelRow[] {
  const offsets = broker === LOGICAL ? topic.logical : topic.queues[broker];
  const committed = group?.committed[topic.name]?.[broker];
  return (offsets ?? []).map((brokerOffset, queueId) => {
    const consumerOffset = committed?.[queueId] ?? 0;
    return {
      brokerName: broker,
      queueId,
      brokerOffset,
      consumerOffset,
      clientInfo: group === undefined ? null : ownerOf(topic, group, broker, queueId),
      lastTimestamp: consumerOffset > 0 ? CONSUMED_AT + queueId : 0,
    };
  });
}

/** Which client holds a queue; null for those that a console cannot know. */
export function ownerOf(topic: ModelTopic, group: ModelGroup, broker: string, queueId: number): string | null {
  if (group.kind === 'grpc') return null;
  if (topic.logical !== undefined && broker !== LOGICAL) return null;
  const subscribers = group.clients.filter(({ topics }) => topics.includes(topic.name));
  return subscribers[queueId % Math.max(1, subscribers.length)]?.id ?? null;
}

/** The groups that brokers list on a topic. */
export function groupsOn(cluster: ModelCluster, topicName: string): string[] {
  const kinds = new Set(['rows', 'dropped', 'broadcast', 'phantom']);
  return [...cluster.groups.map(({ name }) => name), ...phantomsOf(cluster)].filter((group) =>
    kinds.has(truthOf(cluster, topicName, group).kind),
  );
}

export function listedTopics(cluster: ModelCluster): string[] {
  return [...cluster.topics.map(({ name }) => name), ...cluster.systemTopics];
}

/** An answer of the console: `data`, or the words with which it refuses; and how long it takes. */
export type ModelAnswer = { data: unknown; ms: number } | { refusal: string; ms: number };

export const refusals = {
  timeout: (address: string) =>
    `org.apache.rocketmq.remoting.exception.RemotingTimeoutException: wait response on the channel <${address}> timeout, 5000(ms)`,
  unreachable: (address: string) => `org.apache.rocketmq.remoting.exception.RemotingConnectException: connect to <${address}> failed`,
  noRoute: (topic: string) =>
    `org.apache.rocketmq.client.exception.MQClientException: CODE: 17  DESC: No topic route info in name server for the topic: ${topic}`,
  noStats:
    'org.apache.rocketmq.client.exception.MQClientException: CODE: 206  DESC: Not found the consumer group consume stats, because return offset table is empty',
  notOnline: (group: string) =>
    `org.apache.rocketmq.client.exception.MQBrokerException: CODE: 206  DESC: the consumer group[${group}] not online`,
  nullPointer: 'java.lang.NullPointerException',
};

export type Query = Readonly<Record<string, string>>;
/** A number in [0, 1) for a question: the same question gets the same, whatever else is asked. */
export type Chance = (salt: string) => number;

const HUNG_MS = 5_000;

/** What a console without faults answers. */
export function answerOf(cluster: ModelCluster, path: string, query: Query, chance: Chance): ModelAnswer {
  const ms = 1 + Math.floor(chance('ms') * 40);
  const { topic = '', consumerGroup = '', address } = query;
  const good = (data: unknown, extra = 0): ModelAnswer => ({ data, ms: ms + extra });
  const refused = (refusal: string, extra = 0): ModelAnswer => ({ refusal, ms: ms + extra });
  const group = cluster.groups.find(({ name }) => name === consumerGroup);
  const found = topicOf(cluster, topic);
  const isOld = cluster.console === '1.0.0';
  const any = <T>(items: readonly T[], salt: string): T | undefined => items[Math.floor(chance(salt) * items.length)];
  // Console 1.0.0 ignores the address and asks a broker of its choice.
  const asked = () =>
    isOld || address === undefined ? any(cluster.brokers, 'broker') : cluster.brokers.find((broker) => broker.address === address);

  switch (path) {
    case '/topic/list.query':
      return good({ topicList: listedTopics(cluster), brokerAddr: null });
    case '/topic/queryTopicConsumerInfo.query':
      if (cluster.refuses === 'consumers') return refused('not permitted');
      return found === undefined ? refused(refusals.noRoute(topic)) : good({ groupList: groupsOn(cluster, topic) });
    case '/topic/route.query':
      if (cluster.refuses === 'route') return refused('not permitted');
      return found === undefined ? refused(refusals.noRoute(topic)) : good(routeOf(cluster, found));
    case '/cluster/list.query':
      return good(clusterList(cluster));
    case '/topic/stats.query':
      return found === undefined ? refused(refusals.noRoute(topic)) : good({ offsetTable: offsetTable(found) });
    case '/topic/queryConsumerByTopic.query': {
      if (found === undefined) return refused(refusals.noRoute(topic));
      const groups = groupsOn(cluster, topic);
      const hung = groups.some((name) => hasHungClient(cluster, name));
      return good(
        Object.fromEntries(
          groups.map((name) => [
            name,
            { topic, diffTotal: 0, lastTimestamp: 0, queueStatInfoList: rowsByTopic(cluster, found, name, chance) },
          ]),
        ),
        hung ? HUNG_MS : 0,
      );
    }
    case '/consumer/queryTopicByConsumer.query': {
      if (isOld && (group === undefined || group.retryOn.length === 0)) return refused(refusals.noRoute(retryOf(consumerGroup)));
      const at = isOld ? (group?.retryOn ?? []) : cluster.brokers.filter((broker) => broker.address === address).map(({ name }) => name);
      if (!isOld && at.length === 0) return refused(refusals.unreachable(address ?? ''));
      const topics = cluster.topics.flatMap((one) => {
        const rows = at.flatMap((broker) => (group === undefined ? [] : rowsByGroup(cluster, one, group, broker, chance)));
        return rows.length === 0 ? [] : { topic: one.name, diffTotal: 0, lastTimestamp: 0, queueStatInfoList: rows };
      });
      if (isOld && topics.length === 0) return refused(refusals.noStats);
      return good(topics, hasHungClient(cluster, consumerGroup) ? HUNG_MS : 0);
    }
    case '/consumer/group.query': {
      if (group === undefined) return good({ group: consumerGroup, count: 0, messageModel: null, diffTotal: -1 });
      const isProxy = address !== undefined && !isOld && cluster.proxies.includes(address);
      if (group.kind === 'grpc' && isProxy && group.clients.length > 0)
        return good({ group: consumerGroup, count: group.clients.length, messageModel: 'CLUSTERING', diffTotal: -1 });
      const broker = asked();
      if (broker === undefined && !isProxy) return refused(refusals.unreachable(address ?? ''), 3_000);
      const known = broker === undefined ? [] : knownAt(broker, group);
      const diffTotal = group.retryOn.length === 0 || group.kind === 'broadcast' ? -1 : totalOf(cluster, group);
      return good({ group: consumerGroup, count: known.length, messageModel: known.length === 0 ? null : modelOf(group), diffTotal });
    }
    case '/consumer/consumerConnection.query': {
      const broker = asked();
      if (broker === undefined) return refused(refusals.unreachable(address ?? ''), 3_000);
      const known = group === undefined ? [] : knownAt(broker, group);
      if (group === undefined || known.length === 0) return refused(refusals.notOnline(consumerGroup));
      const connectionSet = known.map(({ id }) => ({
        clientId: id,
        clientAddr: `${id.split('@')[0]}:1234`,
        language: 'JAVA',
        versionDesc: 'V5_5_1',
      }));
      return good({ connectionSet, subscriptionTable: {}, messageModel: modelOf(group) });
    }
    case '/consumer/consumerRunningInfo.query': {
      const client = group?.clients.find(({ id }) => id === query.clientId);
      if (group === undefined || client === undefined || group.kind === 'grpc') return refused(refusals.notOnline(consumerGroup));
      return client.hangs ? refused(refusals.timeout('client'), HUNG_MS) : good(runningInfo(cluster, group, client));
    }
    case '/proxy/homePage.query':
      return isOld ? refused('No static resource proxy/homePage.query') : good({ proxyAddrList: cluster.proxies });
    default:
      return refused(`No static resource ${path}`);
  }
}

const modelOf = ({ kind }: ModelGroup) => (kind === 'broadcast' ? 'BROADCASTING' : 'CLUSTERING');

function knownAt(broker: ModelBroker, { kind, clients }: ModelGroup): readonly ModelClient[] {
  return kind === 'grpc' || broker.forgot ? [] : clients;
}

function hasHungClient(cluster: ModelCluster, group: string): boolean {
  return cluster.groups.some(({ name, kind, clients }) => name === group && kind !== 'grpc' && clients.some(({ hangs }) => hangs));
}

function totalOf(cluster: ModelCluster, group: ModelGroup): number {
  return sum(
    Object.keys(group.committed).flatMap((name) => {
      const topic = topicOf(cluster, name);
      return topic === undefined
        ? []
        : Object.keys(topic.queues).flatMap((broker) => rowsOf(topic, group, broker).map((row) => row.brokerOffset - row.consumerOffset));
    }),
  );
}

/** Whether a broker has no rows because the subscriptions that it merged lack the topic: they are those of the last heartbeat. */
function isDroppedAt(broker: ModelBroker, topic: string, group: ModelGroup, chance: Chance): boolean {
  if (group.kind === 'grpc' || topic === retryOf(group.name)) return false;
  const known = knownAt(broker, group).filter(({ topics }) => topics.length > 0);
  const last = known[Math.floor(chance(`heartbeat ${broker.name}`) * known.length)];
  return last !== undefined && !last.topics.includes(topic);
}

function withOwners(rows: ModelRow[], cluster: ModelCluster, group: ModelGroup, chance: Chance): ModelRow[] {
  const broker = cluster.brokers[Math.floor(chance('owners') * cluster.brokers.length)];
  const isSilent = hasHungClient(cluster, group.name) || broker?.forgot === true;
  return isSilent ? rows.map((row) => ({ ...row, clientInfo: null })) : rows;
}

function rowsByGroup(cluster: ModelCluster, topic: ModelTopic, group: ModelGroup, brokerName: string, chance: Chance): ModelRow[] {
  const broker = cluster.brokers.find(({ name }) => name === brokerName);
  // A broker lists the topics with a committed offset.
  if (
    broker === undefined ||
    group.kind === 'broadcast' ||
    group.committed[topic.name]?.[topic.logical ? LOGICAL : brokerName] === undefined
  )
    return [];
  if (isDroppedAt(broker, topic.name, group, chance)) return [];
  return withOwners(rowsOf(topic, group, brokerName), cluster, group, chance);
}

function rowsByTopic(cluster: ModelCluster, topic: ModelTopic, groupName: string, chance: Chance): ModelRow[] {
  const group = cluster.groups.find(({ name }) => name === groupName);
  if (isBlind(cluster)) return [];
  if (cluster.console === '1.0.0' && (group === undefined || group.retryOn.length === 0)) return [];
  if (group === undefined) return Object.keys(topic.queues).flatMap((broker) => rowsOf(topic, undefined, broker));
  // The console looks for the brokers of the group's retry topic first.
  const brokers = group.retryOn.length === 0 ? Object.keys(topic.queues) : group.retryOn;
  const answering = cluster.brokers.filter(({ name }) => brokers.includes(name) && topic.queues[name] !== undefined);
  const shown = answering.filter((broker) => !isDroppedAt(broker, topic.name, group, chance));
  if (topic.logical !== undefined) return shown.length === 0 ? [] : withOwners(rowsOf(topic, group, LOGICAL), cluster, group, chance);
  return withOwners(
    shown.flatMap(({ name }) => rowsOf(topic, group, name)),
    cluster,
    group,
    chance,
  );
}

function routeOf({ brokers }: ModelCluster, topic: ModelTopic): unknown {
  const names = Object.keys(topic.queues);
  return {
    queueDatas: names.map((brokerName) => ({
      brokerName,
      readQueueNums: topic.queues[brokerName]?.length ?? 0,
      writeQueueNums: 4,
      perm: 6,
    })),
    brokerDatas: brokers
      .filter(({ name }) => names.includes(name))
      .map(({ name, id, address }) => ({
        cluster: 'c',
        brokerName: name,
        brokerAddrs: { [id]: address, ...(id === '0' ? { 1: 'slave:1' } : {}) },
      })),
    topicQueueMappingByBroker:
      topic.logical === undefined ? null : Object.fromEntries(names.map((name) => [name, { totalQueues: topic.logical?.length }])),
  };
}

function clusterList({ brokers, version }: ModelCluster): unknown {
  return {
    clusterInfo: {
      brokerAddrTable: Object.fromEntries(brokers.map(({ name, id, address }) => [name, { brokerAddrs: { [id]: address } }])),
    },
    brokerServer: Object.fromEntries(brokers.map(({ name, id }) => [name, { [id]: { brokerVersionDesc: version } }])),
  };
}

function offsetTable({ name, queues, stored }: ModelTopic): unknown {
  return Object.fromEntries(
    Object.entries(queues).flatMap(([broker, offsets]) =>
      offsets.map((maxOffset, queueId) => [
        `MessageQueue [topic=${name}, brokerName=${broker}, queueId=${queueId}]`,
        stored ? { minOffset: stored.min, maxOffset: stored.max } : { minOffset: 0, maxOffset },
      ]),
    ),
  );
}

function runningInfo(cluster: ModelCluster, group: ModelGroup, client: ModelClient): unknown {
  const held = cluster.topics.flatMap((topic) =>
    Object.keys(topic.queues).flatMap((broker) =>
      rowsOf(topic, group, broker)
        .filter(({ clientInfo }) => clientInfo === client.id)
        .map(({ queueId }) => [
          `MessageQueue [topic=${topic.name}, brokerName=${broker}, queueId=${queueId}]`,
          { cachedMsgCount: 0, commitOffset: 1, droped: false, lastPullTimestamp: CONSUMED_AT, lastConsumeTimestamp: CONSUMED_AT },
        ]),
    ),
  );
  const topics = group.kind === 'by hand' ? [] : [...new Set([retryOf(group.name), ...client.topics])];
  return {
    properties: { PROP_CONSUMEORDERLY: 'false', PROP_CONSUME_TYPE: 'CONSUME_PASSIVELY', PROP_THREADPOOL_CORE_SIZE: '20' },
    subscriptionSet: topics.map((topic) => ({ topic, subString: '*', expressionType: 'TAG' })),
    mqTable: Object.fromEntries(held),
    statusTable: {},
  };
}
