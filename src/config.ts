import { X509Certificate } from 'node:crypto';
import * as v from 'valibot';
import { LagPusherError } from './errors.ts';
import { METRIC_LABELS } from './metrics/labels.ts';

/** Where values come from: environment variables, overlaid by parameters. Empty means unset. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** What is known of the variables themselves, besides their values. */
export interface Findings {
  /** What went wrong in finding them, each with the variable's name first. */
  readonly problems?: readonly string[];
  /** Whether all were found. If not, one that is missing may well be set, and is not complained of. */
  readonly complete?: boolean;
  /** Where they were looked for, for whom one is missing. */
  readonly lookedIn?: string;
}

/** Every problem of the settings at once: a person who mends one wants to know of the others. */
export class SettingsError extends LagPusherError {
  constructor(readonly problems: readonly string[]) {
    super(
      'settings',
      `${problems.length === 1 ? 'a setting needs' : `${problems.length} settings need`} mending:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
  }
}

const MAX_TIMER_MS = 2 ** 31 - 1;

const trimmed = v.pipe(v.string(), v.trim(), v.nonEmpty('expected a value'));
const integer = (min: number, max: number) =>
  v.pipe(
    v.string(),
    v.trim(),
    v.regex(/^\d{1,15}$/, `expected a whole number from ${min} to ${max}`),
    v.transform(Number),
    v.minValue(min, `expected a whole number from ${min} to ${max}`),
    v.maxValue(max, `expected a whole number from ${min} to ${max}`),
  );
const names = v.pipe(
  v.string(),
  v.transform((value) =>
    value
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
  ),
);
const PEM_EXPECTED = 'expected PEM text: -----BEGIN CERTIFICATE----- … -----END CERTIFICATE-----';
const pem = v.pipe(
  v.string(),
  // One-line variables carry PEM text with its line ends written as \n.
  v.transform((value) => value.replaceAll('\\n', '\n').replaceAll('\r\n', '\n').trim()),
  v.regex(/^-----BEGIN CERTIFICATE-----\n[\s\S]+-----END CERTIFICATE-----$/, PEM_EXPECTED),
  v.check(isCertificates, `${PEM_EXPECTED}; what stands between is no certificate`),
);
function isCertificates(text: string): boolean {
  try {
    for (const certificate of text.split(/(?=-----BEGIN CERTIFICATE-----)/)) new X509Certificate(certificate);
    return true;
  } catch {
    return false;
  }
}

const headerText = v.pipe(
  v.string(),
  v.check((value) => !/[\r\n\0]/.test(value), 'expected one line, without line ends'),
);

const URL_EXPECTED = 'expected http(s)://host[:port][/path]';
const baseUrl = v.pipe(
  trimmed,
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const refuse = (message: string) => {
      addIssue({ message });
      return NEVER;
    };
    const url = URL.canParse(dataset.value) ? new URL(dataset.value) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol)) return refuse(URL_EXPECTED);
    if (url.username !== '' || url.password !== '')
      return refuse(`${URL_EXPECTED}, without a user name or password in it (URLs get logged; there are settings for both)`);
    if (url.search !== '' || url.hash !== '') return refuse(`${URL_EXPECTED}, without ? or #`);
    return url.origin + url.pathname.replace(/\/+$/, '');
  }),
);

const RESERVED_GROUPING = new Set<string>(['job', 'instance', 'rocketmqClusterName', 'namesrvAddr', 'shard', ...METRIC_LABELS]);
const grouping = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const refuse = (message: string) => {
      addIssue({ message });
      return NEVER;
    };
    let json: unknown;
    try {
      json = JSON.parse(dataset.value);
    } catch {
      return refuse('expected a JSON object of label names and values, like {"region":"eu-1"}');
    }
    const labels = v.safeParse(v.record(v.string(), v.string()), json);
    if (!labels.success || Array.isArray(json)) return refuse('expected a JSON object whose values are strings, like {"region":"eu-1"}');
    for (const name of Object.keys(labels.output)) {
      if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) || name.startsWith('__'))
        return refuse(`${JSON.stringify(name)} is not a label name: expected letters, digits and _, not a digit first, not __`);
      if (RESERVED_GROUPING.has(name))
        return refuse(`${name} cannot be a grouping label: it is taken, and would overwrite what the metrics say there`);
    }
    return labels.output;
  }),
);

