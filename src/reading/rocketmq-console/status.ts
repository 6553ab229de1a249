import { LagPusherError } from '../../base/errors.ts';

/** The console answered with an HTTP status that is not 200. A 5xx may pass when tried again. */
export class StatusError extends LagPusherError {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(status >= 500 ? 'server-error' : 'status', message);
  }
}
