import type { Shard } from '../../src/base/names.ts';
import { aggregate } from '../../src/lag/aggregate.ts';
import type { Report } from '../../src/lag/report.ts';
import type { ReadScope } from '../../src/reading/reader.ts';
import { type ConsoleMemory, consoleReader, emptyConsoleMemory } from '../../src/reading/rocketmq-console/console-reader.ts';
import {
  groupsOn,
  isBlind,
  LOGICAL,
  listedTopics,
  type ModelCluster,
  type ModelGroup,
  type ModelRow,
  type ModelTopic,
  retryOf,
  topicOf,
  truthOf,
} from './model-cluster.ts';
import { type ConsoleLog, type Endpoint, type Fault, LIST_FAULTS, LOUD_FAULTS, modelConsole, ROW_FAULTS } from './model-console.ts';
import { startVirtualTime, type VirtualTime } from './virtual-time.ts';

/** Random clusters behind random consoles with random faults, and what a tick may say of them. */

export interface AdversaryTick {
  readonly cluster: ModelCluster;
  readonly faults: readonly Fault[];
}

/** Some ticks of one warm process. */
export interface Case {
  readonly seed: number;
  readonly ticks: readonly AdversaryTick[];
  readonly concurrency: number;
  readonly requestTimeoutMs: number;
  readonly deadlineMs: number;
  readonly processQuestions: number;
}

type Random = ReturnType<typeof randomFrom>;

function randomFrom(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  const chance = (share: number) => next() < share;
  const oneOf = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)] as T;
  const someOf = <T>(items: readonly T[], share: number): T[] => items.filter(() => chance(share));
  return { next, between, chance, oneOf, someOf };
}

export function makeCase(seed: number): Case {
  const random = randomFrom(Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995);
  const isFaultless = random.chance(0.25);
  let cluster = makeCluster(random);
  const ticks = Array.from({ length: random.chance(0.7) ? 1 : random.between(2, 3) }, (_, index) => {
    if (index > 0) cluster = evolve(cluster, random);
    return { cluster, faults: isFaultless ? [] : makeFaults(cluster, random) };
  });
  return {
    seed,
    ticks,
    concurrency: random.oneOf([1, 2, 4, 16]),
    requestTimeoutMs: 15_000,
    deadlineMs: isFaultless ? 600_000 : random.oneOf([3_000, 20_000, 45_000, 45_000, 120_000]),
    processQuestions: random.oneOf([0, 5, 200]),
  };
}

function makeCluster(random: Random): ModelCluster {
  const version = random.oneOf(['V4_9_7', 'V5_3_3', 'V5_5_1', 'V5_5_1'] as const);
  const console = random.oneOf(['1.0.0', '2.1.0', '2.1.0'] as const);
  const brokers = ['a', 'b', 'c'].slice(0, random.oneOf([1, 2, 2, 2, 3])).map((name) => ({
    name,
    address: `${name}:1`,
    id: random.chance(0.05) ? ('1' as const) : ('0' as const),
    forgot: random.chance(0.06),
  }));
  const names = brokers.map(({ name }) => name);
  const topics: ModelTopic[] = Array.from({ length: random.between(1, 4) }, (_, index) => {
    const on = random.chance(0.7) ? names : atLeastOne(random.someOf(names, 0.5), names, random);
    const isStatic = console === '2.1.0' && version === 'V5_5_1' && random.chance(0.08);
    return {
      name: `t${index}`,
      queues: Object.fromEntries(on.map((broker) => [broker, offsets(random.between(1, 4), random)])),
      ...(isStatic ? { logical: offsets(random.between(2, 5), random) } : {}),
    };
  });
  const userTopics = topics.map(({ name }) => name);
  const systemTopics = random.someOf(['%SYS%X', 'rmq_sys_TRACE_DATA', 'TBW102'], 0.3);
  const groups: ModelGroup[] = [];
  for (let index = random.between(1, 4); index > 0; index -= 1) {
    const kind = random.oneOf(['push', 'push', 'push', 'push', 'by hand', 'broadcast', 'grpc'] as const);
    if (kind === 'grpc' && version === 'V4_9_7') continue;
    const isNamesake = kind !== 'grpc' && random.chance(0.07);
    const name = isNamesake ? random.oneOf(userTopics) : `g${index}`;
    if (groups.some((group) => group.name === name)) continue;
    const on = isNamesake
      ? atLeastOne(random.someOf(userTopics, 0.3), [name], random)
      : atLeastOne(random.someOf(userTopics, 0.6), userTopics, random);
    groups.push(makeGroup(name, kind, isNamesake && !on.includes(name) ? [...on, name] : on, topics, names, random));
  }
  const popTopics: string[] = [];
  for (const group of groups) {
    const [first] = group.clients[0]?.topics ?? [];
    // A gRPC group has no retry topic of its own before its first dead letter; a POP retry topic comes before that.
    if (group.kind === 'grpc' && first !== undefined && (group.retryOn.length > 0 || random.chance(0.4)))
      popTopics.push(`${retryOf(group.name)}${random.oneOf(['_', '+'])}${first}`);
    if (group.retryOn.length > 0) topics.push(retryTopic(group, random));
    if (random.chance(0.1)) {
      const min = random.between(0, 50);
      topics.push({ name: `%DLQ%${group.name}`, queues: { [names[0] ?? 'a']: [1] }, stored: { min, max: min + random.between(0, 40) } });
    }
  }
  for (const name of popTopics) topics.push({ name, queues: Object.fromEntries(names.map((broker) => [broker, [0]])) });
  const refuses = random.chance(0.1) ? { refuses: random.oneOf(['consumers', 'route'] as const) } : {};
  const proxies = random.chance(0.3) ? [random.oneOf(['proxy:1', 'proxy:2'])] : [];
  return { version, console, ...refuses, proxies, brokers, topics, groups, systemTopics };
}

