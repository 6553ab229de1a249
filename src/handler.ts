import type { Context } from 'aws-lambda';
import { openLog } from './base/log.ts';
import { cutAt } from './base/text.ts';
import { emptyWarmState, invoke } from './invocation.ts';
import type { TickResult } from './result.ts';

const warm = emptyWarmState();
const log = openLog(process.stdout);

/** Time that is kept for returning the result. */
const RETURN_MS = 500;
/** The time for a tick outside Lambda. */
const DEFAULT_BUDGET_MS = 50_000;

/** The part of Lambda's context that is used. Outside Lambda there is no context. */
type InvocationContext = Partial<Pick<Context, 'awsRequestId' | 'getRemainingTimeInMillis'>>;

/** Lambda's entry: EventBridge's scheduled event, or one from `sls invoke`. A failed tick throws, so that Lambda counts and logs it. */
export async function handler(event: unknown, context?: InvocationContext): Promise<TickResult> {
  log.setRequestId(context?.awsRequestId);
  const budgetMs = context?.getRemainingTimeInMillis ? context.getRemainingTimeInMillis() - RETURN_MS : DEFAULT_BUDGET_MS;
  return fitResponse(await invoke(event, { env: process.env, budgetMs, warm, log }));
}

/** Lambda takes 6 MB. The exposition of a dry run is cut before this, and takes up to a third of it. */
const MAX_RESPONSE_BYTES = 5_500_000;
/** A name of RocketMQ has at most 255 characters; what a console sends may be longer. */
const MAX_TEXT = 1_000;
/** Lists are cut to so many items, one length after the other, until the result fits. */
const LIST_LENGTHS = [Infinity, 2_000, 500, 100, 10];

/** The result as it is where it fits, otherwise with long texts and then long lists cut. */
export function fitResponse(result: TickResult): TickResult {
  const { exposition, ...rest } = result;
  const room = MAX_RESPONSE_BYTES - bytesOf(exposition ?? '');
  let response = rest;
  for (const items of LIST_LENGTHS) {
    if (bytesOf(response) <= room) break;
    response = cutDeep(rest, items);
  }
  return exposition === undefined ? response : { ...response, exposition };
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

function cutDeep<T>(value: T, items: number): T {
  if (typeof value === 'string') return cutAt(MAX_TEXT, value) as T;
  if (Array.isArray(value)) return value.slice(0, items).map((item) => cutDeep(item, items)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cutDeep(item, items)])) as T;
}
