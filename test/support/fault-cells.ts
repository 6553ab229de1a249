import type { IncomingMessage } from 'node:http';
import * as faults from './faults.ts';
import { atBrokerPath, BROKER_A, BROKERS_PATH, consumersPath, groupPath, TOPIC_LIST, topicPath } from './made-cluster.ts';
import { connectionsPath, statePath } from './made-processes.ts';
import { scaled } from './speed.ts';

export const TIMEOUT_MS = scaled(1_000);

/** Requests that a fault can affect. `many topics` are all but one. */
export const CONSOLE_TARGETS = ['topic list', 'one topic', 'many topics', 'group.query', 'login', 'connections', 'process'] as const;
/** Questions of the first way, to a console that knows both. */
export const BY_GROUP_TARGETS = ['who is on a topic', 'a group at a broker', 'the brokers'] as const;
export const GATEWAY_TARGETS = ['PUT', 'POST'] as const;
export type Target = (typeof CONSOLE_TARGETS)[number] | (typeof BY_GROUP_TARGETS)[number] | (typeof GATEWAY_TARGETS)[number];

export const SUSPECT = 'g_suspect';
/** Who holds every queue, and the one client of every group. */
export const MASTER = '192.0.2.9:10911';
export const CLIENT = '192.0.2.2@41#7';

const path = (wanted: string) => (request: IncomingMessage) => request.url === wanted;
export const isHit: Record<Target, (request: IncomingMessage) => boolean> = {
  'topic list': path(TOPIC_LIST),
  'one topic': path(topicPath('a')),
  'many topics': ({ url }) => ['a', 'b', 'c'].some((topic) => url === topicPath(topic)),
  'group.query': path(groupPath(SUSPECT)),
  'who is on a topic': path(consumersPath('a')),
  'a group at a broker': path(atBrokerPath('g_a', BROKER_A)),
  'the brokers': path(BROKERS_PATH),
  login: path('/login/login.do'),
  connections: path(connectionsPath('g_a', MASTER)),
  process: path(statePath('g_a', CLIENT)),
  PUT: ({ method }) => method === 'PUT',
  POST: ({ method }) => method === 'POST',
};

/** The effect on the tick: it is complete after a retry; it fails; it is partial, without the answer that was requested; or only the reason is missing. */
export type Effect = 'passes' | 'ends the tick' | 'costs what was asked' | 'costs the reason';

export interface Cell {
  target: Target;
  name: string;
  fault: faults.Fault;
  effect: Effect;
  /** The message that the operator reads, unless the fault passes. */
  says: RegExp;
}

type Says = RegExp | { console?: RegExp; login?: RegExp; gateway?: RegExp };
type Row = [name: string, fault: faults.Fault, says: Says, effect?: Effect];

const anyOf = 'the (console|Pushgateway) at \\S+';
const timedOut = new RegExp(`${anyOf} did not answer within 4 s`);
const brokeOff = new RegExp(`the answer of ${anyOf} broke off|cannot reach ${anyOf} \\(ECONNRESET\\)`);
const asksAgain = /took the login and asks for one again: does a proxy drop its cookies\?/;
const status = (code: number, more: Partial<Record<'console' | 'login' | 'gateway', RegExp>> = {}): Says => ({
  console: new RegExp(`answered ${code} with "status ${code}"`),
  login: new RegExp(`the login at \\S+ was answered with ${code}`),
  gateway: new RegExp(`the Pushgateway at \\S+ refused: ${code} "?status ${code}`),
  ...more,
});

/** A request that meets one of these ends with its timeout. */
export const ENDLESS: readonly faults.Fault[] = [faults.hang, faults.drip];