function atLeastOne<T>(some: T[], all: readonly T[], random: Random): T[] {
  return some.length > 0 ? some : [random.oneOf(all)];
}

function offsets(count: number, random: Random): number[] {
  return Array.from({ length: count }, () => (random.chance(0.15) ? 0 : random.between(1, 2_000)));
}

function makeGroup(
  name: string,
  kind: ModelGroup['kind'],
  on: readonly string[],
  topics: readonly ModelTopic[],
  brokers: readonly string[],
  random: Random,
): ModelGroup {
  const isOnline = kind === 'broadcast' || kind === 'grpc' ? random.chance(0.9) : random.chance(0.75);
  const current = random.chance(0.12) && on.length > 1 ? on.slice(1) : on;
  const differ = random.chance(0.06);
  const hangs = random.chance(0.05);
  const clients = Array.from({ length: isOnline ? random.between(1, 3) : 0 }, (_, index) => ({
    id: `10.0.0.${index + 1}@${name.replace(/\D/g, '') || '9'}${index}#7`,
    topics: kind === 'by hand' ? [] : differ && index > 0 ? current.slice(1) : [...current],
    hangs: kind !== 'grpc' && hangs && index === 0,
  }));
  const committed: Record<string, Record<string, number[]>> = {};
  const neverCommits =
    kind === 'broadcast' || (kind === 'push' && isOnline && random.chance(0.1)) || (kind === 'grpc' && random.chance(0.1));
  for (const topic of topics.filter((one) => on.includes(one.name) && !neverCommits)) {
    const committedOn = random.chance(0.85) ? Object.keys(topic.queues) : random.someOf(Object.keys(topic.queues), 0.5);
    const byBroker: Record<string, number[]> = {};
    for (const broker of topic.logical ? [LOGICAL] : committedOn)
      byBroker[broker] = (broker === LOGICAL ? (topic.logical ?? []) : (topic.queues[broker] ?? [])).map((offset) =>
        consumed(offset, random),
      );
    if (Object.keys(byBroker).length > 0) committed[topic.name] = byBroker;
  }
  const hasRetry = kind !== 'grpc' || random.chance(0.3);
  return {
    name,
    kind,
    clients,
    committed,
    retryOn: hasRetry ? (random.chance(0.9) ? [...brokers] : atLeastOne(random.someOf(brokers, 0.6), brokers, random)) : [],
  };
}

function consumed(offset: number, random: Random): number {
  if (random.chance(0.3)) return offset;
  if (random.chance(0.05)) return offset + random.between(1, 9);
  return random.between(0, offset);
}

function retryTopic(group: ModelGroup, random: Random): ModelTopic {
  const name = retryOf(group.name);
  const queues = Object.fromEntries(group.retryOn.map((broker) => [broker, [random.chance(0.2) ? random.between(1, 9) : 0]]));
  if (group.kind === 'push') {
    for (const client of group.clients) client.topics.push(name);
    if (random.chance(0.7)) group.committed[name] = Object.fromEntries(group.retryOn.map((broker) => [broker, [0]]));
  }
  return { name, queues };
}

