import { expect, test } from 'vitest';
import { loadRecording } from '../../scripts/servers/recordings.ts';
import { type Responder, startReplayConsole } from '../../src/reading/rocketmq-console/replay.ts';
import { consumers, ofGroup, queue, topics } from '../support/asked-console.ts';
import { route } from '../support/made-cluster.ts';
import { envFor, pushgateway, run } from '../support/run.ts';

/** Questions for which the console asks every client of a group how it is; and which groups these are. */
function groupsReached(url: string, groupsOnTopic: (topic: string) => readonly string[]): readonly string[] {
  const { pathname, searchParams } = new URL(url, 'http://console');
  if (/queryTopicByConsumer|consumerRunningInfo/.test(pathname)) return [searchParams.get('consumerGroup') ?? ''];
  return pathname.includes('queryConsumerByTopic') ? groupsOnTopic(searchParams.get('topic') ?? '') : [];
}

/** Answers each question after a while, and notes the groups whose clients two questions reached at the same time. */
function watchOverlaps(groupsOnTopic: (topic: string) => readonly string[], delayMs: number) {
  const inFlight = new Map<string, number>();
  const overlaps: string[] = [];
  let questions = 0;
  const responder: Responder = ({ url = '' }, response, honest) => {
    const groups = groupsReached(url, groupsOnTopic);
    questions += groups.length;
    for (const group of groups) {
      if ((inFlight.get(group) ?? 0) > 0) overlaps.push(group);
      inFlight.set(group, (inFlight.get(group) ?? 0) + 1);
    }
    response.on('close', () => {
      for (const group of groups) inFlight.set(group, (inFlight.get(group) ?? 0) - 1);
    });
    setTimeout(honest, delayMs);
    return true;
  };
  return { responder, overlaps, questions: () => questions };
}

test.each(['2.1.0.routes-5.5.1', '2.1.0.wrong-topic-subscription'])(
  '%s: no two questions that reach the same clients are in flight at the same time',
  async (name) => {
    const recording = loadRecording(name);
    const groupsOf = new Map(
      recording.flatMap(({ request, body }) => {
        const { pathname, searchParams } = new URL(request.path, 'http://console');
        const { data } = body as { data?: { groupList?: string[] } };
        return pathname.includes('queryTopicConsumerInfo') ? [[searchParams.get('topic') ?? '', data?.groupList ?? []] as const] : [];
      }),
    );
    const watch = watchOverlaps((topic) => groupsOf.get(topic) ?? [], 5);
    const [source, gateway] = await Promise.all([startReplayConsole(recording, watch.responder), pushgateway()]);
    try {
      await run({}, envFor(source.url, gateway.url));
      expect(watch.questions()).toBeGreaterThan(60);
      expect(source.maxInFlight()).toBeGreaterThan(1);
      expect(watch.overlaps).toEqual([]);
    } finally {
      await source.close();
    }
  },
);

test('once an answer shows that a process hangs, the remaining brokers of its group are asked at once', async () => {
  const brokers = ['a', 'b', 'c'].map((broker) => ({ broker, address: `${broker}:1` }));
  const rowAt = (brokerName: string) => ({ ...queue(0, 9, 2, null), brokerName });
  const exchanges = [
    topics('t'),
    route('t', Object.fromEntries(brokers.map(({ broker, address }) => [broker, { address, queues: 1 }]))),
    consumers('t', 'g'),
    ...brokers.map(({ broker, address }) => ofGroup('g', address, 't', [rowAt(broker)])),
  ];
  let inFlight = 0;
  const most: number[] = [];
  // As long as a console waits for a process that hangs.
  const slow: Responder = ({ url = '' }, response, honest) => {
    if (!url.includes('queryTopicByConsumer')) return false;
    inFlight += 1;
    most.push(inFlight);
    response.on('close', () => {
      inFlight -= 1;
    });
    setTimeout(honest, 3_200);
    return true;
  };
  const [source, gateway] = await Promise.all([startReplayConsole(exchanges, slow), pushgateway()]);
  try {
    const { result } = await run({}, envFor(source.url, gateway.url, { PROCESS_QUESTIONS: '0' }), { budgetMs: 60_000 });
    expect(result?.backlog).toBe(21);
    expect(most).toEqual([1, 1, 2]);
  } finally {
    await source.close();
  }
});
