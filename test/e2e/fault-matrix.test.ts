import pLimit from 'p-limit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startPushgateway } from '../../scripts/servers/servers.ts';
import { type Responder, startReplayConsole } from '../../src/reading/rocketmq-console/replay.ts';
import { type Certificate, makeCertificate } from '../support/certificates.ts';
import {
  BY_GROUP_TARGETS,
  CELLS,
  type Cell,
  CLIENT,
  CONSOLE_TARGETS,
  ENDLESS,
  isHit,
  MASTER,
  SUSPECT,
  type Target,
  TIMEOUT_MS,
} from '../support/fault-cells.ts';
import { type Fault, faultOn } from '../support/faults.ts';
import { startLoginConsole, USERNAME } from '../support/login-console.ts';
import { exchangesBothWays, exchangesOf, made } from '../support/made-cluster.ts';
import { brokers, clientState, connections } from '../support/made-processes.ts';
import { type ProxyOptions, startProxy } from '../support/proxy.ts';
import { envFor, type Gateway, type Ran, readable, run } from '../support/run.ts';
import { BASIC, BEARER, CONSOLE_BASIC_PASSWORD, CONSOLE_PASSWORD, leaks, saidBy } from '../support/secrets.ts';

const FIRST_TICK = Date.UTC(2026, 0, 5, 3, 0);
const SECOND_TICK = FIRST_TICK + 60_000;
const PATIENT_MS = 30_000;
const BUDGET_MS = 20_000;
/** What seems to be away or busy is tried for as long as there is time. */
const budgetOf = ({ name }: { name: string }) => (name === '503' || name === 'refused' ? 4_000 : BUDGET_MS);

/** Four topics of which one group each is `backlog` behind; one group that only `group.query` can tell from a broadcast group. */
const clusterOf = (backlog: number, exchanges = exchangesOf) => [
  ...exchanges(
    made({
      a: { g_a: [{ brokerOffset: 100 + backlog, consumerOffset: 100 }] },
      b: { g_b: [{ brokerOffset: 100 + backlog, consumerOffset: 100 }] },
      c: { g_c: [{ brokerOffset: 100 + backlog, consumerOffset: 100 }] },
      d: { [SUSPECT]: [{ brokerOffset: backlog, consumerOffset: 0, lastTimestamp: 0 }] },
    }),
  ),
  brokers({ 'broker-a': MASTER }),
  ...Object.entries({ a: 'g_a', b: 'g_b', c: 'g_c', d: SUSPECT }).flatMap(([topic, group]) => [
    connections(group, MASTER, CLIENT),
    clientState(group, CLIENT, topic),
  ]),
];

/** Faults of a whole server: it is not there, or has the wrong certificate. What the second tick's settings then are. */
interface ServerCell {
  target: 'console' | 'Pushgateway';
  name: string;
  tls?: Certificate;
  trusted?: boolean;
  says: RegExp;
}

interface Ticks {
  second: Ran;
  before: string[];
  after: string[];
  /** How often the fault was met; undefined for a fault of a whole server. */
  hits: number | undefined;
  /** What the console was asked, in both ticks. */
  requests: readonly string[];
}

const servers: { close(): Promise<void> }[] = [];
function own<T extends { close(): Promise<void> }>(server: T): T {
  servers.push(server);
  return server;
}
let gateway: Gateway;
const ran = new Map<string, Ticks>();
const nameOf = ({ target, name }: { target: string; name: string }) => `${name}, ${target}`;

/** Both certificates are made when they are needed; the table only names them. */
const SERVER_CELLS: (Omit<ServerCell, 'tls'> & { certificate?: 'unknown' | 'expired' })[] = (['console', 'Pushgateway'] as const).flatMap(
  (target) => {
    const setting = target === 'console' ? 'CONSOLE' : 'PUSHGATEWAY';
    return [
      { target, name: 'refused', says: new RegExp(`cannot reach the ${target} at \\S+ \\(ECONNREFUSED\\): is ${setting}_URL right`) },
      {
        target,
        name: 'TLS unknown CA',
        certificate: 'unknown' as const,
        says: new RegExp(`the ${target} at \\S+ cannot be trusted .* put that CA's PEM text into ${setting}_CA`),
      },
      {
        target,
        name: 'expired certificate',
        certificate: 'expired' as const,
        trusted: true,
        says: new RegExp(`the ${target} at \\S+ cannot be trusted \\(CERT_HAS_EXPIRED\\): its certificate has expired`),
      },
    ];
  },
);

