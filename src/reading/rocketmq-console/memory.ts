import type { SessionMemory } from './session.ts';

/**
 * What is worth remembering of one console while the Lambda is warm. None of it is a number, and all of it but the session
 * grows old: a group may change its message model, a topic its brokers, a console its version.
 */
export interface ConsoleMemory {
  readonly session: SessionMemory;
  readonly messageModels: Recollection<string>;
  /** The brokers on which a topic has queues, by topic, and all that the cluster listed then. */
  readonly topicBrokers: Recollection<{ readonly on: ReadonlySet<string>; readonly listed: ReadonlySet<string> }>;
  /** Ways of asking that the console refused, by name. */
  readonly unsupported: Recollection<true>;
  /** When a tick last saw each broker in the cluster's list, epoch ms. */
  readonly brokersSeenAt: Map<string, number>;
  /** Proxies that do not answer, by address. */
  readonly silentProxies: Recollection<true>;
}

/** The way of reading that a console may lack. */
export const READ_BY_GROUP = 'by group';

export function emptyConsoleMemory(): ConsoleMemory {
  return {
    session: { generation: 0 },
    messageModels: recollection(),
    topicBrokers: recollection(),
    unsupported: recollection(),
    brokersSeenAt: new Map(),
    silentProxies: recollection(),
  };
}

/** Values by key that are forgotten after a while. Times are epoch ms. */
export interface Recollection<V> {
  get(key: string, now: number): V | undefined;
  set(key: string, value: V, now: number): void;
}

const MAX_AGE_MS = 10 * 60_000;

function recollection<V>(): Recollection<V> {
  const entries = new Map<string, { readonly value: V; readonly at: number }>();
  return {
    get(key, now) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      // An entry from the future is as good as none: the clock was set back.
      if (now >= entry.at && now - entry.at < MAX_AGE_MS) return entry.value;
      entries.delete(key);
      return undefined;
    },
    set(key, value, now) {
      entries.set(key, { value, at: now });
    },
  };
}
