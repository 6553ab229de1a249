/** What RocketMQ's names say: client ids contain an address and a process id, and some topics belong to RocketMQ or to a group. */

/** A consumer process. Both parts are empty when no client is known to hold the queue. */
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
 * An instance name that the client library generated begins with the process id; one that was configured (`svc@blue`) is
 * kept as it is. Every string is a valid client id.
 */
export function parseClientId(clientId: string | null): Client {
  if (clientId === null) return NOBODY;
  const at = clientId.indexOf('@');
  if (at === -1) return { ip: clientId, pid: '' };
  const instance = clientId.slice(at + 1);
  return { ip: clientId.slice(0, at), pid: DEFAULT_INSTANCE.exec(instance)?.[1] ?? instance };
}

/** An instance name that ends in a nanotime, before `@unitName` or `@STREAM`. */
const INSTANCE_WITH_NANOTIME = /^\d+(?:#-?\d+)+(?:@.*)?$/s;

/**
 * Whether the client library generated the id from the time. Two processes practically never share such an id; if a broker
 * knows two addresses of it, one is a dead connection.
 */
export function hasNanotime(clientId: string): boolean {
  const at = clientId.indexOf('@');
  return at !== -1 && INSTANCE_WITH_NANOTIME.test(clientId.slice(at + 1));
}

/**
 * Topics that RocketMQ itself uses. Brokers mark most of theirs with `%SYS%` in a console's list; some consoles list the
 * following without the mark, and some belong to the proxy.
 */
const SYSTEM_TOPICS = new Set([
  'BenchmarkTest',
  'DefaultHeartBeatSyncerTopic',
  'OFFSET_MOVED_EVENT',
  'SCHEDULE_TOPIC_XXXX',
  'SELF_TEST_TOPIC',
  'TBW102',
  'TRANS_CHECK_MAX_TIME_TOPIC',
]);

export function isSystemTopic(topic: string): boolean {
  return topic.startsWith('%SYS%') || /^rmq_sys_/i.test(topic) || SYSTEM_TOPICS.has(topic);
}

const DEAD_LETTER_PREFIX = '%DLQ%';

/** The group whose dead letters a topic holds, or undefined for an ordinary topic. */
export function deadLettersOf(topic: string): string | undefined {
  return topic.startsWith(DEAD_LETTER_PREFIX) ? topic.slice(DEAD_LETTER_PREFIX.length) : undefined;
}

const RETRY_PREFIX = '%RETRY%';

/** The topic from which a group consumes what it failed to consume before. Brokers create it when the group first comes online. */
export function retryTopicOf(consumerGroup: string): string {
  return RETRY_PREFIX + consumerGroup;
}

/** The group that a retry topic belongs to, or undefined for an ordinary topic. */
export function groupOfRetryTopic(topic: string): string | undefined {
  return topic.startsWith(RETRY_PREFIX) ? topic.slice(RETRY_PREFIX.length) : undefined;
}

export function isRetryTopic(topic: string): boolean {
  return topic.startsWith(RETRY_PREFIX);
}

/** A POP consumer (every gRPC client is one) has a retry topic for each topic; its name depends on the broker's version. */
export function hasPopRetryTopic(consumerGroup: string, topic: string, listedTopics: ReadonlySet<string>): boolean {
  return ['_', '+'].some((separator) => listedTopics.has(retryTopicOf(consumerGroup) + separator + topic));
}

/**
 * The groups that have a POP retry topic in the list, for any topic of the list. `%RETRY%order_pay` is the retry topic of a
 * group `order_pay` where there is one: it tells nothing of a group `order` then.
 */
export function popConsumersOf(listedTopics: ReadonlySet<string>, groups: ReadonlySet<string>): Set<string> {
  const found = new Set<string>();
  for (const topic of listedTopics) {
    const names = groupOfRetryTopic(topic);
    if (names === undefined || groups.has(names)) continue;
    for (const { index } of names.matchAll(/[_+]/g)) if (listedTopics.has(names.slice(index + 1))) found.add(names.slice(0, index));
  }
  return found;
}
