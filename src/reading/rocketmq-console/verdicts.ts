import { NoAnswerError } from '../../http/client.ts';
import type { FailureClass } from '../rounds.ts';
import { LoginError } from './session.ts';
import { StatusError } from './status.ts';
import { RefusedError } from './wire.ts';

/** Nothing listens there, or nothing is there at all: a console that restarts looks like this for some fifteen seconds. */
const UNREACHABLE = /^(ECONNREFUSED|EHOSTDOWN|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/;

/** What a failure at a console means: whether a retry is worth it, and whether the console needs a rest. */
export function classifyFailure(error: unknown): FailureClass {
  if (error instanceof LoginError) return 'fatal';
  if (error instanceof NoAnswerError) return classifyNoAnswer(error);
  if (error instanceof StatusError) return classifyStatus(error.status);
  if (!(error instanceof RefusedError)) return 'final';
  if (error.kind === 'console-busy') return 'busy';
  if (error.kind === 'broker-unreachable') return error.words.includes('RemotingTimeoutException') ? 'slow' : 'passing';
  return 'final';
}

function classifyStatus(status: number): FailureClass {
  // A proxy in front of the console says so while the console is away.
  if (status === 502 || status === 503) return 'unavailable';
  return status >= 500 ? 'passing' : 'final';
}

function classifyNoAnswer({ reason, code }: NoAnswerError): FailureClass {
  if (reason === 'timeout') return 'slow';
  if (reason === 'connection') return code !== undefined && UNREACHABLE.test(code) ? 'away' : 'passing';
  return 'final';
}
