import * as v from 'valibot';
import { baseUrl, basicUsername, credential, gatewayUrl, grouping, integer, names, pem, ssmPath, trimmed } from './shapes.ts';

const MAX_TIMER_MS = 2 ** 31 - 1;
const MAX_AGE_LIMIT_S = 24 * 60 * 60;

/** Every variable with its default and its validation. */
export const SCHEMA = {
  CONSOLE_URL: baseUrl,
  CONSOLE_USERNAME: v.optional(trimmed),
  CONSOLE_PASSWORD: v.optional(credential),
  CONSOLE_BASIC_USERNAME: v.optional(basicUsername),
  CONSOLE_BASIC_PASSWORD: v.optional(credential),
  CONSOLE_CA: v.optional(pem),
  PUSHGATEWAY_URL: gatewayUrl,
  PUSHGATEWAY_CA: v.optional(pem),
  PUSHGATEWAY_USERNAME: v.optional(basicUsername),
  PUSHGATEWAY_PASSWORD: v.optional(credential),
  PUSHGATEWAY_BEARER_TOKEN: v.optional(v.pipe(trimmed, v.regex(/^[\x21-\x7e]+$/, 'expected a token without spaces or line ends'))),
  CLUSTER_NAME: trimmed,
  NAMESRV_ADDR: v.optional(trimmed),
  GROUPING: v.optional(grouping, '{}'),
  JOB: v.optional(trimmed, 'rocketmq-monitor'),
  METRICS_PREFIX: v.optional(
    v.pipe(
      trimmed,
      v.regex(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/, 'expected the beginning of a metric name: letters, digits, _ and :, not a digit first'),
    ),
    'rocketmq',
  ),
  IGNORED_TOPICS: v.optional(names, ''),
  IGNORED_GROUPS: v.optional(names, ''),
  DETAIL: v.optional(v.pipe(trimmed, v.picklist(['all', 'nonzero', 'off'], 'expected all, nonzero or off')), 'all'),
  MAX_SERIES: v.optional(integer(1, 10_000_000), '50000'),
  PROCESS_QUESTIONS: v.optional(integer(0, 1_000_000), '200'),
  CONCURRENCY: v.optional(integer(1, 1000), '16'),
  REQUEST_TIMEOUT_MS: v.optional(integer(1, MAX_TIMER_MS), '15000'),
  LOG_LEVEL: v.optional(
    v.pipe(
      v.string(),
      v.transform((level) => level.trim().toLowerCase()),
      v.picklist(['debug', 'info', 'warn', 'error'], 'expected debug, info, warn or error'),
    ),
    'info',
  ),
  SSM_PATH: v.optional(ssmPath),
  SSM_MAX_AGE_S: v.optional(integer(0, MAX_AGE_LIMIT_S), '300'),
} satisfies v.ObjectEntries;

export type Name = keyof typeof SCHEMA;
export type Settings = { readonly [K in Name]: v.InferOutput<(typeof SCHEMA)[K]> };

