import { paginateGetParametersByPath, SSMClient } from '@aws-sdk/client-ssm';

/** A parameter below a path. */
export interface Parameter {
  /** The full name, `/path/NAME`. */
  readonly name: string;
  readonly value: string;
}

export interface SsmOptions {
  /** The time that one try may take, connecting included. */
  readonly tryTimeoutMs: number;
  readonly tries: number;
  /** Ends everything, also an answer that arrives byte by byte: the timeout of a try ends when an answer begins. */
  readonly signal: AbortSignal;
}

/**
 * Reads all parameters directly below each of `paths`, decrypted, every page. Region, endpoint and credentials are found as
 * AWS' own tools find them. Throws what the SDK throws.
 *
 * The SDK is most of the bundle. Only this file imports it, and this file is imported only when SSM is used.
 */
export async function readParameters(paths: readonly string[], { tryTimeoutMs, tries, signal }: SsmOptions): Promise<Parameter[][]> {
  const client = new SSMClient({
    maxAttempts: tries,
    requestHandler: {
      connectionTimeout: tryTimeoutMs,
      requestTimeout: tryTimeoutMs,
      throwOnRequestTimeout: true,
      // Explicitly true, or NODE_TLS_REJECT_UNAUTHORIZED in the environment could turn verification off.
      httpsAgent: { rejectUnauthorized: true },
    },
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
    // If one path fails, reading the other ends as well. Sockets live for one tick only.
    failed.abort();
    await Promise.allSettled(reading);
    client.destroy();
  }
}
