import type { Deadline } from '../../src/base/deadline.ts';
import { type HttpAnswer, type HttpClient, type HttpRequest, NoAnswerError } from '../../src/http/client.ts';
import { answerOf, groupsOn, type ModelAnswer, type ModelCluster, type ModelRow, type Query, refusals, topicOf } from './model-cluster.ts';
import type { VirtualTime } from './virtual-time.ts';

/** A console in front of a model cluster, with faults, on virtual time. */

export const PATHS = {
  topics: '/topic/list.query',
  consumers: '/topic/queryTopicConsumerInfo.query',
  route: '/topic/route.query',
  byTopic: '/topic/queryConsumerByTopic.query',
  byGroup: '/consumer/queryTopicByConsumer.query',
  brokers: '/cluster/list.query',
  stats: '/topic/stats.query',
  group: '/consumer/group.query',
  connections: '/consumer/consumerConnection.query',
  state: '/consumer/consumerRunningInfo.query',
  proxies: '/proxy/homePage.query',
} as const;
export type Endpoint = keyof typeof PATHS;

/** Nothing comes that could be taken for an answer. */
export const LOUD_FAULTS = [
  'hang',
  'reset',
  'refused connection',
  '500',
  '502',
  '503',
  '429',
  '403',
  'truncated',
  'empty body',
  'null data',
  'broker timeout',
  'broker unreachable',
  'null pointer',
  'busy',
] as const;
/** An answer with rows, and something wrong with them. */
export const ROW_FAULTS = [
  'half',
  'fewer queues',
  'empty lists',
  'null lists',
  'nothing',
  'duplicate rows',
  'invalid rows',
  'null clients',
  'other topic',
] as const;
/** A list that lacks something, or has too much. */
export const LIST_FAULTS = ['lacks one', 'one too many', 'null entry', 'nothing'] as const;
export type FaultKind = (typeof LOUD_FAULTS)[number] | (typeof ROW_FAULTS)[number] | (typeof LIST_FAULTS)[number] | 'frozen broker';

export interface Fault {
  readonly kind: FaultKind;
  readonly endpoint: Endpoint | 'any';
  /** Only questions with this topic, group or address. */
  readonly where: Query;
  /** How often it happens; then the question is answered. */
  readonly times: number;
  /** Which of several brokers, items or wrong values it is, from 0 to below 1; otherwise that is random. */
  readonly pick?: number;
}

/** What was said that is not true and that nobody can see: a list that lacks something, or has no rows where there are some. */
export interface Lies {
  readonly topics: Set<string>;
  /** `topic group`, where a list of groups lacked the group. */
  readonly pairs: Set<string>;
  /** Topic, and the brokers that its route lacked. */
  readonly routes: Map<string, Set<string>>;
  /** Groups whose rows at a broker were kept back as if there were none. */
  readonly rows: Set<string>;
  /** Whether the list of brokers lacked one. */
  brokers: boolean;
  /** It answered as a console does that knows no routes: nothing can be held against them then. */
  isRefusing: boolean;
}

export interface ConsoleLog {
  readonly lies: Lies;
  /** `topic group` of every row by group that was given to the reader. */
  readonly shown: Set<string>;
  readonly harm: string[];
  readonly asked: string[];
  inFlight: number;
}

export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

type Outcome = { ms: number; give: () => HttpAnswer };

const envelope = (data: unknown): HttpAnswer => ({ status: 200, headers: {}, body: JSON.stringify({ status: 0, data, errMsg: null }) });
const refusal = (errMsg: string): HttpAnswer => ({ status: 200, headers: {}, body: JSON.stringify({ status: -1, data: null, errMsg }) });

const FOREVER_MS = 10_000_000;
const BROKER_TIMEOUT_MS = 5_000;