/** A good tick with a backlog of 5, then one with 9 while the fault is on. */
async function twoTicks(cell: Cell, isSecond: () => boolean) {
  let hits = 0;
  const counted: Fault = (...args) => {
    hits += 1;
    cell.fault(...args);
  };
  const fault = faultOn(counted, isHit[cell.target], isSecond);
  const isByGroup = (BY_GROUP_TARGETS as readonly Target[]).includes(cell.target);
  const isConsole = isByGroup || (CONSOLE_TARGETS as readonly Target[]).includes(cell.target);
  const exchanges = isByGroup ? exchangesBothWays : exchangesOf;
  const { url, env, replay, requests } = await startConsole(cell.target === 'login', isConsole ? fault : undefined, exchanges);
  const front = own(await startProxy({ target: gateway.url, ...(isConsole ? {} : { first: fault }) }));
  // Where nothing hangs, no answer is late, however busy the machine is.
  const timeout = ENDLESS.includes(cell.fault) ? TIMEOUT_MS : PATIENT_MS;
  // Each cell has one of the two ways to log in at a gateway.
  const credentials = CELLS.indexOf(cell) % 2 === 0 ? BASIC : BEARER;
  const settings = envFor(url, front.url, {
    ...env,
    ...credentials,
    CONSOLE_BASIC_USERNAME: 'dor',
    CONSOLE_BASIC_PASSWORD,
    CLUSTER_NAME: nameOf(cell),
    REQUEST_TIMEOUT_MS: String(timeout),
    LOG_LEVEL: 'debug',
  });
  return { settings, replay, requests, hits: () => hits };
}

async function startConsole(withLogin: boolean, first: Responder | undefined, exchanges: typeof exchangesOf) {
  const more = first === undefined ? {} : { first };
  if (withLogin) {
    const source = own(await startLoginConsole({ dialect: 'form', exchanges: clusterOf(5), ...more }));
    source.setPassword(CONSOLE_PASSWORD);
    const env = { CONSOLE_USERNAME: USERNAME, CONSOLE_PASSWORD };
    return { url: source.url, env, requests: source.requests, replay: () => source.replay(clusterOf(9)) };
  }
  const source = own(await startReplayConsole(clusterOf(5, exchanges), first));
  return { url: source.url, env: {}, requests: source.requests, replay: () => source.replay(clusterOf(9, exchanges)) };
}

async function twoTicksOfServer(cell: (typeof SERVER_CELLS)[number]) {
  const source = own(await startReplayConsole(clusterOf(5)));
  const settings = envFor(source.url, gateway.url, { CLUSTER_NAME: nameOf(cell), REQUEST_TIMEOUT_MS: String(PATIENT_MS) });
  const options: ProxyOptions = { target: cell.target === 'console' ? source.url : gateway.url };
  if (cell.certificate !== undefined) options.tls = await makeCertificate({ expired: cell.certificate === 'expired' });
  const front = own(await startProxy(options));
  if (options.tls === undefined) await front.close();
  const setting = cell.target === 'console' ? 'CONSOLE' : 'PUSHGATEWAY';
  const faulty = { [`${setting}_URL`]: front.url, ...(cell.trusted && options.tls ? { [`${setting}_CA`]: options.tls.cert } : {}) };
  return { settings, faulty, replay: () => source.replay(clusterOf(9)), requests: source.requests, hits: () => undefined };
}

const linesOf = (lines: readonly string[], cell: { target: string; name: string }) =>
  lines.filter((line) => line.includes(`rocketmqClusterName="${nameOf(cell)}"`));

