/**
 * Any error that the product reports: one message for the operator (what is wrong, where, what to do), and a kind for
 * machines. It shows no stack trace, because a stack trace does not help with a wrong URL.
 */
export class LagPusherError extends Error {
  static {
    // Lambda returns the error's class name to the caller, and the minified bundle would shorten it.
    Object.defineProperty(LagPusherError, 'name', { value: 'LagPusherError' });
  }

  override readonly name = 'LagPusherError';

  /** How long the server asks to wait before a retry. */
  readonly retryAfterMs: number | undefined;

  constructor(
    readonly kind: string,
    message: string,
    options?: ErrorOptions & { readonly retryAfterMs?: number | undefined },
  ) {
    super(message, options);
    this.retryAfterMs = options?.retryAfterMs;
    this.stack = `${this.name}: ${message.split('\n', 1)[0]}`;
  }
}

/** Converts any thrown value to a `Failure`. An error of another class keeps its message and gets the kind `internal`. */
export function toFailure(error: unknown): { kind: string; message: string } {
  if (error instanceof LagPusherError) return { kind: error.kind, message: error.message };
  return { kind: 'internal', message: error instanceof Error ? error.message : String(error) };
}
