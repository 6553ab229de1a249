import { LagPusherError } from '../../base/errors.ts';

/** What a status says that is not the console's own but that of a server in front of it: `: …`, or nothing. */
export function adviseOnStatus(status: number): string {
  if (status === 502 || status === 503 || status === 504) return ': what is in front of the console cannot reach it';
  if (status === 429) return ': what is in front of the console limits how often it may be asked; a lower CONCURRENCY asks less at a time';
  return '';
}

/** The console answered with an HTTP status that is not 200. A 5xx may pass when tried again. */
export class StatusError extends LagPusherError {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(status >= 500 ? 'server-error' : 'status', message);
  }
}
