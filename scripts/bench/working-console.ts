import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';

/**
 * A console that takes as long as a real one does, in front of a cluster like the one at which it was measured: 607 topics,
 * 241 groups, two masters. Of that cluster a console 2.1.0 told 608 times who is on a topic in 0.7 s, 488 times a group at a
 * master in 1.5 s, and 607 topics with their groups in 6.2 s, eight requests at a time.
 */
export const CLUSTER = { topics: 600, groups: 240, queuesPerBroker: 3, hungTopics: 60 } as const;

/** Admin clients that a console has: what needs one waits for it. */
const POOL = 8;
/** One call to a broker or a name server. */
const CALL_MS = 9;
/** Which client holds which queue: the connections of a group, then each of its clients in turn. */
const CLIENTS_MS = 15;
/** Until a console gives up on a client that does not answer. */
const HUNG_MS = 4_000;

const BROKERS = { 'broker-a': '192.0.2.10:10911', 'broker-b': '192.0.2.11:10911' } as const;
const NAMES = Object.keys(BROKERS) as (keyof typeof BROKERS)[];

export interface WorkingConsole {
  readonly url: string;
  /** Requests by endpoint since the last time this was asked. */
  take(): Map<string, number>;
  close(): Promise<void>;
}

interface Behaviour {
  /** It refuses to say who is on a topic: then it can be read by topic only. */
  readonly byTopicOnly: boolean;
  /** A process of one group, which is on `hungTopics` topics, answers nothing. */
  readonly hung: boolean;
}

export async function startWorkingConsole({ byTopicOnly, hung }: Behaviour): Promise<WorkingConsole> {
  const groupsOf = new Map(Array.from({ length: CLUSTER.topics }, (_, index) => [`topic-${index}`, groupsOn(index)]));
  const topicsOf = new Map<string, string[]>();
  for (const [topic, groups] of groupsOf) for (const group of groups) topicsOf.set(group, [...(topicsOf.get(group) ?? []), topic]);
  const clientsMs = (group: string) => CLIENTS_MS + (hung && group === HUNG ? HUNG_MS : 0);
  const pool = pLimit(POOL);
  let requests = new Map<string, number>();

  /** What is answered, and how long an admin client works for it. */
  function answerTo(path: string, query: URLSearchParams): { data: unknown; ms: number } | undefined {
    const [topic, group] = [query.get('topic') ?? '', query.get('consumerGroup') ?? ''];
    switch (path) {
      case '/topic/list.query':
        return { data: { topicList: [...groupsOf.keys()] }, ms: CALL_MS };
      case '/cluster/list.query':
        return { data: { clusterInfo: { brokerAddrTable: BROKER_TABLE } }, ms: 3 * CALL_MS };
      case '/topic/queryTopicConsumerInfo.query':
        return byTopicOnly ? undefined : { data: { groupList: groupsOf.get(topic) }, ms: CALL_MS };
      case '/consumer/queryTopicByConsumer.query': {
        const broker = NAMES.find((name) => BROKERS[name] === query.get('address'));
        const data = broker && topicsOf.get(group)?.map((name) => ({ topic: name, queueStatInfoList: rowsAt([broker]) }));
        return { data, ms: CALL_MS + clientsMs(group) };
      }
      case '/topic/queryConsumerByTopic.query': {
        const groups = groupsOf.get(topic) ?? [];
        const ms = groups.reduce((sum, name) => sum + NAMES.length * CALL_MS + clientsMs(name), 2 * CALL_MS);
        return { data: Object.fromEntries(groups.map((name) => [name, { topic, queueStatInfoList: rowsAt(NAMES) }])), ms };
      }
      default:
        return undefined;
    }
  }

  /** Made once: the tick that is measured shares the machine. */
  const answers = new Map<string, { path: string; body: string; ms: number }>();
  function answerOnce(url: string) {
    const known = answers.get(url);
    if (known !== undefined) return known;
    const { pathname: path, searchParams } = new URL(url, 'http://console');
    const answer = answerTo(path, searchParams);
    const body = answer ? { status: 0, data: answer.data, errMsg: null } : { status: -1, data: null, errMsg: 'no such question here' };
    const made = { path, body: JSON.stringify(body), ms: answer?.ms ?? 0 };
    answers.set(url, made);
    return made;
  }

  const server = createServer(async (request, response) => {
    const { path, body, ms } = answerOnce(request.url ?? '');
    requests.set(path, (requests.get(path) ?? 0) + 1);
    if (ms > 0) await pool(() => sleep(ms));
    response.writeHead(200, { 'Content-Type': 'application/json;charset=utf-8' }).end(body);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take() {
      const taken = requests;
      requests = new Map();
      return taken;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const HUNG = 'group-0';
const BROKER_TABLE = Object.fromEntries(NAMES.map((name) => [name, { brokerAddrs: { 0: BROKERS[name] } }]));

/** Two groups on four topics of five, one on the fifth; the group whose process may hang is one more on some. */
function groupsOn(topic: number): string[] {
  const others = CLUSTER.groups - 1;
  const groups = [`group-${1 + (topic % others)}`];
  if (topic % 5 < 4) groups.push(`group-${1 + ((topic * 7 + 100) % others)}`);
  if (topic % (CLUSTER.topics / CLUSTER.hungTopics) === 0) groups.push(HUNG);
  return [...new Set(groups)];
}

function rowsAt(brokers: readonly string[]) {
  return brokers.flatMap((brokerName) =>
    Array.from({ length: CLUSTER.queuesPerBroker }, (_, queueId) => ({
      brokerName,
      queueId,
      brokerOffset: 1_000_000,
      consumerOffset: 999_990,
      clientInfo: '192.0.2.7@4711#1',
      lastTimestamp: 1_795_403_459_642,
    })),
  );
}
