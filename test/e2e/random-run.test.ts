import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import * as faults from '../support/faults.ts';
import { exchangesOf, type MadeCluster, TOPIC_LIST, topicPath } from '../support/made-cluster.ts';
import { startProxy } from '../support/proxy.ts';
import { envFor, type Gateway, pushgateway, replayConsole, run } from '../support/run.ts';
import { scaled } from '../support/speed.ts';

/** Lanes run beside one another, each a cluster of its own; the ticks of a lane follow one another. */
const LANES = 20;
const TICKS = 52;
const TOPICS = ['a', 'b', 'c', 'd', 'e'];
const START = Date.UTC(2026, 0, 5, 3, 0);
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));

/** Mulberry32: small, and the same everywhere. */
function randomFrom(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return { below, chance: (share: number) => next() < share, pick: <T>(items: readonly T[]): T => items[below(items.length)] as T };
}
type Random = ReturnType<typeof randomFrom>;

const { answerWith } = faults;
const CONSOLE_FAULTS = [
  faults.refusal,
  faults.resetBeforeBody,
  faults.resetWithinBody,
  faults.truncatedJson,
  faults.emptyBody,
  faults.wrongShape,
];
const MORE_CONSOLE_FAULTS = [faults.html, faults.redirect, faults.hang, faults.tooLongContentLength, answerWith(404), answerWith(503)];
const GATEWAY_FAULTS = [faults.redirect, faults.resetBeforeBody, faults.hang, answerWith(400), answerWith(503)];

/** What goes wrong in one tick. `lost`: the gateway takes a push, and its answer never arrives. */
interface Plan {
  backlogs: ReadonlyMap<string, number>;
  list: faults.Fault | undefined;
  topics: ReadonlyMap<string, faults.Fault>;
  push: Partial<Record<'PUT' | 'POST', faults.Fault | 'lost'>>;
}

function plan(random: Random): Plan {
  const consoleFaults = [...CONSOLE_FAULTS, ...MORE_CONSOLE_FAULTS];
  const share = random.pick([0, 0, 0.2, 1]);
  const push = () => (random.chance(0.15) ? random.pick([...GATEWAY_FAULTS, 'lost' as const]) : undefined);
  const [PUT, POST] = [push(), push()];
  return {
    backlogs: new Map(TOPICS.map((topic) => [topic, random.pick([0, random.below(1000)])])),
    list: random.chance(0.1) ? random.pick([...consoleFaults, answerWith(200, { status: 0, data: { topicList: [] } })]) : undefined,
    topics: new Map(TOPICS.filter(() => random.chance(share)).map((topic) => [topic, random.pick(consoleFaults)])),
    push: { ...(PUT ? { PUT } : {}), ...(POST ? { POST } : {}) },
  };
}

const clusterOf = ({ backlogs }: Plan): MadeCluster =>
  new Map(
    [...backlogs].map(([topic, backlog]) => [topic, new Map([[`g_${topic}`, [{ brokerOffset: 5000 + backlog, consumerOffset: 5000 }]]])]),
  );

/** What the gateway holds of one lane, as a person reads it there; `null`: a topic that is said to be unreadable. */
interface Held {
  backlogs: Record<string, number | null>;
  success: number[];
  complete: number[];
  lastSuccess: number[];
}

async function heldBy(gateway: Gateway, lane: string): Promise<Held> {
  const lines = (await gateway.samples()).filter((line) => line.includes(`rocketmqClusterName="${lane}"`));
  const values = (name: string, topic = '') =>
    lines.filter((line) => line.startsWith(`rocketmq_${name}{`) && line.includes(topic)).map((line) => Number(line.split(' ').at(-1)));
  const backlogs: Held['backlogs'] = {};
  for (const topic of TOPICS) {
    const label = `topic="${topic}"`;
    const [readable] = values('msg_diff_topic_readable', label);
    if (readable === undefined) continue;
    const views = ['msg_diff_detail', 'msg_diff_topic', 'msg_diff_topic_consumergroup'].map((name) => values(name, label));
    // Three views of one number, or none of them: never a half.
    const [first = []] = views;
    expect(views).toEqual([first, first, first]);
    expect(first).toHaveLength(readable);
    backlogs[topic] = first[0] ?? null;
  }
  return {
    backlogs,
    success: values('tick_success'),
    complete: values('tick_complete'),
    lastSuccess: values('tick_last_success_timestamp_seconds'),
  };
}