/** A minute later. */
function evolve(before: ModelCluster, random: Random): ModelCluster {
  const cluster = structuredClone(before);
  for (const broker of cluster.brokers) broker.forgot = random.chance(0.04);
  for (const topic of cluster.topics.filter(({ name }) => !name.startsWith('%'))) {
    for (const queue of Object.values(topic.queues))
      queue.splice(0, queue.length, ...queue.map((offset) => offset + random.between(0, 50)));
    const missing = cluster.brokers.find(({ name }) => topic.queues[name] === undefined);
    if (missing !== undefined && topic.logical === undefined && random.chance(0.3))
      topic.queues[missing.name] = offsets(random.between(1, 4), random);
  }
  for (const group of cluster.groups) {
    if (group.kind === 'push' && random.chance(0.15)) group.clients = [];
    const [topic] = group.clients[0]?.topics.filter((name) => !name.startsWith('%')) ?? [];
    if (group.kind === 'push' && topic !== undefined && random.chance(0.15))
      for (const client of group.clients) client.topics = client.topics.filter((name) => name !== topic);
  }
  return cluster;
}

const ENDPOINTS: readonly (Endpoint | 'any')[] = [
  'byGroup',
  'byGroup',
  'byGroup',
  'byGroup',
  'byTopic',
  'byTopic',
  'byTopic',
  'consumers',
  'consumers',
  'route',
  'route',
  'brokers',
  'group',
  'group',
  'connections',
  'state',
  'stats',
  'proxies',
  'topics',
  'any',
];

function makeFaults(cluster: ModelCluster, random: Random): Fault[] {
  const faults: Fault[] = [];
  if (random.chance(0.12)) {
    const broker = random.oneOf(cluster.brokers).name;
    faults.push({ kind: 'frozen broker', endpoint: 'any', where: { broker }, times: 0 });
  }
  for (let count = random.between(faults.length === 0 ? 1 : 0, 4); count > 0; count -= 1) {
    const endpoint = random.oneOf(ENDPOINTS);
    faults.push({
      kind: makeKind(endpoint, cluster, random),
      endpoint,
      where: makeWhere(endpoint, cluster, random),
      times: random.oneOf([1, 1, 2, 3, 1_000]),
    });
  }
  return faults;
}

function makeKind(endpoint: Endpoint | 'any', cluster: ModelCluster, random: Random): Fault['kind'] {
  if (endpoint === 'byTopic' || endpoint === 'byGroup') {
    // Without routes nothing can be held against what is there: only what shows itself can be found.
    const visible =
      cluster.refuses === undefined
        ? ROW_FAULTS
        : (['empty lists', 'null lists', 'duplicate rows', 'invalid rows', 'null clients', 'other topic'] as const);
    return random.chance(0.55) ? random.oneOf(visible) : random.oneOf(LOUD_FAULTS);
  }
  if (['topics', 'consumers', 'route', 'brokers'].includes(endpoint))
    return random.chance(0.5) ? random.oneOf(LIST_FAULTS) : random.oneOf(LOUD_FAULTS);
  return random.oneOf(LOUD_FAULTS);
}

function makeWhere(endpoint: Endpoint | 'any', cluster: ModelCluster, random: Random): Fault['where'] {
  const topic = () => ({ topic: random.oneOf(cluster.topics).name });
  const consumerGroup = () => (cluster.groups.length === 0 ? {} : { consumerGroup: random.oneOf(cluster.groups).name });
  const address = () => ({ address: random.oneOf(cluster.brokers).address });
  switch (endpoint) {
    case 'consumers':
    case 'route':
    case 'byTopic':
    case 'stats':
      return random.chance(0.7) ? topic() : {};
    case 'byGroup':
    case 'group':
    case 'connections':
      return random.oneOf([{}, address(), consumerGroup(), { ...address(), ...consumerGroup() }, { ...address(), ...consumerGroup() }]);
    case 'state':
      return random.chance(0.5) ? consumerGroup() : {};
    default:
      return {};
  }
}

export const NOW = 1_795_795_100_000;

/** What a warm process may remember. */
interface Earlier {
  readonly clusters: ModelCluster[];
  isRefusing: boolean;
}

/** Runs the ticks of a case; what is wrong with the first that is, or undefined. */
export async function runCase(one: Case, use: (time: VirtualTime) => void): Promise<string | undefined> {
  const memory = emptyConsoleMemory();
  const earlier: Earlier = { clusters: [], isRefusing: false };
  for (const [index, tick] of one.ticks.entries()) {
    const wrong = await runTick(one, index, tick, earlier, memory, use);
    if (wrong !== undefined) return one.ticks.length === 1 ? wrong : `tick ${index + 1}: ${wrong}`;
    earlier.clusters.push(tick.cluster);
    earlier.isRefusing ||= lastLog?.lies.isRefusing === true;
  }
  return undefined;
}

