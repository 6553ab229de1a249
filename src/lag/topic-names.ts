/** What the names of topics tell: RocketMQ's own topics, dead letters, and retries. */

/**
 * Topics that RocketMQ itself uses. Brokers mark most of theirs with `%SYS%` in a console's list; these come unmarked
 * from some consoles, or belong to the proxy.
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
    if (!isRetryTopic(topic)) continue;
    const names = topic.slice(RETRY_PREFIX.length);
    if (groups.has(names)) continue;
    for (const { index } of names.matchAll(/[_+]/g)) if (listedTopics.has(names.slice(index + 1))) found.add(names.slice(0, index));
  }
  return found;
}
