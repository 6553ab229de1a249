/** A consumer process. Both parts are empty when nobody is known to hold the queue. */
export interface Client {
  readonly ip: string;
  readonly pid: string;
}

const NOBODY: Client = { ip: '', pid: '' };

/**
 * `9195`, `9195#922817107155` (PID and nanotime; Java's may be negative) or, from Alibaba Cloud's client,
 * `9195#-17#4711#922817107155` (two hashes between them); each may be followed by `@unitName` or `@STREAM`.
 */
const DEFAULT_INSTANCE = /^(\d+)(?:#-?\d+)*(?:@.*)?$/s;

/**
 * Splits a RocketMQ client id, `ip@instance`, at its first `@`.
 * An instance that the client library named by itself begins with the process id; one that a person chose
 * (`svc@blue`) stands as it is. Every string is a client id.
 */
export function parseClientId(clientId: string | null): Client {
  if (clientId === null) return NOBODY;
  const at = clientId.indexOf('@');
  if (at === -1) return { ip: clientId, pid: '' };
  const instance = clientId.slice(at + 1);
  return { ip: clientId.slice(0, at), pid: DEFAULT_INSTANCE.exec(instance)?.[1] ?? instance };
}