/** What each setting means. `npm run docs` writes the tables of settings from this text. */
// Stryker disable all: prose
export const DESCRIPTIONS: Readonly<Record<Name, string>> = {
  CONSOLE_URL: 'address of the console: `http(s)://host[:port][/context]`',
  CONSOLE_USERNAME: 'for a console with `loginRequired=true`; an ordinary user is enough',
  CONSOLE_PASSWORD: 'goes with the user name',
  CONSOLE_BASIC_USERNAME: 'for a server in front of the console that requires basic authentication; sent with every request to the console',
  CONSOLE_BASIC_PASSWORD: 'goes with that user name',
  CONSOLE_CA: "PEM text of a private CA that signed the console's certificate; line ends may be written as `\\n`",
  PUSHGATEWAY_URL: 'address of the Pushgateway, with its path prefix if it has one',
  PUSHGATEWAY_CA: "PEM text of a private CA that signed the Pushgateway's certificate",
  PUSHGATEWAY_USERNAME: 'basic authentication',
  PUSHGATEWAY_PASSWORD: 'goes with the user name',
  PUSHGATEWAY_BEARER_TOKEN: 'instead of user name and password',
  CLUSTER_NAME:
    'the grouping label `rocketmqClusterName`; if the event names a cluster, that name is the default, unless it is set for this cluster',
  NAMESRV_ADDR: 'the grouping label `namesrvAddr`; a console that reads from other name servers is refused',
  GROUPING: 'more grouping labels, a JSON object: `{"region":"eu-1"}`; the label of a metric is refused',
  JOB: 'the Pushgateway job of the data; the job of the health metrics is `<JOB>-tick`',
  METRICS_PREFIX: 'prefix of all metric names',
  IGNORED_TOPICS: 'topics to leave out: names or globs (`*`), comma-separated',
  IGNORED_GROUPS: 'consumer groups to leave out: names or globs (`*`), comma-separated',
  DETAIL: 'rows per queue: `all`, `nonzero` or `off`',
  MAX_SERIES:
    'limit on series. Beyond it, rows per queue are dropped: first those without backlog, then the smallest backlogs. Aggregates are never dropped. At least a fifth of the limit stays for the rows furthest behind, even if the aggregates alone exceed it',
  PROCESS_QUESTIONS:
    'maximum number of requests in a tick that ask processes why their group is behind; `0` asks none, except with `--group`',
  CONCURRENCY: 'maximum number of requests in flight at the console; while its answers time out or it has no free admin client, 4 at most',
  REQUEST_TIMEOUT_MS: 'timeout of one request',
  LOG_LEVEL: '`debug`, `info`, `warn` or `error`; JSON lines on stdout',
  SSM_PATH: 'path below which SSM parameters are read; only in the environment',
  SSM_MAX_AGE_S: 'how many seconds a warm Lambda uses what it read from SSM; only in the environment',
};
// Stryker restore all

/** The settings that are needed to push health, even when other settings are wrong. */
export type PushSettings = Pick<Settings, (typeof PUSH_NAMES)[number]>;

export const PUSH_NAMES = [
  'PUSHGATEWAY_URL',
  'PUSHGATEWAY_CA',
  'PUSHGATEWAY_USERNAME',
  'PUSHGATEWAY_PASSWORD',
  'PUSHGATEWAY_BEARER_TOKEN',
  'CLUSTER_NAME',
  'NAMESRV_ADDR',
  'GROUPING',
  'JOB',
  'METRICS_PREFIX',
] as const satisfies readonly Name[];

/** Settings whose values are redacted everywhere. */
export const SECRETS = [
  'CONSOLE_PASSWORD',
  'CONSOLE_BASIC_PASSWORD',
  'PUSHGATEWAY_PASSWORD',
  'PUSHGATEWAY_BEARER_TOKEN',
] as const satisfies readonly Name[];

/** User names and the passwords that go with them: both or none. */
export const PAIRS = [
  ['CONSOLE_USERNAME', 'CONSOLE_PASSWORD'],
  ['CONSOLE_BASIC_USERNAME', 'CONSOLE_BASIC_PASSWORD'],
  ['PUSHGATEWAY_USERNAME', 'PUSHGATEWAY_PASSWORD'],
] as const satisfies readonly (readonly [username: Name, password: Name])[];

/** Names that the older exporters used, accepted to make migration easier. `host:port` becomes a URL. */
export const OLD_NAMES: Partial<Record<Name, readonly string[]>> = {
  CONSOLE_URL: ['rocketmqConsoleIPAndPort', 'ROCKETMQ_CONSOLE'],
  IGNORED_TOPICS: ['ignoredTopics'],
  METRICS_PREFIX: ['metricsPrefix'],
};

/** Maps each name under which a setting may be given to all names of that setting, this one included. */
export const SETTING_SPELLINGS: ReadonlyMap<string, readonly string[]> = new Map(
  (Object.keys(SCHEMA) as Name[]).flatMap((name) => {
    const spellings = [name, ...(OLD_NAMES[name] ?? [])];
    return spellings.map((spelling) => [spelling, spellings] as const);
  }),
);
