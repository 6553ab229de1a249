import type { Context } from 'aws-lambda';
import { emptyWarmState, invoke } from './invocation.ts';
import { openLog } from './log.ts';
import type { TickResult } from './result.ts';

const warm = emptyWarmState();
const log = openLog(process.stdout);

/** Kept for returning the answer. */
const RETURN_MS = 500;

/** Lambda's entry: EventBridge's scheduled event, or one from `sls invoke`. A failed tick throws, so that Lambda counts it. */
export async function handler(event: unknown, context: Pick<Context, 'getRemainingTimeInMillis'>): Promise<TickResult> {
  return await invoke(event, { env: process.env, budgetMs: context.getRemainingTimeInMillis() - RETURN_MS, warm, log });
}
