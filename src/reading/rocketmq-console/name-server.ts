import { LagPusherError } from '../../base/errors.ts';
import type { RetryOptions } from '../rounds.ts';
import type { ConsoleMemory } from './memory.ts';
import type { Questions } from './questions.ts';
import { LoginError } from './session.ts';

/** The console shows another cluster than the one whose name its numbers would get. */
export class NameServerError extends LagPusherError {
  constructor(message: string) {
    super('name-server', message);
  }
}

/** The way of asking that 1.0.0 lacks, and that a console may keep from ordinary users. */
const WAY = 'current name server';

/**
 * Compares the name servers that the console reads from now with the expected ones. Since 2.0 anybody can switch them on a
 * page of the console, and another cluster's numbers would appear under this one's name. Throws a `NameServerError` where
 * they differ; where the console does not tell, nothing is known and nothing is refused.
 */
export async function refuseAnotherNameServer(
  expected: string | undefined,
  questions: Questions,
  memory: ConsoleMemory,
  { limit, now, classify }: RetryOptions,
): Promise<void> {
  if (expected === undefined || memory.unsupported.get(WAY, now)) return;
  let current: string | undefined;
  try {
    current = await limit.run(() => questions.currentNameServer());
  } catch (error) {
    if (error instanceof LoginError) throw error;
    if (classify(error) !== 'final') return;
  }
  if (current === undefined) return memory.unsupported.set(WAY, true, now);
  if (addresses(current) === addresses(expected)) return;
  throw new NameServerError(
    `the console now reads from the name server ${current}, and NAMESRV_ADDR is ${expected}: somebody switched it on the console's Ops page, or NAMESRV_ADDR needs the console's spelling; nothing is pushed, for it would be another cluster's numbers under this one's name`,
  );
}

/** In whatever order and with whatever separator. */
function addresses(list: string): string {
  return list
    .split(/[;,\s]+/)
    .filter((address) => address !== '')
    .sort()
    .join(';');
}
