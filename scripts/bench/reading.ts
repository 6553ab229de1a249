import { type Answer, answer, type BenchConsole, refusal, startConsole } from './console.ts';
import { measureInTurn, pairedRatio, print, type Setting, spreadOf, TICK } from './measure.ts';

/** Ticks in one process: the last, a warm Lambda's, is shown. */
const RUNS = 2;
const STATES = ['healthy', 'one process hung'] as const;

/** Reading by group against reading by topic, at a console that takes as long as a real one. A dry run: nothing is pushed. */
export async function measureReading({ rounds, node }: Setting): Promise<void> {
  const consoles = await Promise.all(
    STATES.flatMap((state) => [false, true].map((byTopicOnly) => startWorkingConsole(byTopicOnly, state === 'one process hung'))),
  );
  const things = consoles.map((source) => {
    const env = { CONSOLE_URL: source.url, PUSHGATEWAY_URL: 'http://127.0.0.1:9', CLUSTER_NAME: 'bench' };
    return { module: TICK, env, event: { dryRun: true }, runs: RUNS, node, console: source };
  });
  const costs = await measureInTurn(things, rounds);
  await Promise.all(consoles.map((source) => source.close()));
  const pairs = STATES.map((state, index) => {
    const [byGroup, byTopic] = costs.slice(2 * index);
    if (!byGroup || !byTopic) throw new Error('nothing was measured');
    return { state, byGroup, byTopic };
  });
  print(
    `Reading ${TOPICS} topics and ${GROUPS} groups on two masters, ${rounds} rounds: wall s, median (least to most)`,
    ['', 'by group', 'by topic', 'by group is faster'],
    pairs.map(({ state, byGroup, byTopic }) => [
      state,
      spreadOf(byGroup.last, 'wallMs', true),
      spreadOf(byTopic.last, 'wallMs', true),
      pairedRatio(byTopic.last, byGroup.last, 'wallMs'),
    ]),
  );
}

/**
 * A cluster like the one at which a console was measured: 607 topics, 241 groups, two masters. Of that cluster a console
 * 2.1.0 told 608 times who is on a topic in 0.7 s, 488 times a group at a master in 1.5 s, and 607 topics with their groups in
 * 6.2 s, eight requests at a time.
 */
const TOPICS = 600;
const GROUPS = 240;
const QUEUES_PER_BROKER = 3;
/** Admin clients that a console has: what needs one waits for it. */
const ADMIN_CLIENTS = 8;
/** One call to a broker or a name server. */
const CALL_MS = 9;
/** Which client holds which queue: the connections of a group, then each of its clients in turn. */
const CLIENTS_MS = 15;
/** Until a console gives up on a client that does not answer. */
const HUNG_MS = 4_000;
/** The group of which a process may hang; it is on so many topics. */
const HUNG_GROUP = 'group-0';
const HUNG_TOPICS = 60;
const BROKERS = { 'broker-a': '192.0.2.10:10911', 'broker-b': '192.0.2.11:10911' } as const;
const NAMES = Object.keys(BROKERS) as (keyof typeof BROKERS)[];

/** Every topic is on both masters. */
const ROUTE = {
  queueDatas: NAMES.map((brokerName) => ({ brokerName, readQueueNums: QUEUES_PER_BROKER })),
  brokerDatas: NAMES.map((brokerName) => ({ brokerName, brokerAddrs: { 0: BROKERS[brokerName] } })),
};

/** A console that takes as long as a real one does. `byTopicOnly`: it refuses to say who is on a topic, so it can be read by topic only. */
async function startWorkingConsole(byTopicOnly: boolean, isHung: boolean): Promise<BenchConsole> {
  const groupsOf = new Map(Array.from({ length: TOPICS }, (_, index) => [`topic-${index}`, groupsOn(index)]));
  const topicsOf = (group: string) => [...groupsOf].filter(([, groups]) => groups.includes(group)).map(([topic]) => topic);
  // Of a group with a process that hangs, the console names no client.
  const clientOf = (group: string) => (isHung && group === HUNG_GROUP ? null : '192.0.2.7@4711#1');
  const clientsMs = (group: string) => CLIENTS_MS + (isHung && group === HUNG_GROUP ? HUNG_MS : 0);

  function answerTo(url: string): Answer {
    const { pathname, searchParams } = new URL(url, 'http://console');
    const [topic, group] = [searchParams.get('topic') ?? '', searchParams.get('consumerGroup') ?? ''];
    const groups = groupsOf.get(topic) ?? [];
    if (pathname === '/topic/list.query') return answer({ topicList: [...groupsOf.keys()] }, CALL_MS);
    if (pathname === '/cluster/list.query') {
      const brokerAddrTable = Object.fromEntries(NAMES.map((name) => [name, { brokerAddrs: { 0: BROKERS[name] } }]));
      return answer({ clusterInfo: { brokerAddrTable } }, 3 * CALL_MS);
    }
    if (pathname === '/topic/queryTopicConsumerInfo.query' && !byTopicOnly) return answer({ groupList: groups }, CALL_MS);
    if (pathname === '/topic/route.query' && !byTopicOnly) return answer(ROUTE, CALL_MS);
    if (pathname === '/consumer/queryTopicByConsumer.query') {
      const brokers = NAMES.filter((name) => BROKERS[name] === searchParams.get('address'));
      const data = topicsOf(group).map((name) => ({ topic: name, queueStatInfoList: rowsAt(brokers, clientOf(group)) }));
      return answer(data, CALL_MS + clientsMs(group));
    }
    if (pathname === '/topic/queryConsumerByTopic.query') {
      const ms = groups.reduce((sum, name) => sum + NAMES.length * CALL_MS + clientsMs(name), 2 * CALL_MS);
      return answer(Object.fromEntries(groups.map((name) => [name, { topic, queueStatInfoList: rowsAt(NAMES, clientOf(name)) }])), ms);
    }
    return refusal('no such question here', 0);
  }

  /** Made once: the tick that is measured shares the machine. */
  const answers = new Map<string, Answer>();
  function remembered(url: string): Answer {
    const made = answers.get(url) ?? answerTo(url);
    answers.set(url, made);
    return made;
  }
  return await startConsole({ answerTo: remembered, adminClients: ADMIN_CLIENTS });
}

/** Two groups on four topics of five, one on the fifth; the group whose process may hang is one more on some. */
function groupsOn(topic: number): string[] {
  const others = GROUPS - 1;
  const groups = [`group-${1 + (topic % others)}`];
  if (topic % 5 < 4) groups.push(`group-${1 + ((topic * 7 + 100) % others)}`);
  if (topic % (TOPICS / HUNG_TOPICS) === 0) groups.push(HUNG_GROUP);
  return [...new Set(groups)];
}

function rowsAt(brokers: readonly string[], clientInfo: string | null) {
  return brokers.flatMap((brokerName) =>
    Array.from({ length: QUEUES_PER_BROKER }, (_, queueId) => ({
      brokerName,
      queueId,
      brokerOffset: 1_000_000,
      consumerOffset: 999_990,
      clientInfo,
      lastTimestamp: 1_795_403_459_642,
    })),
  );
}
