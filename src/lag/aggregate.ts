import { brokerProblems } from './brokers.ts';
import {
  collectEvidence,
  type GroupEvidence,
  isBroadcasting,
  isBroadcastSuspect,
  isPhantom,
  isUnattended,
  isUnsubscribed,
  presenceOf,
  whyUnread,
} from './groups.ts';
import type { ClusterReadings, Failure, GroupAnswer, Subscription, TopicReading } from './readings.ts';
import { startReasons } from './reasons.ts';
import type { Report, TopicFailure, UnreadableGroup } from './report.ts';
import { groupOfRetryTopic } from './rocketmq-names.ts';
import { startSums } from './sums.ts';

/**
 * Aggregates the readings of one tick into the report that is pushed.
 *
 * Pure: the same readings and clock give the same report, whatever the order of topics, groups and queues (the lists of
 * the report keep the order of the readings). An unknown value never becomes a number: what could not be read is absent
 * from every sum and named in `failures`.
 *
 * @param now epoch ms; consume delays are measured against it
 */
export function aggregate(readings: ClusterReadings, now: number): Report {
  const { listedTopics } = readings;
  const evidence = collectEvidence(readings.topics, listedTopics);
  const sums = startSums(readings, now);
  const reasons = startReasons(readings, evidence, now);
  const unreadableGroups: UnreadableGroup[] = [];
  const unsubscribedGroups: { topic: string; consumerGroup: string }[] = [];
  const failures: TopicFailure[] = [];
  const outcomes = {
    read: new Set<string>(),
    unreadable: new Set<string>(),
    phantom: new Set<string>(),
    broadcast: new Set<string>(),
    unsubscribed: new Set<string>(),
  };
  /** For each group, the first of its topics by name, so that the choice does not depend on the order of the readings. */
  const topicOf = new Map<string, string>();

  for (const reading of readings.topics) {
    if (reading.outcome !== 'read') {
      failures.push(topicFailure(reading));
      continue;
    }
    for (const subscription of reading.subscriptions) {
      const { topic } = reading;
      const { consumerGroup } = subscription;
      if (isPhantom(topic, subscription, listedTopics)) {
        outcomes.phantom.add(consumerGroup);
        continue;
      }
      if (isUnsubscribed(subscription)) {
        outcomes.unsubscribed.add(consumerGroup);
        unsubscribedGroups.push({ topic, consumerGroup });
        continue;
      }
      const earlier = topicOf.get(consumerGroup);
      if (earlier === undefined || topic < earlier) topicOf.set(consumerGroup, topic);
      const judged = classifyGroup(subscription, evidence.get(consumerGroup), readings.groups.get(consumerGroup));
      outcomes[judged.outcome].add(consumerGroup);
      if (judged.outcome === 'unreadable') {
        unreadableGroups.push({ topic, consumerGroup, failure: judged.failure });
        failures.push({ topic, kind: 'unreadable-group', message: `consumer group ${consumerGroup}: ${judged.failure.message}` });
      } else if (judged.outcome === 'read' && subscription.readable) {
        const { queues, expectedQueues } = subscription;
        sums.add(topic, consumerGroup, reasons.addOwners(topic, consumerGroup, queues, expectedQueues), expectedQueues);
      }
    }
  }

  for (const { consumerGroup, failure } of readings.unreadGroups ?? []) {
    outcomes.unreadable.add(consumerGroup);
    unreadableGroups.push({ topic: '', consumerGroup, failure });
    failures.push({ topic: '', kind: failure.kind, message: `consumer group ${consumerGroup}: ${failure.message}` });
  }

  const clientsOnline = new Map<string, number>();
  for (const [consumerGroup, group] of evidence) {
    if (!isUnattended(group) || !outcomes.read.has(consumerGroup)) continue;
    const answer = readings.groups.get(consumerGroup);
    if (answer?.answered) {
      const presence = presenceOf(answer, group);
      if (presence.kind !== 'unknown') clientsOnline.set(consumerGroup, presence.kind === 'online' ? presence.clients : 0);
    } else {
      failures.push({ topic: topicOf.get(consumerGroup) ?? '', ...presenceFailure(consumerGroup, answer) });
    }
  }

  const deadLetters = [];
  for (const letters of readings.deadLetters) {
    if ('failure' in letters) failures.push({ topic: letters.topic, ...letters.failure });
    else deadLetters.push({ consumerGroup: letters.consumerGroup, stored: letters.stored, everSent: letters.everSent });
  }

  const isEmpty = Object.values(outcomes).every((groups) => groups.size === 0);
  for (const consumerGroup of outcomes.unreadable) outcomes.read.delete(consumerGroup);
  const countOf = (outcome: TopicReading['outcome']) => readings.topics.filter((reading) => reading.outcome === outcome).length;
  return {
    ...sums.result(),
    ...reasons.result(),
    clientsOnline,
    deadLetters,
    unreadableGroups,
    unsubscribedGroups,
    brokerProblems: brokerProblems(readings.brokers, readings.missingBrokers ?? []),
    otherGroups: isEmpty ? [...(listedTopics ?? [])].flatMap((topic) => groupOfRetryTopic(topic) ?? []) : [],
    brokers: [...new Map(readings.brokers.map((broker) => [broker.broker, broker])).values()],
    failures,
    readableTopics: readings.topics.map(({ topic, outcome }) => ({ topic, readable: outcome === 'read' })),
    brokerList: readings.brokers.length === 0 ? undefined : { seen: readings.brokers.length, missing: readings.missingBrokers ?? [] },
    topics: {
      read: countOf('read'),
      failed: countOf('failed'),
      unread: countOf('unread'),
      ignored: readings.ignoredTopics,
    },
    groups: {
      read: outcomes.read.size,
      unreadable: outcomes.unreadable.size,
      phantom: outcomes.phantom.size,
      broadcast: outcomes.broadcast.size,
      unsubscribed: outcomes.unsubscribed.size,
    },
  };
}