export function modelConsole(
  cluster: ModelCluster,
  faults: readonly Fault[],
  { seed, time, requestTimeoutMs }: { seed: number; time: VirtualTime; requestTimeoutMs: number },
): { http: HttpClient; log: ConsoleLog } {
  const log: ConsoleLog = {
    lies: { topics: new Set(), pairs: new Set(), routes: new Map(), rows: new Set(), brokers: false, isRefusing: false },
    shown: new Set(),
    harm: [],
    asked: [],
    inFlight: 0,
  };
  const attempts = new Map<string, number>();
  const left = new Map(faults.map((fault) => [fault, fault.times]));
  const reaching = new Map<string, string[]>();
  const hungAlready = new Set<string>();
  /** Topics of which the reader was told who is on them. */
  const told = new Set<string>();

  function faultFor(endpoint: Endpoint, query: Query): Fault | undefined {
    const found = faults.find(
      (fault) =>
        fault.kind !== 'frozen broker' &&
        (fault.endpoint === 'any' || fault.endpoint === endpoint) &&
        (left.get(fault) ?? 0) > 0 &&
        Object.entries(fault.where).every(([key, value]) => query[key] === value),
    );
    if (found !== undefined) left.set(found, (left.get(found) ?? 0) - 1);
    return found;
  }

  function resolve(endpoint: Endpoint, query: Query, attempt: number): Outcome {
    const key = `${seed} ${endpoint} ${JSON.stringify(query)} ${attempt}`;
    const chance = (salt: string) => hashOf(`${key} ${salt}`);
    const answer = answerOf(cluster, PATHS[endpoint], query, chance);
    const frozen = faults.find(({ kind }) => kind === 'frozen broker');
    const behindFrozen = frozen === undefined ? undefined : whenFrozen(cluster, frozen.where.broker ?? '', endpoint, query, answer, chance);
    if (behindFrozen !== undefined) return toOutcome(behindFrozen);
    const fault = faultFor(endpoint, query);
    if (fault === undefined) return toOutcome(answer);
    if (fault.kind === '403' && (endpoint === 'consumers' || endpoint === 'route')) log.lies.isRefusing = true;
    const loud = loudly(fault.kind, query, answer);
    if (loud !== undefined) return loud;
    if ('refusal' in answer) return toOutcome(answer);
    const pick = (salt: string) => fault.pick ?? chance(salt);
    return toOutcome({ ...answer, data: spoil(endpoint, fault.kind, answer.data, query, log.lies, pick) });
  }

  function groupsReached(endpoint: Endpoint, { topic = '', consumerGroup = '' }: Query): string[] {
    const names =
      endpoint === 'byTopic'
        ? groupsOn(cluster, topic).filter((group) => !log.lies.pairs.has(`${topic} ${group}`))
        : endpoint === 'byGroup' || endpoint === 'state'
          ? [consumerGroup]
          : [];
    return names.filter((name) =>
      cluster.groups.some(({ name: one, kind, clients }) => one === name && kind !== 'grpc' && clients.length > 0),
    );
  }

  async function send(request: HttpRequest, deadline: Deadline): Promise<HttpAnswer> {
    const remaining = deadline.remainingMs();
    if (remaining <= 0) throw new NoAnswerError('deadline', 'not sent: the deadline had passed');
    const [path = '', search = ''] = request.path.split('?');
    const query: Query = Object.fromEntries(new URLSearchParams(search.replaceAll('+', '%2B')));
    const endpoint = (Object.keys(PATHS) as Endpoint[]).find((one) => PATHS[one] === path);
    if (endpoint === undefined) return refusal(`No static resource ${path}`);
    const attempt = (attempts.get(request.path) ?? 0) + 1;
    attempts.set(request.path, attempt);
    const outcome = resolve(endpoint, query, attempt);
    const groups = groupsReached(endpoint, query);
    for (const group of groups) {
      const others = reaching.get(group) ?? [];
      const isExempt = endpoint === 'byGroup' && hungAlready.has(group);
      // Which groups are on a topic is not known to a reader that may only ask by topic.
      const isUntold = cluster.refuses !== undefined || log.lies.isRefusing || !told.has(query.topic ?? '');
      const isBlindly = isUntold && endpoint === 'byTopic' && others.every((other) => other.startsWith('byTopic'));
      if (others.length > 0 && !isExempt && !isBlindly)
        log.harm.push(`${group}: ${endpoint} ${search} while ${others.join(' and ')} was in flight`);
      reaching.set(group, [...others, `${endpoint} ${search}`]);
    }
    log.inFlight += 1;
    const timeoutMs = Math.min(requestTimeoutMs, remaining);
    const startedAt = time.now();
    await time.sleep(Math.min(outcome.ms, timeoutMs));
    log.inFlight -= 1;
    for (const group of groups) {
      const others = reaching.get(group) ?? [];
      others.splice(others.indexOf(`${endpoint} ${search}`), 1);
    }
    log.asked.push(`${Math.round(startedAt)}-${Math.round(time.now())} ms ${endpoint} ${search}`);
    if (outcome.ms > timeoutMs)
      throw new NoAnswerError(remaining < requestTimeoutMs ? 'deadline' : 'timeout', `the console did not answer within ${timeoutMs} ms`);
    const given = outcome.give();
    if (endpoint === 'consumers' && given.status === 200 && given.body.includes('groupList') && given.body.endsWith('}'))
      told.add(query.topic ?? '');
    if (endpoint === 'byGroup' && given.status === 200) noteShown(given, query.consumerGroup ?? '', time.now() - startedAt);
    return given;
  }

  function noteShown({ body }: HttpAnswer, group: string, ms: number): void {
    let data: unknown;
    try {
      data = JSON.parse(body).data;
    } catch {
      return;
    }
    if (!Array.isArray(data)) return;
    for (const { topic } of data) log.shown.add(`${topic} ${group}`);
    const namesClient = data.some(({ queueStatInfoList }) => queueStatInfoList?.some((row: ModelRow | null) => row?.clientInfo));
    if (ms >= 3_000 && !namesClient) hungAlready.add(group);
  }

  const http: HttpClient = {
    baseUrl: 'http://console',
    send,
    usage: () => ({ requests: log.asked.length, answerSeconds: undefined }),
    close: () => undefined,
  };
  return { http, log };
}

