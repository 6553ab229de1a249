import type { Deadline } from '../../base/deadline.ts';
import type { ReadScope } from '../reader.ts';
import type { RetryOptions } from '../retry.ts';
import { type Endpoint, readAnswer } from './answers.ts';
import type { Session, SessionMemory } from './session.ts';

/** What every step of reading one console works with. */
export interface ConsoleContext {
  readonly session: Session;
  readonly scope: ReadScope;
  readonly memory: ConsoleMemory;
  /** Epoch ms. */
  readonly clock: () => number;
  /** How questions are retried, and by when all of them have ended. */
  readonly retry: RetryOptions;
}

/**
 * Asks one question, once. Throws a `LagPusherError`: the kinds are in `answers.ts`, and `NoAnswerError` where nothing came
 * back by the deadline (by default that of `retry`).
 */
export async function ask<Params extends Readonly<Record<string, string>>, Answer>(
  { session, retry, clock }: Pick<ConsoleContext, 'session' | 'retry' | 'clock'>,
  { path, decode }: Endpoint<Params, Answer>,
  params: Params,
  deadline: Deadline = retry.deadline,
): Promise<Answer> {
  const query = Object.entries(params).map(([key, value]) => `${key}=${encodeURIComponent(value.toWellFormed())}`);
  const answer = await session.send({ method: 'GET', path: query.length === 0 ? path : `${path}?${query.join('&')}` }, deadline);
  const readAt = clock();
  return decode(readAnswer(answer, session.baseUrl + path), params, readAt);
}

/**
 * What is remembered of one console while the Lambda is warm. None of it is a number. Everything but the session expires,
 * because it may change: the message model of a group, its subscriptions, the version of the console.
 */
export interface ConsoleMemory {
  readonly session: SessionMemory;
  readonly messageModels: ExpiringMap<string>;
  /** Groups that no longer subscribe to a topic, by topic and group. */
  readonly unsubscribed: ExpiringMap<true>;
  /** Endpoints that the console does not support, or does not offer to this user. */
  readonly unsupported: ExpiringMap<true, UnsupportedEndpoint>;
  /** When a tick last saw each broker in the list of the cluster, epoch ms. */
  readonly brokersSeenAt: Map<string, number>;
  /** Proxies that do not answer, by address. */
  readonly silentProxies: ExpiringMap<true>;
}

export type UnsupportedEndpoint = 'reading by group' | 'current name server' | 'proxies';

export function emptyConsoleMemory(): ConsoleMemory {
  return {
    session: { generation: 0 },
    messageModels: expiringMap(),
    unsubscribed: expiringMap(),
    unsupported: expiringMap(),
    brokersSeenAt: new Map(),
    silentProxies: expiringMap(),
  };
}

/** Values by key, each forgotten ten minutes after it was set. Times are epoch ms. */
export interface ExpiringMap<V, K extends string = string> {
  get(key: K, now: number): V | undefined;
  set(key: K, value: V, now: number): void;
}

const MAX_AGE_MS = 10 * 60_000;

function expiringMap<V, K extends string>(): ExpiringMap<V, K> {
  const entries = new Map<K, { readonly value: V; readonly at: number }>();
  return {
    get(key, now) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      // An entry from the future means that the clock was set back: its age is unknown.
      if (now >= entry.at && now - entry.at < MAX_AGE_MS) return entry.value;
      entries.delete(key);
      return undefined;
    },
    set(key, value, now) {
      entries.set(key, { value, at: now });
    },
  };
}
