import { paginateGetParametersByPath, SSMClient } from '@aws-sdk/client-ssm';

/** A parameter below a path. */
export interface Parameter {
  /** The whole of it, `/path/NAME`. */
  readonly name: string;
  readonly value: string;
}

export interface SsmOptions {
  /** What one try may take, connecting included. */
  readonly tryTimeoutMs: number;
  readonly tries: number;
  /** Ends everything. */
  readonly signal: AbortSignal;
}

/**
 * All parameters directly below each of `paths`, decrypted, every page. Region, endpoint and credentials come from where
 * AWS' own tools take them. Throws what the SDK throws.
 *
 * This file alone imports the SDK, and is itself imported where SSM is used and not before: it is most of the bundle.
 */
export async function readParameters(paths: readonly string[], { tryTimeoutMs, tries, signal }: SsmOptions): Promise<Parameter[][]> {
  const client = new SSMClient({
    maxAttempts: tries,
    requestHandler: { connectionTimeout: tryTimeoutMs, requestTimeout: tryTimeoutMs, throwOnRequestTimeout: true },
  });
  async function below(path: string): Promise<Parameter[]> {
    const found: Parameter[] = [];
    for await (const page of paginateGetParametersByPath({ client }, { Path: path, WithDecryption: true }, { abortSignal: signal })) {
      for (const { Name: name, Value: value } of page.Parameters ?? []) {
        if (name !== undefined && value !== undefined) found.push({ name, value });
      }
    }
    return found;
  }
  try {
    // The signal reaches neither the search for credentials nor a body that drips.
    return await Promise.race([Promise.all(paths.map(below)), rejectionBy(signal)]);
  } finally {
    // Sockets live for one tick.
    client.destroy();
  }
}

function rejectionBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
