import * as v from 'valibot';
import { baseUrl, basicUsername, credential, gatewayUrl, grouping, integer, names, pem, ssmPath, trimmed } from './shapes.ts';

const MAX_TIMER_MS = 2 ** 31 - 1;
const MAX_AGE_LIMIT_S = 24 * 60 * 60;

/** Every variable with its default and its validation. `docs/settings.md` documents them for users. */
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
