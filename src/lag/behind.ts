import type { ClusterReadings, GroupAnswer, TopicReading } from './readings.ts';
import { isPhantom, queueBacklog, whyUnread } from './rules.ts';

/** A group whose processes are worth asking, by its rows on all topics. */
export interface GroupBehind {
  readonly consumerGroup: string;
  /** In messages, on all its topics. */
  readonly backlog: number;
  /** Brokers that hold its queues. */
  readonly brokers: ReadonlySet<string>;
  /** Client ids that the rows name. */
  readonly holders: ReadonlySet<string>;
}

/**
 * The groups that have backlog, those furthest behind first; with `all`, the others after them. Phantoms and broadcast
 * groups have none: what their rows say is not theirs.
 *
 * A group without backlog that has rows on one topic and none on another is among them: processes of one group that
 * subscribe to different topics look like that, and lose messages.
 */
export function groupsBehind(
  topics: readonly TopicReading[],
  listedTopics: ClusterReadings['listedTopics'],
  answers: ReadonlyMap<string, GroupAnswer>,
  all = false,
): GroupBehind[] {
  const groups = new Map<string, { consumerGroup: string; backlog: number; brokers: Set<string>; holders: Set<string> }>();
  const rowless = new Set<string>();
  for (const reading of topics) {
    if (reading.outcome !== 'read') continue;
    for (const subscription of reading.subscriptions) {
      if (isPhantom(reading.topic, subscription, listedTopics)) continue;
      const { consumerGroup } = subscription;
      const failure = whyUnread(subscription);
      if (failure?.kind === 'no-rows') rowless.add(consumerGroup);
      if (!subscription.readable || failure !== undefined) continue;
      const answer = answers.get(consumerGroup);
      if (answer?.answered && answer.messageModel === 'BROADCASTING') continue;
      const group = groups.get(consumerGroup) ?? { consumerGroup, backlog: 0, brokers: new Set(), holders: new Set() };
      groups.set(consumerGroup, group);
      for (const queue of subscription.queues) {
        group.backlog += queueBacklog(queue);
        group.brokers.add(queue.broker);
        if (queue.clientId !== null) group.holders.add(queue.clientId);
      }
    }
  }
  return [...groups.values()]
    .filter(({ consumerGroup, backlog }) => all || backlog > 0 || rowless.has(consumerGroup))
    .sort((a, b) => b.backlog - a.backlog || (a.consumerGroup < b.consumerGroup ? -1 : 1));
}