const ssmPath = v.pipe(
  trimmed,
  v.transform((path) => path.replace(/\/+$/, '')),
  v.regex(/^(\/[\w.-]+){1,13}$/, 'expected a path of SSM parameters, like /rocketmq-lag-pusher'),
);
const MAX_AGE_LIMIT_S = 24 * 60 * 60;

/** Every variable, its default and what it must look like. `docs/settings.md` says the same for people. */
const SCHEMA = {
  CONSOLE_URL: baseUrl,
  CONSOLE_USERNAME: v.optional(trimmed),
  CONSOLE_PASSWORD: v.optional(v.string()),
  CONSOLE_CA: v.optional(pem),
  PUSHGATEWAY_URL: baseUrl,
  PUSHGATEWAY_CA: v.optional(pem),
  PUSHGATEWAY_USERNAME: v.optional(v.pipe(headerText, v.excludes(':', 'expected a user name without a colon'))),
  PUSHGATEWAY_PASSWORD: v.optional(headerText),
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
  DETAIL: v.optional(v.picklist(['all', 'nonzero', 'off'], 'expected all, nonzero or off'), 'all'),
  MAX_SERIES: v.optional(integer(1, 10_000_000), '50000'),
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

type Name = keyof typeof SCHEMA;
export type Settings = { readonly [K in Name]: v.InferOutput<(typeof SCHEMA)[K]> };

/** Where health can be pushed to even when other settings are wrong. */
export type PushSettings = Pick<Settings, (typeof PUSH_NAMES)[number]>;

const PUSH_NAMES = [
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

/** Values that must not be seen anywhere. */
const SECRETS = ['CONSOLE_PASSWORD', 'PUSHGATEWAY_PASSWORD', 'PUSHGATEWAY_BEARER_TOKEN'] as const satisfies readonly Name[];

/** Names that the exporters before this one used, for who moves over. `host:port` becomes a URL. */
const OLD_NAMES: Partial<Record<Name, readonly string[]>> = {
  CONSOLE_URL: ['rocketmqConsoleIPAndPort', 'ROCKETMQ_CONSOLE'],
  IGNORED_TOPICS: ['ignoredTopics'],
  METRICS_PREFIX: ['metricsPrefix'],
};

/** Every name under which a setting may be given, as `SETTING_SPELLINGS.get(name)` gives them all: this one and its others. */
export const SETTING_SPELLINGS: ReadonlyMap<string, readonly string[]> = new Map(
  (Object.keys(SCHEMA) as Name[]).flatMap((name) => {
    const spellings = [name, ...(OLD_NAMES[name] ?? [])];
    return spellings.map((spelling) => [spelling, spellings] as const);
  }),
);

export interface ReadSettings {
  /** The settings, or why there are none. */
  readonly settings: { readonly ok: true; readonly value: Settings } | { readonly ok: false; readonly error: SettingsError };
  /** Usable when at least the Pushgateway's own settings are. */
  readonly push: PushSettings | undefined;
  /** Nothing to stop for, but the operator should know. */
  readonly warnings: readonly string[];
  /** Secret values, as they stand in the variables. */
  readonly secrets: readonly string[];
}

/** The settings that `variables` give, or every problem with them; `findings` tells how the variables were come by. */
export function readSettings(variables: Variables, findings: Findings = {}): ReadSettings {
  const { complete = true, lookedIn } = findings;
  const problems: string[] = [];
  const values: Partial<Record<Name, unknown>> = {};
  for (const name of Object.keys(SCHEMA) as Name[]) {
    const given = lookUp(name, variables);
    const result = v.safeParse(SCHEMA[name], given.value, { abortEarly: true });
    if (result.success) values[name] = result.output;
    else if (given.value !== undefined) problems.push(`${given.name}: is wrong: ${result.issues[0].message}`);
    else if (complete) problems.push(`${name}: is not set, and is required${lookedIn === undefined ? '' : ` (looked for ${lookedIn})`}`);
  }
  const wrong = new Set<string>(problems.map((problem) => problem.split(':', 1)[0] ?? ''));
  for (const [missing, given] of halfPairs(values, wrong)) {
    if (complete) problems.push(`${missing}: is not set, and ${given} needs it`);
    wrong.add(missing);
  }
  if (values.PUSHGATEWAY_BEARER_TOKEN !== undefined && values.PUSHGATEWAY_USERNAME !== undefined) {
    problems.push('PUSHGATEWAY_BEARER_TOKEN: expected either this or PUSHGATEWAY_USERNAME and PUSHGATEWAY_PASSWORD, not both');
    wrong.add('PUSHGATEWAY_BEARER_TOKEN');
  }
  problems.unshift(...(findings.problems ?? []));
  return {
    settings:
      problems.length === 0 && complete ? { ok: true, value: values as Settings } : { ok: false, error: new SettingsError(problems) },
    push: PUSH_NAMES.some((name) => !(name in values) || wrong.has(name)) ? undefined : (values as PushSettings),
    warnings: plainHttpWarnings(values),
    secrets: secretsIn(variables),
  };
}

/** Where parameters are, and for how many seconds a copy is good; undefined where there are none, or these settings are wrong. */
export function readSsmSettings(env: Variables): { path: string; maxAgeS: number } | undefined {
  const path = v.safeParse(SCHEMA.SSM_PATH, env.SSM_PATH || undefined);
  const maxAgeS = v.safeParse(SCHEMA.SSM_MAX_AGE_S, env.SSM_MAX_AGE_S || undefined);
  return path.success && path.output !== undefined && maxAgeS.success ? { path: path.output, maxAgeS: maxAgeS.output } : undefined;
}

/** Every secret that is set, valid or not; with the pair that basic authentication encodes as one. */
function secretsIn(variables: Variables): string[] {
  const secrets: string[] = SECRETS.flatMap((name) => variables[name] || []);
  if (variables.PUSHGATEWAY_PASSWORD) secrets.push(`${variables.PUSHGATEWAY_USERNAME}:${variables.PUSHGATEWAY_PASSWORD}`);
  return secrets;
}

function lookUp(name: Name, variables: Variables): { name: string; value: string | undefined } {
  if (variables[name]) return { name, value: variables[name] };
  for (const oldName of OLD_NAMES[name] ?? []) {
    const value = variables[oldName];
    if (!value) continue;
    return { name: oldName, value: name === 'CONSOLE_URL' && !value.includes('://') ? `http://${value.trim()}` : value };
  }
  return { name, value: undefined };
}

/** Credentials of which one half is missing: which, and which is there. */
function halfPairs(values: Partial<Record<Name, unknown>>, wrong: ReadonlySet<string>): [missing: Name, given: Name][] {
  const pairs: [Name, Name][] = [
    ['CONSOLE_USERNAME', 'CONSOLE_PASSWORD'],
    ['PUSHGATEWAY_USERNAME', 'PUSHGATEWAY_PASSWORD'],
  ];
  return pairs.flatMap(([one, other]): [Name, Name][] => {
    if (wrong.has(one) || wrong.has(other) || (values[one] === undefined) === (values[other] === undefined)) return [];
    return [values[one] === undefined ? [one, other] : [other, one]];
  });
}

function plainHttpWarnings(values: Partial<Record<Name, unknown>>): string[] {
  const isPlain = (url: unknown) => typeof url === 'string' && url.startsWith('http:');
  const warnings: string[] = [];
  if (isPlain(values.CONSOLE_URL) && values.CONSOLE_PASSWORD !== undefined)
    warnings.push('CONSOLE_PASSWORD goes over plain http: who can listen can read it');
  if (isPlain(values.PUSHGATEWAY_URL) && (values.PUSHGATEWAY_PASSWORD ?? values.PUSHGATEWAY_BEARER_TOKEN) !== undefined) {
    warnings.push('the credentials for the Pushgateway go over plain http: who can listen can read them');
  }
  return warnings;
}
