/**
 * What the product says when something is wrong: one message for the person who reads it (what, where, what to do),
 * and a kind for machines. No stack trace helps with a wrong URL, so none is shown.
 */
export class LagPusherError extends Error {
  static {
    // The bundle shortens names, and who invokes the Lambda is shown the class's.
    Object.defineProperty(LagPusherError, 'name', { value: 'LagPusherError' });
  }

  override readonly name = 'LagPusherError';

  constructor(
    readonly kind: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.stack = `${this.name}: ${message.split('\n', 1)[0]}`;
  }
}

/** Any thrown value as a `Failure`; what is not ours keeps its own words. */
export function toFailure(error: unknown): { kind: string; message: string } {
  if (error instanceof LagPusherError) return { kind: error.kind, message: error.message };
  return { kind: 'internal', message: error instanceof Error ? error.message : String(error) };
}