function toOutcome(answer: ModelAnswer): Outcome {
  return { ms: answer.ms, give: () => ('refusal' in answer ? refusal(answer.refusal) : envelope(answer.data)) };
}

function failing(ms: number, error: () => NoAnswerError): Outcome {
  return {
    ms,
    give: () => {
      throw error();
    },
  };
}

function loudly(kind: FaultKind, query: Query, answer: ModelAnswer): Outcome | undefined {
  const status = (code: number): Outcome => ({ ms: 2, give: () => ({ status: code, headers: {}, body: `status ${code}` }) });
  const refuse = (words: string, ms: number): Outcome => ({ ms, give: () => refusal(words) });
  switch (kind) {
    case 'hang':
      return failing(FOREVER_MS, () => new NoAnswerError('timeout', 'never'));
    case 'reset':
      return failing(2, () => new NoAnswerError('connection', 'cannot reach the console (ECONNRESET)', 'ECONNRESET'));
    case 'refused connection':
      return failing(2, () => new NoAnswerError('connection', 'cannot reach the console (ECONNREFUSED)', 'ECONNREFUSED'));
    case '500':
    case '502':
    case '503':
    case '429':
    case '403':
      return status(Number(kind));
    case 'truncated':
      return {
        ms: answer.ms,
        give: () => ({ status: 200, headers: {}, body: envelope('data' in answer ? answer.data : null).body.slice(0, -9) }),
      };
    case 'empty body':
      return { ms: answer.ms, give: () => ({ status: 200, headers: {}, body: '' }) };
    case 'null data':
      return { ms: answer.ms, give: () => envelope(null) };
    case 'broker timeout':
      return refuse(refusals.timeout(query.address ?? 'some broker'), BROKER_TIMEOUT_MS);
    case 'broker unreachable':
      return refuse(refusals.unreachable(query.address ?? 'some broker'), 3_000);
    case 'null pointer':
      return refuse(refusals.nullPointer, 3);
    case 'busy':
      return refuse('java.util.NoSuchElementException: Timeout waiting for idle object', 2_000);
    default:
      return undefined;
  }
}

