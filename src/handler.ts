import type { Context } from 'aws-lambda';
import { openLog } from './base/log.ts';
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
  return await invoke(event, { env: process.env, budgetMs, warm, log });
}