const ROWS: readonly Row[] = [
  // The slowest first: the others run while these wait.
  ['hang', faults.hang, timedOut],
  ['drip', faults.drip, timedOut],
  ['reset before the body', faults.resetBeforeBody, new RegExp(`cannot reach ${anyOf} \\(ECONNRESET\\)`)],
  ['reset within the body', faults.resetWithinBody, brokeOff],
  ['slow but in time', faults.slow, /^$/, 'passes'],
  [
    '302',
    faults.redirect,
    {
      console: /answered 302, a redirect to \S+, which is not followed; set CONSOLE_URL/,
      login: /was answered with 302: is there something else in front/,
      gateway: /refused: 302, a redirect to \S+, which is not followed; set PUSHGATEWAY_URL/,
    },
  ],
  ['403', faults.answerWith(403), status(403)],
  ['404', faults.answerWith(404), status(404, { console: /answered 404 with "status 404": this does not seem to be rocketmq-console/ })],
  ['500', faults.answerWith(500), status(500)],
  ['503', faults.answerWith(503), status(503)],
  ['wrong content length', faults.tooLongContentLength, brokeOff],
  [
    'HTML',
    faults.html,
    { console: /answered with an HTML page titled "Sign in"/, login: /got no answer to understand: the answer is not JSON: </ },
  ],
  ['truncated JSON', faults.truncatedJson, { console: /the answer is not JSON: \{/, login: /the answer is not JSON: \{/ }],
  ['wrong shape', faults.wrongShape, { console: /data: expected (an object|Object)|data\.\w+( is missing|: expected)/, login: asksAgain }],
  [
    'status -1',
    faults.refusal,
    { console: /NullPointerException/, login: /refused the login of CONSOLE_USERNAME viewer: java\.lang\.NullPointerException/ },
  ],
  ['empty body', faults.emptyBody, { console: /the answer is empty/, login: /got no answer to understand: the answer is empty/ }],
  [
    'huge body',
    faults.hugeBody,
    { console: /sent more than 16777216 bytes in answer to \/\S+; the answer was refused/, login: /sent more than 16777216 bytes/ },
  ],
  [
    'gzip bomb',
    faults.gzipBomb,
    { console: /sent more than 16777216 bytes in answer to \/\S+; the answer was refused/, login: /sent more than 16777216 bytes/ },
  ],
];

const good = (data: unknown) => faults.answerWith(200, { status: 0, data, errMsg: null });
const wrongQueue = { brokerName: 'broker-a', queueId: 0, brokerOffset: '9', consumerOffset: 0, clientInfo: null, lastTimestamp: 0 };
const wrongTopic = good({ g: { queueStatInfoList: [wrongQueue] } });
const wrongOffset = /data\["g"\]\.queueStatInfoList\[0\]\.brokerOffset: expected a number, got "9"/;

/** Faults that are different for each target. */
const SINGLE: readonly Cell[] = [
  cell('topic list', 'wrong types', good({ topicList: [7] }), /data\.topicList\[0\]: expected a string, got 7/),
  cell('one topic', 'wrong types', wrongTopic, wrongOffset),
  cell('many topics', 'wrong types', wrongTopic, wrongOffset),
  cell('group.query', 'wrong types', good({ count: '1' }), /data\.count: expected a number, got "1"/),
  cell('topic list', 'empty list', good({ topicList: [] }), /the console lists no topic at all/),
  cell('one topic', 'empty list', good({}), /^$/, 'passes'),
  cell('group.query', 'empty list', good(null), /data: expected Object, got null/),
  cell('login', 'empty list', good(null), asksAgain),
  cell('topic list', '401', faults.answerWith(401), /wants a login: set CONSOLE_USERNAME and CONSOLE_PASSWORD/),
  cell('one topic', '401', faults.answerWith(401), /wants a login/, 'ends the tick'),
  cell('many topics', '401', faults.answerWith(401), /wants a login/, 'ends the tick'),
  cell('group.query', '401', faults.answerWith(401), /wants a login/, 'ends the tick'),
  cell('connections', 'wrong types', good({ connectionSet: [{ clientId: 7, clientAddr: 'a' }] }), /^$/),
  cell('process', 'wrong types', good({ properties: {}, subscriptionSet: [], mqTable: { x: {} }, statusTable: {} }), /^$/),
  cell('connections', 'empty list', good(null), /^$/),
  cell('process', 'empty list', good(null), /^$/),
  cell('connections', '401', faults.answerWith(401), /^$/),
  cell('process', '401', faults.answerWith(401), /^$/),
  cell('login', '401', faults.answerWith(401), /the login at \S+ was answered with 401/),
  cell('PUT', '401', faults.answerWith(401), /refused: 401 "?status 401"? \(check PUSHGATEWAY_USERNAME/),
  cell('POST', '401', faults.answerWith(401), /refused: 401 "?status 401"? \(check PUSHGATEWAY_USERNAME/),
];

function cell(target: Target, name: string, fault: faults.Fault, says: RegExp, effect?: Effect): Cell {
  return { target, name, fault, says, effect: effect ?? usualEffect(target) };
}

function usualEffect(target: Target): Effect {
  if (target === 'connections' || target === 'process') return 'costs the reason';
  return target === 'one topic' || target === 'many topics' || target === 'group.query' ? 'costs what was asked' : 'ends the tick';
}

function saysTo(target: Target, says: Says): RegExp | undefined {
  if (says instanceof RegExp) return says;
  return target === 'PUT' || target === 'POST' ? says.gateway : target === 'login' ? says.login : says.console;
}

/** What asking again does not change: then the topic is read by topic. */
const FINAL = new Set(['302', '403', '404', 'HTML', 'truncated JSON', 'wrong shape', 'status -1', 'empty body', 'huge body', 'gzip bomb']);

/** Without the brokers all is read by topic; what passes by itself costs the topic or the group as it does there. */
function byGroupCells([name, fault, says, effect]: Row): Cell[] {
  return BY_GROUP_TARGETS.flatMap((target) => {
    const words = saysTo(target, says);
    const usual = target === 'the brokers' || FINAL.has(name) ? 'passes' : 'costs what was asked';
    return words === undefined ? [] : [cell(target, name, fault, words, effect ?? usual)];
  });
}

/** Every combination of fault and target that makes sense. The gateway's answers have no content that could be wrong. */
export const CELLS: readonly Cell[] = [
  ...ROWS.flatMap(([name, fault, says, effect]) =>
    [...CONSOLE_TARGETS, ...GATEWAY_TARGETS].flatMap((target) => {
      const words = saysTo(target, says);
      return words === undefined ? [] : [cell(target, name, fault, words, effect)];
    }),
  ),
  ...ROWS.flatMap(byGroupCells),
  ...BY_GROUP_TARGETS.map((target) => cell(target, '401', faults.answerWith(401), /wants a login/, 'ends the tick')),
  ...SINGLE,
];
