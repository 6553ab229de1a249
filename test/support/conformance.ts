import { setTimeout as sleep } from 'node:timers/promises';
import { collectEvidence, groupsToAsk } from '../../src/lag/groups.ts';
import type { ClusterReadings, Subscription } from '../../src/lag/readings.ts';
import { type ClusterReader, type ReadScope, wantsGroup } from '../../src/reading/reader.ts';
import { selectTopics } from '../../src/reading/topics.ts';

/** How much later than its deadline a reader may be: the machine may be busy. */
const TOLERANCE_MS = 500;
/** How long what should have ended is waited for. */
const AFTERWARDS_MS = 100;

/**
 * Reads, and checks what `ClusterReader` promises, for any kind of console. Gives the readings; throws where a promise is
 * broken, and passes on what the reader throws.
 */
export async function owes(reader: ClusterReader, scope: ReadScope): Promise<ClusterReadings> {
  const leftMs = scope.deadline.remainingMs();
  const startedAt = performance.now();
  const late = () => (performance.now() - startedAt > leftMs + TOLERANCE_MS ? ['it ended after the deadline'] : []);
  let readings: ClusterReadings;
  try {
    readings = await reader.read(scope);
  } catch (error) {
    if (late().length > 0) throw new Error('it failed after the deadline', { cause: error });
    throw error;
  }
  const broken = [...late(), ...brokenPromises(readings, scope)];
  const used = JSON.stringify(reader.usage());
  await sleep(AFTERWARDS_MS);
  if (JSON.stringify(reader.usage()) !== used) broken.push('it went on after it had returned');
  if (broken.length > 0) throw new Error(`the reader owes more:\n${broken.join('\n')}`);
  return readings;
}

/** What is wrong with readings of that scope, whatever the cluster is like. */
export function brokenPromises(readings: ClusterReadings, scope: ReadScope): string[] {
  const broken = [...topicPromises(readings, scope), ...groupPromises(readings, scope), ...answerPromises(readings, scope)];
  for (const reading of readings.topics)
    if (reading.outcome === 'read')
      for (const subscription of reading.subscriptions)
        broken.push(
          ...queuePromises(subscription, readings).map((what) => `group ${subscription.consumerGroup} on ${reading.topic}: ${what}`),
        );
  return broken;
}

function topicPromises({ topics, listedTopics, ignoredTopics }: ClusterReadings, scope: ReadScope): string[] {
  const names = topics.map(({ topic }) => topic);
  const expected = selectTopics([...(listedTopics ?? names)], scope.topics);
  return [
    ...twice(names).map((topic) => `topic ${topic} is there twice`),
    ...without(names, expected.wanted).map((topic) => `topic ${topic} is not to be read`),
    ...without(expected.wanted, names).map((topic) => `topic ${topic} has no outcome`),
    ...(listedTopics !== undefined && ignoredTopics !== expected.ignored
      ? [`${ignoredTopics} topics are said to be ignored, and ${expected.ignored} are`]
      : []),
  ];
}

function groupPromises({ topics, unreadGroups = [], deadLetters, processes }: ClusterReadings, scope: ReadScope): string[] {
  const onTopics = topics.flatMap((reading) =>
    reading.outcome === 'read' ? [{ topic: reading.topic, groups: reading.subscriptions.map(({ consumerGroup }) => consumerGroup) }] : [],
  );
  const unread = unreadGroups.map(({ consumerGroup }) => consumerGroup);
  const read = new Set(onTopics.flatMap(({ groups }) => groups));
  const dead = deadLetters.map(({ consumerGroup }) => consumerGroup);
  const all = new Set([...read, ...unread, ...dead, ...(processes?.groups.keys() ?? [])]);
  return [
    ...onTopics.flatMap(({ topic, groups }) => twice(groups).map((group) => `group ${group} is twice on topic ${topic}`)),
    ...twice(unread).map((group) => `group ${group} is unread twice`),
    ...unread.filter((group) => read.has(group)).map((group) => `group ${group} is unread, and has topics`),
    ...twice(dead).map((group) => `dead letters of group ${group} are there twice`),
    ...[...all].filter((group) => !wantsGroup(scope, group)).map((group) => `group ${group} is not wanted`),
  ];
}

function answerPromises({ topics, listedTopics, groups }: ClusterReadings, scope: ReadScope): string[] {
  const { messageModel, presence } = groupsToAsk(collectEvidence(topics, listedTopics));
  return [
    ...[...messageModel, ...presence].filter((group) => !groups.has(group)).map((group) => `no answer about group ${group}`),
    ...[...groups.keys()]
      .filter((group) => !wantsGroup(scope, group))
      .map((group) => `an answer about group ${group}, which is not wanted`),
  ];
}

function queuePromises(subscription: Subscription, { tells }: ClusterReadings): string[] {
  if (!subscription.readable) return [];
  const { queues } = subscription;
  const offsets = queues.flatMap(({ brokerOffset, consumerOffset }) => [brokerOffset, consumerOffset]);
  return [
    ...(queues.length === 0 ? ['it is readable, and has no queue'] : []),
    ...twice(queues.map(({ broker, queueId }) => JSON.stringify([broker, queueId]))).map((queue) => `queue ${queue} is there twice`),
    ...(offsets.every(Number.isInteger) ? [] : ['an offset is no number']),
    ...(!tells.owners && queues.some(({ clientId }) => clientId !== null) ? ['a holder is told'] : []),
    ...(!tells.times && queues.some(({ lastTimestamp }) => lastTimestamp !== null) ? ['a time is told'] : []),
  ];
}

const twice = (names: readonly string[]) => [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];

function without(names: readonly string[], others: readonly string[]): string[] {
  const known = new Set(others);
  return names.filter((name) => !known.has(name));
}
