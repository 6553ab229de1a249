import * as v from 'valibot';
import { excerpt } from '../../base/text.ts';
import type { BrokerReading } from '../../lag/readings.ts';
import { answeringAddress, check, type Endpoint, entries, list, name, WireError } from './answers.ts';

/** Questions about the cluster: its brokers, the proxies that the console is set to know, and the name servers it reads from. */

/** A broker, and the address to ask. */
export interface BrokerAddress extends BrokerReading {
  readonly address: string;
  /** Null where its runtime table does not say. */
  readonly version: string | null;
}

/** The id of a master among the brokers of one name; all others are slaves. */
const MASTER_ID = '0';

/**
 * Every broker of the cluster with the address that answers for it, and what that one says of itself: its master, and where
 * it has none, the slave with the lowest id, which acts for it.
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
      ...readRuntime(runtimes.get(broker), id),
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

/** Remoting addresses of the proxies that the console is set to know, whether or not there are any. */
export const PROXIES: Endpoint<Record<never, string>, string[]> = { path: '/proxy/homePage.query', decode: decodeProxies };

const Operations = v.object({ currentNamesrv: v.nullish(v.string()) });

export function decodeCurrentNameServer(data: unknown): string | undefined {
  return check(Operations, data, 'data').currentNamesrv || undefined;
}

/** The name servers that the console reads from now, `host:port` with semicolons between; undefined when it does not say. */
export const CURRENT_NAME_SERVER: Endpoint<Record<never, string>, string | undefined> = {
  path: '/ops/homePage.query',
  decode: decodeCurrentNameServer,
};

/** One broker's runtime table. All values are strings; a value that is missing or cannot be parsed is unknown. */
function readRuntime(runtimeById: unknown, id: string): Omit<BrokerReading, 'broker'> {
  const found = isObject(runtimeById) ? runtimeById[id] : undefined;
  const table = new Map(isObject(found) ? Object.entries(found) : []);
  const version = table.get('brokerVersionDesc');
  return {
    earliestMessageAt: earliestMessageAt(table.get('earliestMessageTimeStamp')),
    diskUsedRatio: diskUsedRatio(table.get('commitLogDiskRatio')),
    // A slave only copies its master's schedule and does not deliver by it.
    delayed: id === MASTER_ID ? delayedByLevel(table) : new Map(),
    version: typeof version === 'string' && version !== '' ? version.toWellFormed() : null,
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

function numberOf(text: unknown, shape: RegExp): number {
  return typeof text === 'string' && shape.test(text) ? Number(text) : Number.NaN;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
