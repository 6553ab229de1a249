import type { Context } from 'aws-lambda';
import { openLog } from './base/log.ts';
import { emptyWarmState, invoke } from './invocation.ts';
import type { TickResult } from './result.ts';

const warm = emptyWarmState();
const log = openLog(process.stdout);

/** Kept for returning the answer. */
const RETURN_MS = 500;
/** Where nobody says how much time there is. */
const DEFAULT_BUDGET_MS = 50_000;

/** What of Lambda's context is looked at, where there is one. */
type InvocationContext = Partial<Pick<Context, 'awsRequestId' | 'getRemainingTimeInMillis'>>;

/** Lambda's entry: EventBridge's scheduled event, or one from `sls invoke`. A failed tick throws, so that Lambda counts and logs it. */
export async function handler(event: unknown, context?: InvocationContext): Promise<TickResult> {
  log.setRequestId(context?.awsRequestId);
  const budgetMs = context?.getRemainingTimeInMillis ? context.getRemainingTimeInMillis() - RETURN_MS : DEFAULT_BUDGET_MS;
  return await invoke(event, { env: process.env, budgetMs, warm, log });
}
