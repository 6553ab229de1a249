import * as v from 'valibot';
import { excerpt } from '../../base/text.ts';
import type { BrokerReading } from '../../lag/readings.ts';
import { answeringAddress, check, type Endpoint, entries, list, name, WireError } from './answers.ts';

/** Questions about the cluster: its brokers, the proxies in the console's configuration, and the name servers that it reads from. */

/** A broker, and the address to ask. */
export interface BrokerAddress extends BrokerReading {
  readonly address: string;
  /** Null if its runtime table does not have it. */
  readonly version: string | null;
}

/** The id of a master among the brokers of one name; all others are slaves. */
const MASTER_ID = '0';

/**
 * Every broker of the cluster with its address and runtime state. The address is that of the master, or of the slave with the
 * lowest id if there is no master, because that slave acts for it.
 */
export function decodeBrokers(data: unknown): BrokerAddress[] {
  const { clusterInfo, brokerServer } = check(
    v.object({ clusterInfo: v.object({ brokerAddrTable: v.unknown() }), brokerServer: v.optional(v.unknown()) }),
    data,
    'data',
  );
  const runtimes = new Map(isObject(brokerServer) ? Object.entries(brokerServer) : []);
  const brokers = entries(clusterInfo.brokerAddrTable, 'data.clusterInfo.brokerAddrTable').flatMap(([broker, value]) => {
    const where = `data.clusterInfo.brokerAddrTable[${excerpt(JSON.stringify(broker))}]`;
    const { brokerAddrs } = check(v.object({ brokerAddrs: v.unknown() }), value, where);
    const answering = answeringAddress(brokerAddrs, `${where}.brokerAddrs`);
    if (answering === undefined) return [];
    const { id, address } = answering;
    return {
      broker: broker.toWellFormed(),
      address,
      ...toRuntime(runtimes.get(broker), id),
    };
  });
  if (brokers.length === 0) throw new WireError('data.clusterInfo.brokerAddrTable names no broker');
  return brokers;
}

/** All brokers of the name server, even if they form several clusters. */
export const BROKERS: Endpoint<Record<never, string>, BrokerAddress[]> = { path: '/cluster/list.query', decode: decodeBrokers };

const Proxies = v.object({ proxyAddrList: v.nullish(list(name)) });

export function decodeProxies(data: unknown): string[] {
  return check(Proxies, data, 'data').proxyAddrList ?? [];
}

/** Remoting addresses of the proxies in the console's configuration; it may list proxies that do not exist. */
export const PROXIES: Endpoint<Record<never, string>, string[]> = { path: '/proxy/homePage.query', decode: decodeProxies };

const Operations = v.object({ currentNamesrv: v.nullish(v.string()) });

export function decodeCurrentNameServer(data: unknown): string | undefined {
  return check(Operations, data, 'data').currentNamesrv || undefined;
}

/** The name servers that the console reads from now, `host:port` with semicolons between; undefined if the answer has none. */
export const CURRENT_NAME_SERVER: Endpoint<Record<never, string>, string | undefined> = {
  path: '/ops/homePage.query',
  decode: decodeCurrentNameServer,
};

/** One broker's runtime table. All values are strings; a value that is missing or cannot be parsed is unknown. */
function toRuntime(runtimeById: unknown, id: string): Omit<BrokerReading, 'broker'> {
  const found = isObject(runtimeById) ? runtimeById[id] : undefined;
  const table = new Map(isObject(found) ? Object.entries(found) : []);
  const version = table.get('brokerVersionDesc');
  return {
    earliestMessageAt: earliestMessageAt(table.get('earliestMessageTimeStamp')),
    diskUsedRatio: diskUsedRatio(table.get('commitLogDiskRatio')),
    // A slave only copies its master's schedule, and delivers nothing by it.
    delayed: id === MASTER_ID ? delayedByLevel(table) : new Map(),
    version: typeof version === 'string' && version !== '' ? version.toWellFormed() : null,
    pullWaitSeconds: secondsOf(table.get('pullThreadPoolQueueHeadWaitTimeMills')),
    sendWaitSeconds: secondsOf(table.get('sendThreadPoolQueueHeadWaitTimeMills')),
    pageCacheLockSeconds: secondsOf(table.get('pageCacheLockTimeMills')),
    dispatchBehindBytes: wholeNumber(table.get('dispatchBehindBytes')),
    // In seconds already, unlike its neighbours. Only RocketMQ 5 has a timer.
    timerBehindSeconds: wholeNumber(table.get('timerReadBehind')),
    timerMessages: wholeNumber(table.get('timerCongestNum')),
  };
}

/** -1 and 0 mean that the time is unknown. */
function earliestMessageAt(text: unknown): number | null {
  const time = numberOf(text, /^\d+$/);
  return Number.isSafeInteger(time) && time > 0 ? time : null;
}

/** -1 means that the broker could not read the disk's usage. */
function diskUsedRatio(text: unknown): number | null {
  const ratio = numberOf(text, /^\d+(\.\d+)?(E-?\d+)?$/);
  return ratio >= 0 && ratio <= 1 ? ratio : null;
}

/** The value of a level is `delivered,max`: the offset up to which its messages are delivered, and the end of its queue. */
function delayedByLevel(table: ReadonlyMap<string, unknown>): Map<number, number> {
  const byLevel = new Map<number, number>();
  for (const [key, text] of table) {
    const [, level] = /^scheduleMessageOffset_([1-9]\d*)$/.exec(key) ?? [];
    const [, delivered, max] = (typeof text === 'string' && /^(\d+),(\d+)$/.exec(text)) || [];
    const messages = Number(max) - Number(delivered);
    // A broker reads the two offsets one after the other, so the first can be larger.
    if (level !== undefined && Number.isSafeInteger(messages)) byLevel.set(Number(level), Math.max(0, messages));
  }
  return byLevel;
}

const MS_PER_SECOND = 1000;

function secondsOf(text: unknown): number | null {
  const ms = wholeNumber(text);
  return ms === null ? null : ms / MS_PER_SECOND;
}

/** A negative number means that the broker could not measure it. */
function wholeNumber(text: unknown): number | null {
  const value = numberOf(text, /^\d+$/);
  return Number.isSafeInteger(value) ? value : null;
}

function numberOf(text: unknown, shape: RegExp): number {
  return typeof text === 'string' && shape.test(text) ? Number(text) : Number.NaN;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
