import * as v from 'valibot';
import { excerpt } from '../../http/excerpts.ts';
import type { BrokerReading } from '../../lag/readings.ts';
import { check, count, entries, WireError } from './wire.ts';

/** What a console says of brokers and of what topics store. */

const Offsets = v.object({ minOffset: count, maxOffset: count });

/** Messages that a topic stores now, and how many it ever received. The keys are the text of a Java object: not read. */
export function decodeStored(data: unknown): { stored: number; everSent: number } {
  const { offsetTable } = check(v.object({ offsetTable: v.unknown() }), data, 'data');
  const queues = entries(offsetTable, 'data.offsetTable').map(([key, value]) =>
    check(Offsets, value, `data.offsetTable[${excerpt(JSON.stringify(key))}]`),
  );
  if (queues.length === 0) throw new WireError('data.offsetTable has no queue: no broker told its offsets');
  let stored = 0;
  let everSent = 0;
  for (const { minOffset, maxOffset } of queues) {
    stored += Math.max(0, maxOffset - minOffset);
    everSent += maxOffset;
  }
  return { stored, everSent };
}

/** A broker, and where it answers. */
export interface BrokerAddress extends BrokerReading {
  readonly address: string;
  /** Null where its runtime table does not say. */
  readonly version: string | null;
}

/**
 * Every broker of the cluster with the address that answers for it: its master's, and where it has none, that of the slave
 * with the lowest id, which acts for it.
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
    const [first] = entries(brokerAddrs, `${where}.brokerAddrs`).sort(([a], [b]) => Number(a) - Number(b));
    if (first === undefined) return [];
    const [id, address] = first;
    return {
      broker: broker.toWellFormed(),
      address: check(v.string('expected a string'), address, `${where}.brokerAddrs`),
      earliestMessageAt: earliestMessageAt(runtimes.get(broker), id),
      version: versionOf(runtimes.get(broker), id),
    };
  });
  if (brokers.length === 0) throw new WireError('data.clusterInfo.brokerAddrTable names no broker');
  return brokers;
}

/** Of a broker's runtime table, whose values are all texts. -1 and 0 stand for a time that is not known. */
function earliestMessageAt(runtimeById: unknown, id: string): number | null {
  const runtime = isObject(runtimeById) ? runtimeById[id] : undefined;
  const time = isObject(runtime) ? Number(runtime.earliestMessageTimeStamp) : Number.NaN;
  return Number.isSafeInteger(time) && time > 0 ? time : null;
}

function versionOf(runtimeById: unknown, id: string): string | null {
  const runtime = isObject(runtimeById) ? runtimeById[id] : undefined;
  return isObject(runtime) && typeof runtime.brokerVersionDesc === 'string' ? runtime.brokerVersionDesc : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