export let lastLog: ConsoleLog | undefined;

/** How one tick is read. */
export interface ReadOptions {
  readonly seed: number;
  readonly now: number;
  readonly memory: ConsoleMemory;
  readonly concurrency: number;
  readonly requestTimeoutMs: number;
  readonly deadlineMs: number;
  readonly processQuestions: number;
  readonly shard?: Shard;
}

/** Reads a model cluster through its console, and aggregates. Throws what the reader throws. */
export function readModel({ cluster, faults }: AdversaryTick, time: VirtualTime, options: ReadOptions) {
  const { now, memory, concurrency, deadlineMs, processQuestions, shard } = options;
  const { http, log } = modelConsole(cluster, faults, { ...options, time });
  const clock = () => now + time.now();
  const reader = consoleReader(http, { credentials: {}, concurrency }, { memory, addSecret: () => undefined, clock });
  const scope: ReadScope = {
    topics: { ignored: [], shard },
    ignoredGroups: [],
    processQuestions,
    deadline: time.deadlineAt(deadlineMs),
    now,
  };
  const read = async () => aggregate(await time.run(reader.read(scope)), clock());
  return { read, log };
}

async function runTick(
  one: Case,
  index: number,
  tick: AdversaryTick,
  earlier: Earlier,
  memory: ConsoleMemory,
  use: (time: VirtualTime) => void,
): Promise<string | undefined> {
  const time = startVirtualTime();
  use(time);
  const { read, log } = readModel(tick, time, { ...one, seed: one.seed + index, now: NOW + index * 60_000, memory });
  const isFaultless = tick.faults.length === 0;
  log.lies.isRefusing = earlier.isRefusing;
  lastLog = log;
  let report: Report;
  try {
    report = await read();
  } catch (error) {
    const { kind, message } = error as { kind?: string; message: string };
    if (kind === undefined || kind === 'internal') return `threw ${message}`;
    return isFaultless ? `without faults the tick fails: ${message}` : undefined;
  }
  if (log.inFlight > 0) return `${log.inFlight} requests are still in flight`;
  if (time.now() > one.deadlineMs) return `read until ${time.now()} ms, the deadline was at ${one.deadlineMs}`;
  if (log.harm.length > 0) return `asked at the same time: ${log.harm[0]}`;
  return judge(report, tick.cluster, isFaultless, log, earlier);
}

type Observed = { kind: 'number'; rows: ReadonlyMap<string, number>; total: number } | { kind: 'unreadable' | 'unsubscribed' | 'nothing' };

function judge(report: Report, cluster: ModelCluster, isFaultless: boolean, log: ConsoleLog, earlier: Earlier): string | undefined {
  const isComplete = report.failures.length === 0;
  const readable = new Map(report.readableTopics.map(({ topic, readable: isReadable }) => [topic, isReadable]));
  let isAllSure = true;
  const pairs = new Map<string, { topic: string; group: string }>();
  const add = (topic: string, group: string) => pairs.set(`${topic} ${group}`, { topic, group });
  for (const { name } of cluster.topics) for (const group of groupsOn(cluster, name)) add(name, group);
  for (const { topic, consumerGroup } of [...report.subscriptions, ...report.unreadableGroups, ...report.unsubscribedGroups])
    add(topic, consumerGroup);

  for (const { topic, group } of pairs.values()) {
    const truth = truthOf(cluster, topic, group);
    const observed = observe(report, topic, group);
    const where = `${group} on ${topic}`;
    if (observed.kind === 'number') {
      const wrong = numberIsWrong(observed.rows, cluster, topic, group, log);
      if (wrong !== undefined)
        return `${where}: got ${observed.total} messages (${[...observed.rows.keys()].length} queues), complete ${isComplete}; ${wrong}`;
    }
    if (observed.kind === 'unsubscribed' && ![cluster, ...earlier.clusters].some((one) => truthOf(one, topic, group).kind === 'dropped'))
      return `${where}: said to be unsubscribed, the truth is ${truth.kind}`;
    if (observed.kind === 'unreadable' && isComplete) return `${where}: unreadable, and the tick is complete`;
    const isTopicMarked = readable.get(topic) === false;
    if (isTopicMarked && isComplete) return `${topic}: not readable, and the tick is complete`;
    if (observed.kind === 'nothing' && !isTopicMarked && (truth.kind === 'rows' || truth.kind === 'dropped')) {
      const isHidden = log.lies.topics.has(topic) || (log.lies.pairs.has(`${topic} ${group}`) && !log.shown.has(`${topic} ${group}`));
      const isMarkedByName = log.lies.topics.has(retryOf(group)) && group === topic;
      if (!isHidden && !isMarkedByName && !(cluster.refuses !== undefined && log.lies.pairs.has(`${topic} ${group}`)))
        return `${where}: there is no number and no mark, complete ${isComplete}; the truth is ${truth.kind} of ${totalOf(truth.rows)}`;
    }
    if (isFaultless) {
      const expected = expectedOf(cluster, topic, group);
      if (expected === 'any') isAllSure = false;
      else if (observed.kind !== expected)
        return `${where}: without faults ${expected} is expected, got ${observed.kind}: ${why(report, topic, group)}`;
    }
  }
  if (isFaultless && isAllSure && isCertain(cluster) && !isComplete)
    return `without faults the tick is not complete: ${report.failures.map(({ topic, message }) => `${topic}: ${message}`).join('; ')}`;
  return judgeOnline(report, cluster, log, isFaultless) ?? judgeCounts(report, cluster, log) ?? judgeSums(report, cluster);
}