type GroupOutcome = { outcome: 'read' } | { outcome: 'broadcast' } | { outcome: 'unreadable'; failure: Failure };

/** Decides whether the rows of one group on one topic are its backlog. */
function classifyGroup(subscription: Subscription, group: GroupEvidence | undefined, answer: GroupAnswer | undefined): GroupOutcome {
  const broadcasting = isBroadcasting(answer);
  const failure = whyUnread(subscription);
  if (failure !== undefined) return broadcasting ? { outcome: 'broadcast' } : { outcome: 'unreadable', failure };
  if (group === undefined || !isBroadcastSuspect(group)) return { outcome: 'read' };
  if (broadcasting) return { outcome: 'broadcast' };
  if (answer?.answered && (answer.messageModel !== null || isKnownToBeOffline(answer, group))) return { outcome: 'read' };
  const why: Failure =
    answer === undefined || answer.answered ? { kind: 'not-told', message: 'the console does not say which' } : answer.failure;
  return {
    outcome: 'unreadable',
    failure: { kind: why.kind, message: `it may be a broadcast group, whose backlog is not what it seems, and ${why.message}` },
  };
}

/** Without a list of topics, a phantom also looks offline. Offline then proves nothing. */
function isKnownToBeOffline({ presence }: Extract<GroupAnswer, { answered: true }>, { hasOwner, isPopConsumer }: GroupEvidence): boolean {
  return presence.kind === 'offline' && !hasOwner && isPopConsumer !== undefined;
}

function topicFailure(reading: Exclude<TopicReading, { outcome: 'read' }>): TopicFailure {
  if (reading.outcome === 'failed') return { topic: reading.topic, ...reading.failure };
  return { topic: reading.topic, kind: 'unread', message: 'not reached before the deadline' };
}

function presenceFailure(consumerGroup: string, answer: GroupAnswer | undefined) {
  const failure = answer?.answered === false ? answer.failure : { kind: 'unread', message: 'not asked' };
  return { kind: failure.kind, message: `is anybody of consumer group ${consumerGroup} online? ${failure.message}` };
}
