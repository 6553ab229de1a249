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
  /** Ends everything, an answer that drips included: the timeout of a try looks at its beginning only. */
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
  const failed = new AbortController();
  const abortSignal = AbortSignal.any([signal, failed.signal]);
  async function below(path: string): Promise<Parameter[]> {
    const found: Parameter[] = [];
    for await (const page of paginateGetParametersByPath({ client }, { Path: path, WithDecryption: true }, { abortSignal })) {
      for (const { Name: name, Value: value } of page.Parameters ?? []) {
        if (name !== undefined && value !== undefined) found.push({ name, value });
      }
    }
    return found;
  }
  const reading = paths.map(below);
  try {
    return await Promise.all(reading);
  } finally {
    // Where one fails the other is not left pending; and sockets live for one tick.
    failed.abort();
    await Promise.allSettled(reading);
    client.destroy();
  }
}