function totalOf(rows: readonly ModelRow[]): number {
  return rows.reduce((total, row) => total + waiting(row), 0);
}

const waiting = ({ brokerOffset, consumerOffset }: ModelRow) => Math.max(0, brokerOffset - consumerOffset);

function why(report: Report, topic: string, group: string): string {
  return (
    report.unreadableGroups.find((one) => one.topic === topic && one.consumerGroup === group)?.failure.message ??
    report.failures.find((failure) => failure.topic === topic)?.message ??
    ''
  );
}

function observe(report: Report, topic: string, group: string): Observed {
  const isOf = (one: { topic: string; consumerGroup: string }) => one.topic === topic && one.consumerGroup === group;
  const found = report.subscriptions.find(isOf);
  if (found !== undefined)
    return {
      kind: 'number',
      total: found.backlog,
      rows: new Map(report.detail.filter(isOf).map(({ broker, queueId, backlog }) => [`${broker} ${queueId}`, backlog])),
    };
  if (report.unreadableGroups.some(isOf)) return { kind: 'unreadable' };
  return { kind: report.unsubscribedGroups.some(isOf) ? 'unsubscribed' : 'nothing' };
}

function numberIsWrong(
  got: ReadonlyMap<string, number>,
  cluster: ModelCluster,
  topicName: string,
  groupName: string,
  log: ConsoleLog,
): string | undefined {
  const truth = truthOf(cluster, topicName, groupName);
  // A broadcast group without a message ever sent has no backlog in any reading.
  if (truth.kind === 'broadcast' && [...got.values()].every((backlog) => backlog === 0)) return undefined;
  if (truth.kind !== 'rows' && truth.kind !== 'dropped') return `the truth is ${truth.kind}`;
  const expected = new Map(truth.rows.map((row) => [`${row.brokerName} ${row.queueId}`, row]));
  for (const [queue, backlog] of got) {
    const row = expected.get(queue);
    if (row === undefined) return `there is no queue ${queue}`;
    if (waiting(row) !== backlog) return `queue ${queue} has ${backlog}, the truth is ${waiting(row)}`;
  }
  const missing = new Set(truth.rows.filter((row) => !got.has(`${row.brokerName} ${row.queueId}`)).map(({ brokerName }) => brokerName));
  for (const broker of missing) {
    if (truth.rows.some((row) => row.brokerName === broker && got.has(`${broker} ${row.queueId}`)))
      return `broker ${broker} has only some of its queues`;
    if (!mayLack(broker, cluster, topicName, groupName, log)) return `broker ${broker} is missing; the truth is ${totalOf(truth.rows)}`;
  }
  return undefined;
}

/** The limits that nobody can see through: a route that lacks the broker, and brokers 4.x behind a console 2.x. */
function mayLack(broker: string, cluster: ModelCluster, topic: string, groupName: string, log: ConsoleLog): boolean {
  if (log.lies.routes.get(topic)?.has(broker) || log.lies.isRefusing) return true;
  const group = cluster.groups.find(({ name }) => name === groupName);
  if (group === undefined) return false;
  if (cluster.refuses !== undefined && !group.retryOn.includes(broker) && group.retryOn.length > 0) return true;
  // Without routes, what no list of brokers and no row shows is not there.
  if (cluster.refuses !== undefined && (log.lies.brokers || log.lies.rows.has(groupName) || differs(group))) return true;
  if (!isBlind(cluster)) return false;
  return (
    group.committed[topic]?.[broker] === undefined ||
    log.lies.rows.has(groupName) ||
    differs(group) ||
    truthOf(cluster, topic, groupName).kind === 'dropped'
  );
}