beforeAll(async () => {
  const server = await startPushgateway();
  gateway = readable(server);
  own({ close: server.stop });
  let isSecond = false;
  const prepared = await Promise.all([
    ...CELLS.map(async (cell) => ({ cell, faulty: {}, ...(await twoTicks(cell, () => isSecond)) })),
    ...SERVER_CELLS.map(async (cell) => ({ cell, ...(await twoTicksOfServer(cell)) })),
  ]);
  // What mostly waits does so side by side, the others a few at a time: an honest answer must not be late because of them.
  const limit = pLimit(4);
  const unlimited = pLimit(100);
  const isWaiting = ({ name }: { name: string }) => isSecond && ['hang', 'drip', '503', 'refused'].includes(name);
  const tickAll = (now: number) =>
    Promise.all(
      prepared.map(({ cell, settings, faulty }) =>
        (isWaiting(cell) ? unlimited : limit)(() =>
          run({}, { ...settings, ...(isSecond ? faulty : {}) }, { clock: () => now, budgetMs: isSecond ? budgetOf(cell) : BUDGET_MS }),
        ),
      ),
    );
  for (const { error } of await tickAll(FIRST_TICK)) if (error) throw error;
  const before = await gateway.samples();
  isSecond = true;
  for (const { replay } of prepared) replay();
  const seconds = await tickAll(SECOND_TICK);
  const after = await gateway.samples();
  prepared.forEach(({ cell, hits, requests }, index) => {
    const second = seconds[index];
    if (second) ran.set(nameOf(cell), { second, before: linesOf(before, cell), after: linesOf(after, cell), hits: hits(), requests });
  });
  console.log(`fault matrix: ${prepared.length} cells`);
}, 900_000);

afterAll(() => Promise.all(servers.map(({ close }) => close())));

const isData = (line: string) => line.includes('_msg_diff_');
const health = (lines: readonly string[]) =>
  Object.fromEntries(
    ['success', 'complete', 'last_success_timestamp_seconds'].map((name) => [
      name,
      lines.filter((line) => line.startsWith(`rocketmq_tick_${name}{`)).map((line) => Number(line.split(' ').at(-1))),
    ]),
  );
const GOOD = (tick: number) => ({ success: [1], complete: [1], last_success_timestamp_seconds: [tick / 1000] });
const backlogs = (lines: readonly string[]) =>
  lines
    .filter((line) => line.startsWith('rocketmq_msg_diff_topic_consumergroup{'))
    .map((line) => `${/topic="(\w+)"/.exec(line)?.[1]} ${line.split(' ').at(-1)}`);

function ticksOf(cell: { target: string; name: string }): Ticks {
  const ticks = ran.get(nameOf(cell));
  if (ticks === undefined) throw new Error('this cell did not run');
  expect(health(ticks.before)).toEqual(GOOD(FIRST_TICK));
  expect(backlogs(ticks.before)).toEqual(['a 5', 'b 5', 'c 5', 'd 5']);
  return ticks;
}

test.each(CELLS)('the fault is met: $target: $name', (cell) => {
  expect(ticksOf(cell).hits).toBeGreaterThan(0);
});

test('no fault gets a secret said or pushed, and nothing but the login is posted to a console', () => {
  const said = [...ran].map(([name, { second, after }]) => ({ name, leaks: leaks(`${saidBy(second)}\n${after.join('\n')}`) }));
  expect(said.filter((cell) => cell.leaks.length > 0)).toEqual([]);
  const requests = [...ran.values()].flatMap((ticks) => ticks.requests);
  expect(requests.filter((request) => !/^GET |^POST \/login\/login\.do$/.test(request))).toEqual([]);
});

const by = (effect: Cell['effect']) => CELLS.filter((cell) => cell.effect === effect);

describe('a fault that ends the tick leaves the data as it was', () => {
  test.each(by('ends the tick').filter(({ target }) => target !== 'POST'))('$target: $name', (cell) => {
    const { second, before, after } = ticksOf(cell);
    expect(second.error?.message).toMatch(cell.says);
    expect(after.filter(isData)).toEqual(before.filter(isData));
    expect(health(after)).toEqual({ ...GOOD(FIRST_TICK), success: [0], complete: [0] });
  });

  test.each(by('ends the tick').filter(({ target }) => target === 'POST'))(
    '$target: $name, and the health, after the data was pushed',
    (cell) => {
      const { second, after } = ticksOf(cell);
      expect(second.error?.message).toMatch(cell.says);
      expect(backlogs(after)).toEqual(['a 9', 'b 9', 'c 9', 'd 9']);
      expect(health(after)).toEqual(GOOD(FIRST_TICK));
    },
  );
});