type Chance = (salt: string) => number;

/** A broker that is stopped: whoever waits for it fails, or shows the rows of the others. Routes come from name servers. */
function whenFrozen(
  cluster: ModelCluster,
  name: string,
  endpoint: Endpoint,
  query: Query,
  answer: ModelAnswer,
  chance: Chance,
): ModelAnswer | undefined {
  const broker = cluster.brokers.find((one) => one.name === name);
  if (broker === undefined) return undefined;
  const failed: ModelAnswer = { refusal: refusals.timeout(broker.address), ms: BROKER_TIMEOUT_MS + Math.floor(chance('frozen') * 5_000) };
  const topic = topicOf(cluster, query.topic ?? '');
  const isOld = cluster.console === '1.0.0';
  switch (endpoint) {
    case 'brokers':
    case 'stats':
      return failed;
    case 'consumers':
      return topic?.queues[name] !== undefined && chance('first broker') < 0.5 ? failed : undefined;
    case 'byTopic':
    case 'byGroup': {
      const isWaited = endpoint === 'byTopic' ? topic?.queues[name] !== undefined : isOld || query.address === broker.address;
      if (!isWaited) return undefined;
      const showsOthers = (endpoint === 'byTopic' || isOld) && chance('half') < 0.5 && cluster.refuses === undefined;
      if (!showsOthers || 'refusal' in answer) return failed;
      return { ms: failed.ms, data: withoutRowsOf(answer.data, ({ brokerName }) => brokerName === name) };
    }
    case 'group':
    case 'connections':
      return (isOld ? chance('chosen') < 1 / cluster.brokers.length : query.address === broker.address) ? failed : undefined;
    default:
      return undefined;
  }
}

interface WithRows {
  topic: unknown;
  queueStatInfoList: (ModelRow | null)[] | null;
}

function withoutRowsOf(data: unknown, isGone: (row: ModelRow) => boolean): unknown {
  return mapRows(data, (one) => ({
    ...one,
    queueStatInfoList: (one.queueStatInfoList ?? []).filter((row) => row === null || !isGone(row)),
  }));
}

function mapRows(data: unknown, change: (one: WithRows) => WithRows): unknown {
  if (Array.isArray(data)) return data.map(change);
  return Object.fromEntries(Object.entries(data as Record<string, WithRows>).map(([group, one]) => [group, change(one)]));
}