function differs({ clients }: ModelGroup): boolean {
  const [first, ...others] = clients.map(({ topics }) => [...topics].sort().join(' '));
  return others.some((topics) => topics !== first);
}

const neverCommitted = ({ committed }: ModelGroup) =>
  Object.values(committed).every((byBroker) => Object.values(byBroker).every((all) => all.every((offset) => offset <= 0)));

/** What a tick without faults must find. */
function expectedOf(cluster: ModelCluster, topicName: string, groupName: string): 'number' | 'unsubscribed' | 'nothing' | 'any' {
  const truth = truthOf(cluster, topicName, groupName);
  const group = cluster.groups.find(({ name }) => name === groupName);
  const topic = topicOf(cluster, topicName);
  if (truth.kind === 'phantom') return 'nothing';
  if (group === undefined || topic === undefined) return 'any';
  const brokers = Object.keys(topic.queues);
  if (differs(group) || group.clients.some(({ hangs }) => hangs) || cluster.brokers.some(({ forgot }) => forgot)) return 'any';
  if (truth.kind === 'broadcast')
    return group.clients.length > 0 && Object.values(topic.queues).some((all) => all.some((offset) => offset > 0)) ? 'nothing' : 'any';
  // A client that subscribes to nothing but its group's retry topic proves nothing.
  if (truth.kind === 'dropped' && group.clients.every(({ topics }) => topics.every((name) => name.startsWith('%')))) return 'any';
  if (truth.kind === 'dropped') return cluster.refuses === undefined ? 'unsubscribed' : 'any';
  const isWholeByGroup = topic.logical === undefined && brokers.every((broker) => group.committed[topicName]?.[broker] !== undefined);
  const retryCovers = brokers.every((broker) => group.retryOn.includes(broker));
  const isWholeByTopic = !isBlind(cluster) && (retryCovers || (group.retryOn.length === 0 && cluster.console === '2.1.0'));
  const mayBroadcast = neverCommitted(group) && (group.kind === 'grpc' || group.clients.length === 0);
  if (mayBroadcast) return 'any';
  if (cluster.console === '1.0.0' && group.retryOn.length === 0) return 'any';
  if (isBlind(cluster)) return cluster.refuses === undefined && isWholeByGroup ? 'number' : 'any';
  return (isWholeByGroup && (cluster.console === '2.1.0' || retryCovers) && cluster.refuses === undefined) || isWholeByTopic
    ? 'number'
    : 'any';
}

function isCertain({ brokers, groups, proxies, refuses, version }: ModelCluster): boolean {
  const isOdd = ({ kind, clients }: ModelGroup) => kind === 'by hand' || clients.some(({ hangs }) => hangs);
  return (
    brokers.every(({ forgot }) => !forgot) && proxies.length === 0 && refuses === undefined && version !== 'V4_9_7' && !groups.some(isOdd)
  );
}

function judgeOnline(report: Report, cluster: ModelCluster, { lies }: ConsoleLog, isFaultless: boolean): string | undefined {
  for (const [name, online] of report.clientsOnline) {
    const group = cluster.groups.find((one) => one.name === name);
    const truth = group?.clients.length ?? 0;
    // A POP retry topic that the list lacks would have shown that nobody can know; console 1.0.0 asks a broker of its choice.
    const isHidden =
      [...lies.topics].some((topic) => topic.startsWith(retryOf(name))) ||
      (cluster.console === '1.0.0' && cluster.brokers.some(({ forgot }) => forgot));
    const forgetting = cluster.brokers.every((broker) => broker.forgot || lies.routes.size > 0 || lies.pairs.size > 0 || lies.brokers);
    if (online === 0 && truth > 0 && !isHidden && !forgetting) return `${name}: nobody is said to be online, and ${truth} clients are`;
    if (online > truth) return `${name}: ${online} clients are said to be online, and ${truth} are`;
  }
  if (isFaultless && isCertain(cluster))
    for (const { consumerGroup, backlog } of report.subscriptions) {
      const group = cluster.groups.find(({ name }) => name === consumerGroup);
      if (
        group?.kind === 'push' &&
        group.clients.length === 0 &&
        group.retryOn.length > 0 &&
        backlog > 0 &&
        report.clientsOnline.get(consumerGroup) !== 0
      )
        return `${consumerGroup}: nobody is online, and that is not said`;
    }
  return undefined;
}