async function runLane(gateway: Gateway, laneNumber: number, seen: Record<string, number>): Promise<void> {
  const lane = `lane ${laneNumber}`;
  const random = randomFrom(SEED + laneNumber);
  let now: Plan = plan(random);
  const source = await replayConsole([], (request, response, honest) => {
    const fault = request.url === TOPIC_LIST ? now.list : now.topics.get(TOPICS.find((topic) => request.url === topicPath(topic)) ?? '');
    fault?.(request, response, honest);
    return fault !== undefined;
  });
  let held = await heldBy(gateway, lane);
  for (let tick = 0; tick < TICKS; tick += 1) {
    const clock = START + tick * 60_000;
    now = plan(random);
    source.replay(exchangesOf(clusterOf(now)));
    const front = await startFront(gateway, now.push);
    const env = envFor(source.url, front.url, { CLUSTER_NAME: lane, REQUEST_TIMEOUT_MS: String(scaled(250)) });
    const { result, error, log } = await run({}, env, { budgetMs: 800, clock: () => clock });
    const landed = await front.close();
    const after = await heldBy(gateway, lane);
    const context = `SEED=${SEED}, ${lane}, tick ${tick}: ${error?.message ?? JSON.stringify(result?.failures)}`;
    const late = /did not answer within|deadline of the tick|not reached before/.test(log.text());
    // On a busy machine the tick may give up on an honest push that lands all the same. It can only know that it was not told.
    const gaveUp = /the Pushgateway.* (did not answer within|had not answered by)|^not sent: the deadline of the tick had passed/.test(
      error?.message ?? '',
    );
    const answered = landed.PUT && now.push.PUT === undefined;

    if (!landed.PUT) expect(after.backlogs, context).toEqual(held.backlogs);
    else {
      expect(now.list, context).toBeUndefined();
      for (const topic of TOPICS) {
        const truth = now.topics.has(topic) ? null : now.backlogs.get(topic);
        if (!(late && after.backlogs[topic] === null)) expect(after.backlogs[topic], context).toBe(truth);
      }
      expect(
        Object.values(after.backlogs).some((backlog) => backlog !== null),
        context,
      ).toBe(true);
    }
    if (!landed.POST) expect({ ...after, backlogs: {} }, context).toEqual({ ...held, backlogs: {} });
    else {
      const landedUntold = answered && gaveUp && after.success[0] === 0;
      const pushed = answered && !landedUntold;
      const complete = pushed && Object.values(after.backlogs).every((backlog) => backlog !== null);
      expect(after.success, context).toEqual([pushed ? 1 : 0]);
      expect(after.complete, context).toEqual([complete ? 1 : 0]);
      expect(after.lastSuccess, context).toEqual(pushed ? [clock / 1000] : held.lastSuccess);
      if (landedUntold) seen.landedUntold = (seen.landedUntold ?? 0) + 1;
    }
    if (!answered || now.push.POST || gaveUp) expect(error, context).toBeDefined();
    else expect(result?.outcome, context).toBe(after.complete[0] === 1 ? 'complete' : 'partial');
    const outcome = result?.outcome ?? 'failed';
    seen[outcome] = (seen[outcome] ?? 0) + 1;
    held = after;
  }
}

interface Front {
  readonly url: string;
  /** Hangs up on who still asks, and tells which pushes the gateway has taken. */
  close(): Promise<Record<'PUT' | 'POST', boolean>>;
}

/** What stands in front of the gateway during one tick: a request that the tick has given up on cannot count for the next. */
async function startFront(gateway: Gateway, faulty: Plan['push']): Promise<Front> {
  const landed = { PUT: false, POST: false };
  const underWay: Promise<void>[] = [];
  const front = await startProxy({
    target: gateway.url,
    first: (request, response, honest) => {
      const method = request.method as 'PUT' | 'POST';
      const fault = faulty[method];
      if (typeof fault === 'function') fault(request, response, honest);
      else underWay.push(pushOn(request, response, method, fault));
      return true;
    },
  });

  async function pushOn(request: IncomingMessage, response: ServerResponse, method: 'PUT' | 'POST', fault?: 'lost'): Promise<void> {
    const body = await buffer(request).catch(() => undefined);
    // The tick hung up before it had sent all: there is nothing to pass on.
    if (body === undefined) return;
    const answer = await passOn(gateway, request, body);
    landed[method] = answer.ok;
    if (fault === 'lost') request.socket.resetAndDestroy();
    else response.writeHead(answer.status).end(await answer.text());
  }

  return {
    url: front.url,
    close: async () => {
      await front.close();
      // A push whose answer nobody waits for any longer may still land.
      await Promise.all(underWay);
      return landed;
    },
  };
}

async function passOn(gateway: Gateway, request: IncomingMessage, body: Buffer): Promise<Response> {
  const { 'content-type': type = '', 'content-encoding': encoding } = request.headers;
  const headers = { 'Content-Type': type, ...(encoding === undefined ? {} : { 'Content-Encoding': encoding }) };
  return fetch(gateway.url + request.url, { method: request.method ?? '', headers, body });
}

test(`whatever fails, the gateway holds the last readings that could be pushed, and says how old they are (SEED=${SEED})`, async () => {
  const gateway = await pushgateway();
  const seen: Record<string, number> = {};
  await Promise.all(Array.from({ length: LANES }, (_, lane) => runLane(gateway, lane, seen)));
  console.log(`random run: ${LANES * TICKS} ticks with SEED=${SEED}: ${JSON.stringify(seen)}`);
  for (const outcome of ['complete', 'partial', 'failed']) expect(seen[outcome]).toBeGreaterThan(0);
}, 900_000);