describe('a fault of a whole server leaves the data as it was', () => {
  test.each(SERVER_CELLS)('$target: $name', (cell) => {
    const { second, before, after } = ticksOf(cell);
    expect(second.error?.message).toMatch(cell.says);
    expect(after.filter(isData)).toEqual(before.filter(isData));
    expect(health(after)).toEqual(cell.target === 'console' ? { ...GOOD(FIRST_TICK), success: [0], complete: [0] } : GOOD(FIRST_TICK));
  });
});

describe('a fault that costs what was asked leaves that out, and says so', () => {
  const MISSING: Partial<Record<Target, string[]>> = {
    'one topic': ['a'],
    'many topics': ['a', 'b', 'c'],
    'group.query': ['d'],
    'who is on a topic': ['a'],
    'a group at a broker': ['a'],
  };
  test.each(by('costs what was asked'))('$target: $name', (cell) => {
    const { second, after } = ticksOf(cell);
    const missing = MISSING[cell.target] ?? [];
    // What is wrong in one group's rows costs that group; only an answer that is none costs the topic.
    const isOfGroup = cell.target === 'group.query' || cell.target === 'a group at a broker' || cell.name === 'wrong types';
    const unreadable = isOfGroup ? 'unreadable_group' : 'topic_readable';
    expect(second.result?.outcome).toBe('partial');
    expect(second.result?.failures).toHaveLength(missing.length);
    for (const failure of second.result?.failures ?? []) expect(failure.message).toMatch(cell.says);
    expect(backlogs(after)).toEqual(['a', 'b', 'c', 'd'].filter((topic) => !missing.includes(topic)).map((topic) => `${topic} 9`));
    for (const topic of missing) {
      const lines = after.filter((line) => line.includes(`topic="${topic}"`));
      expect(lines.filter((line) => !line.includes('topic_readable{'))).toHaveLength(isOfGroup ? 1 : 0);
      expect(lines.find((line) => line.startsWith(`rocketmq_msg_diff_${unreadable}{`))).toMatch(isOfGroup ? / 1$/ : / 0$/);
    }
    expect(health(after)).toEqual({ ...GOOD(SECOND_TICK), complete: [0] });
  });
});

describe('a fault where processes are asked costs the reason, and changes no other number', () => {
  const numbers = (lines: readonly string[]) =>
    lines.filter((line) => isData(line) && !line.includes('_msg_diff_reason{')).map(withoutCluster);
  const withoutCluster = (line: string) => line.replace(/rocketmqClusterName="[^"]*"/, '');

  test.each(by('costs the reason'))('$target: $name', (cell) => {
    const { second, before, after } = ticksOf(cell);
    expect(second.error).toBeUndefined();
    expect(second.result).toMatchObject({ outcome: 'complete', backlog: 36, failures: [] });
    expect(backlogs(after)).toEqual(['a 9', 'b 9', 'c 9', 'd 9']);
    expect(health(after)).toEqual(GOOD(SECOND_TICK));
    const others = Array(3).fill('catching-up');
    expect(reasons(before)).toEqual(['catching-up', ...others]);
    expect(reasons(after)).toEqual(cell.target === 'connections' ? others : ['unknown', ...others]);
    expect(after.filter((line) => line.includes('_process_') && line.includes('"g_a"'))).toEqual([]);
    // What is pushed of the backlog is, to the last digit, what it is where nothing went wrong.
    const [well] = by('passes').filter(({ target }) => target === cell.target);
    if (well === undefined) throw new Error('there is no such cell');
    expect(numbers(after)).toEqual(numbers(ticksOf(well).after));
  });
});

const reasons = (lines: readonly string[]) =>
  lines.filter((line) => line.includes('_msg_diff_reason{')).map((line) => /reason="([^"]+)"/.exec(line)?.[1]);

describe('a fault that passes leaves the tick complete', () => {
  test.each(by('passes'))('$target: $name', (cell) => {
    const { second, after } = ticksOf(cell);
    expect(second.result).toMatchObject({ outcome: 'complete', failures: [] });
    expect(backlogs(after)).toEqual(['a 9', 'b 9', 'c 9', 'd 9'].slice(cell.name === 'empty list' ? 1 : 0));
    expect(health(after)).toEqual(GOOD(SECOND_TICK));
  });
});