function judgeCounts({ groups, deadLetters, topics }: Report, cluster: ModelCluster, { lies }: ConsoleLog): string | undefined {
  const broadcasts = cluster.groups.filter(({ kind }) => kind === 'broadcast').length;
  if (groups.broadcast > broadcasts) return `${groups.broadcast} broadcast groups are said to be there, and ${broadcasts} are`;
  const phantoms = cluster.topics.filter(({ name }) => truthOf(cluster, name, name).kind === 'phantom').length;
  if (groups.phantom > phantoms && lies.topics.size === 0)
    return `${groups.phantom} phantom groups are said to be there, and ${phantoms} are`;
  for (const { consumerGroup, stored, everSent } of deadLetters) {
    const topic = topicOf(cluster, `%DLQ%${consumerGroup}`)?.stored;
    if (topic === undefined || topic.max - topic.min !== stored || topic.max !== everSent)
      return `${consumerGroup}: ${stored} dead letters of ${everSent} are wrong`;
  }
  const listed = listedTopics(cluster).length - lies.topics.size;
  const seen = topics.read + topics.failed + topics.unread + topics.ignored;
  return lies.topics.size === 0 && seen < listed ? `${seen} topics are counted, ${listed} are listed` : undefined;
}

/** The seven sums, each added up from the queues; and nobody holds a queue who does not. */
function judgeSums(report: Report, cluster: ModelCluster): string | undefined {
  const added = <K>(keyOf: (row: Report['detail'][number]) => K) => {
    const sums = new Map<K, number>();
    for (const row of report.detail) sums.set(keyOf(row), (sums.get(keyOf(row)) ?? 0) + row.backlog);
    return sums;
  };
  const differ = (what: string, got: ReadonlyMap<string, number>, expected: ReadonlyMap<string, number>) => {
    for (const key of new Set([...got.keys(), ...expected.keys()]))
      if (got.get(key) !== expected.get(key)) return `the sum by ${what} ${key} is ${got.get(key)}, its queues have ${expected.get(key)}`;
    return undefined;
  };
  const total = report.detail.reduce((sum, { backlog }) => sum + backlog, 0);
  if (report.backlog !== total) return `the sum of all is ${report.backlog}, the queues have ${total}`;
  const byQueue = new Map(
    [...report.byQueue].flatMap(([broker, queues]) => [...queues].map(([id, backlog]) => [`${broker} ${id}`, backlog] as const)),
  );
  for (const { topic, consumerGroup, broker, queueId, client } of report.detail) {
    if (client.ip === '' || cluster.groups.some(({ name, kind }) => name === consumerGroup && kind === 'broadcast')) continue;
    const row = cluster.topics.length === 0 ? undefined : rowOf(cluster, topic, consumerGroup, broker, queueId);
    const owner = row?.clientInfo?.split('#')[0];
    if (owner !== `${client.ip}@${client.pid}`)
      return `${broker} ${queueId} of ${topic} is said to be held by ${client.ip}@${client.pid}, it is ${owner}`;
  }
  return (
    differ(
      'topic',
      report.byTopic,
      added(({ topic }) => topic),
    ) ??
    differ(
      'group',
      report.byGroup,
      added(({ consumerGroup }) => consumerGroup),
    ) ??
    differ(
      'topic and group',
      new Map(report.subscriptions.map((one) => [`${one.topic} ${one.consumerGroup}`, one.backlog])),
      added((row) => `${row.topic} ${row.consumerGroup}`),
    ) ??
    differ(
      'broker',
      report.byBroker,
      added(({ broker }) => broker),
    ) ??
    differ(
      'queue',
      byQueue,
      added(({ broker, queueId }) => `${broker} ${queueId}`),
    ) ??
    differ(
      'process',
      new Map(report.byProcess.map(({ client, backlog }) => [`${client.ip}@${client.pid}`, backlog])),
      added(({ client }) => `${client.ip}@${client.pid}`),
    )
  );
}

function rowOf(cluster: ModelCluster, topic: string, group: string, broker: string, queueId: number): ModelRow | undefined {
  const truth = truthOf(cluster, topic, group);
  return 'rows' in truth ? truth.rows.find((row) => row.brokerName === broker && row.queueId === queueId) : undefined;
}

/** What is wrong, without the names and numbers of one case. */
export function kindOf(wrong: string | undefined): string {
  return (wrong ?? '')
    .replace(/%RETRY%|tick \d+: /g, '')
    .replace(/[tg]?\d+/g, '#')
    .replace(/\b[abc]\b/g, '#')
    .replace(/topic=\S+|while.*$/g, '');
}