/** The data of an answer with something wrong in it. What nobody can see goes into `lies`. */
function spoil(endpoint: Endpoint, kind: FaultKind, data: unknown, query: Query, lies: Lies, chance: Chance): unknown {
  if (endpoint === 'byTopic' || endpoint === 'byGroup') return spoilRows(endpoint, kind, data, query, lies, chance);
  const lacks = <T>(items: readonly T[], note: (gone: T) => void): T[] => {
    if (kind === 'nothing') for (const item of items) note(item);
    if (kind === 'nothing') return [];
    if (kind !== 'lacks one') return [...items];
    const index = Math.floor(chance('gone') * items.length);
    if (items[index] !== undefined) note(items[index]);
    return items.filter((_, at) => at !== index);
  };
  const plus = (items: unknown[], one: unknown) =>
    kind === 'one too many' ? [...items, one] : kind === 'null entry' ? [...items, null] : items;
  const topic = query.topic ?? '';
  switch (endpoint) {
    case 'topics': {
      const { topicList } = data as { topicList: string[] };
      return {
        topicList: plus(
          lacks(topicList, (gone) => lies.topics.add(gone)),
          'gone',
        ),
      };
    }
    case 'consumers': {
      const { groupList } = data as { groupList: string[] };
      return {
        groupList: plus(
          lacks(groupList, (gone) => lies.pairs.add(`${topic} ${gone}`)),
          'g_gone',
        ),
      };
    }
    case 'route': {
      const route = data as { queueDatas: { brokerName: string }[]; brokerDatas: { brokerName: string }[] };
      const gone = new Set<string>();
      const queueDatas = lacks(route.queueDatas, ({ brokerName }) => gone.add(brokerName));
      if (queueDatas.length > 0 && gone.size > 0) lies.routes.set(topic, new Set([...(lies.routes.get(topic) ?? []), ...gone]));
      return { ...route, queueDatas, brokerDatas: route.brokerDatas.filter(({ brokerName }) => !gone.has(brokerName)) };
    }
    case 'brokers': {
      const { clusterInfo, brokerServer } = data as { clusterInfo: { brokerAddrTable: object }; brokerServer: unknown };
      const brokers = lacks(Object.entries(clusterInfo.brokerAddrTable), () => {
        lies.brokers = true;
      });
      return { clusterInfo: { brokerAddrTable: Object.fromEntries(brokers) }, brokerServer };
    }
    default:
      return data;
  }
}

function spoilRows(
  endpoint: 'byTopic' | 'byGroup',
  kind: FaultKind,
  data: unknown,
  { consumerGroup = '' }: Query,
  lies: Lies,
  chance: Chance,
): unknown {
  const rowsOf = ({ queueStatInfoList }: WithRows) => queueStatInfoList ?? [];
  const spoilFirst = (one: WithRows, spoilRow: (row: ModelRow) => (ModelRow | null)[]): WithRows => {
    const [first, ...others] = rowsOf(one);
    return { ...one, queueStatInfoList: first ? [...spoilRow(first), ...others] : [] };
  };
  switch (kind) {
    case 'half':
      return mapRows(data, (one) => {
        const brokers = [...new Set(rowsOf(one).map((row) => row?.brokerName))].sort();
        const gone = brokers[Math.floor(chance('gone') * brokers.length)];
        return { ...one, queueStatInfoList: rowsOf(one).filter((row) => row?.brokerName !== gone) };
      });
    case 'fewer queues':
      return mapRows(data, (one) => ({ ...one, queueStatInfoList: rowsOf(one).slice(0, -1) }));
    case 'empty lists':
      return mapRows(data, (one) => ({ ...one, queueStatInfoList: [] }));
    case 'null lists':
      return mapRows(data, (one) => ({ ...one, queueStatInfoList: null }));
    case 'nothing':
      if (endpoint === 'byGroup') lies.rows.add(consumerGroup);
      return endpoint === 'byGroup' ? [] : {};
    case 'duplicate rows':
      return mapRows(data, (one) => spoilFirst(one, (row) => [row, { ...row, consumerOffset: row.brokerOffset }]));
    case 'invalid rows':
      return mapRows(data, (one) => spoilFirst(one, (row) => [invalid(row, Math.floor(chance('invalid') * 7))]));
    case 'null clients':
      return mapRows(data, (one) => ({ ...one, queueStatInfoList: rowsOf(one).map((row) => row && { ...row, clientInfo: null }) }));
    case 'other topic':
      return endpoint === 'byTopic' ? mapRows(data, (one) => ({ ...one, topic: 'another' })) : data;
    default:
      return data;
  }
}

function invalid(row: ModelRow, which: number): ModelRow | null {
  const wrong: unknown[] = [
    { ...row, brokerOffset: -1 },
    { ...row, brokerOffset: String(row.brokerOffset) },
    { ...row, brokerOffset: 2 ** 60 },
    { ...row, consumerOffset: null },
    { ...row, queueId: 1.5 },
    { ...row, brokerName: null },
    null,
  ];
  return wrong[which] as ModelRow | null;
}