/** A smaller case that goes wrong in the same way: without the faults, groups and topics that do not matter. */
export async function shrink(one: Case, use: (time: VirtualTime) => void): Promise<Case> {
  let smallest = one;
  const kind = kindOf(await runCase(one, use));
  for (let again = true; again; ) {
    again = false;
    for (const smaller of smallerThan(smallest)) {
      if (kindOf(await runCase(smaller, use)) !== kind) continue;
      smallest = smaller;
      again = true;
      break;
    }
  }
  return smallest;
}

function* smallerThan(one: Case): Generator<Case> {
  const last = one.ticks.length - 1;
  if (last > 0) {
    yield { ...one, ticks: one.ticks.slice(0, last) };
    yield { ...one, ticks: one.ticks.slice(1) };
  }
  for (const [index, tick] of one.ticks.entries())
    for (const gone of tick.faults)
      yield {
        ...one,
        ticks: one.ticks.map((other, at) => (at === index ? { ...other, faults: other.faults.filter((fault) => fault !== gone) } : other)),
      };
  const changed = (change: (cluster: ModelCluster) => void): Case => ({
    ...one,
    ticks: one.ticks.map((tick) => {
      const cluster = structuredClone(tick.cluster);
      change(cluster);
      return { ...tick, cluster };
    }),
  });
  const [first] = one.ticks;
  for (const { name } of first?.cluster.groups ?? [])
    yield changed(({ groups, topics }) => {
      groups.splice(
        groups.findIndex((group) => group.name === name),
        1,
      );
      topics.splice(0, topics.length, ...topics.filter((topic) => !topic.name.startsWith(retryOf(name))));
    });
  // A retry topic says something of the topic that its name ends with.
  const isNeeded = (name: string) =>
    name.startsWith(retryOf('')) || first?.cluster.topics.some((topic) => new RegExp(`[_+]${name}$`).test(topic.name));
  for (const { name } of first?.cluster.topics.filter((topic) => !isNeeded(topic.name)) ?? [])
    yield changed(({ topics, groups }) => {
      topics.splice(
        topics.findIndex((topic) => topic.name === name),
        1,
      );
      for (const group of groups) {
        delete group.committed[name];
        for (const client of group.clients) client.topics = client.topics.filter((topic) => topic !== name);
      }
    });
  for (const group of first?.cluster.groups ?? [])
    if (group.clients.length > 1) yield changed(({ groups }) => void groups.find(({ name }) => name === group.name)?.clients.pop());
  for (const fault of one.ticks.flatMap(({ faults }) => faults))
    if (fault.times > 1)
      yield {
        ...one,
        ticks: one.ticks.map((tick) => ({
          ...tick,
          faults: tick.faults.map((other) => (other === fault ? { ...other, times: 1 } : other)),
        })),
      };
}

/** A case for a person to read. */
export function describeCase({ seed, ticks, concurrency, deadlineMs, processQuestions }: Case): string {
  const lines = [`seed ${seed}, concurrency ${concurrency}, deadline ${deadlineMs} ms, process questions ${processQuestions}`];
  for (const [index, { cluster, faults }] of ticks.entries()) {
    const { version, console, refuses, brokers, topics, groups, proxies } = cluster;
    const odd = brokers.map(({ name, id, forgot }) => name + (id === '1' ? ' (slave)' : '') + (forgot ? ' (forgot its clients)' : ''));
    lines.push(
      `tick ${index + 1}: console ${console}${refuses ? ` refusing ${refuses}` : ''}, brokers ${version} ${odd.join(', ')}, proxies ${proxies.join(' ') || 'none'}`,
    );
    for (const topic of topics)
      lines.push(`  topic ${topic.name} ${JSON.stringify(topic.queues)}${topic.logical ? ` logical ${topic.logical}` : ''}`);
    for (const { name, kind, clients, committed, retryOn } of groups) {
      const online = clients.map(({ topics: subscribed, hangs }) => `[${subscribed}]${hangs ? ' hangs' : ''}`).join(' ') || 'offline';
      lines.push(
        `  ${kind} group ${name}: ${online}, committed ${JSON.stringify(committed)}, retry topic on ${retryOn.join(' ') || 'none'}`,
      );
    }
    for (const { kind, endpoint, where, times } of faults)
      lines.push(`  fault: ${kind} at ${endpoint} ${JSON.stringify(where)} ${times} times`);
  }
  return lines.join('\n');
}
