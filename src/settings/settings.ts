import * as v from 'valibot';

export { type PushSettings, SETTING_SPELLINGS, type Settings } from './schema.ts';

import { LagPusherError } from '../base/errors.ts';
import { type Name, OLD_NAMES, PAIRS, PUSH_NAMES, type PushSettings, SCHEMA, SECRETS, type Settings } from './schema.ts';
import { withoutLineEnd } from './shapes.ts';

/** Environment variables, overlaid by SSM parameters. An empty value counts as unset. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** How the variables were collected. */
export interface Findings {
  /** Problems found while collecting them, each beginning with the variable's name. */
  readonly problems?: readonly string[];
  /** False if a source could not be read. A variable that is missing may be set there, so it is not reported as missing. */
  readonly complete?: boolean;
  /** Where the variables were looked for; added to the message about a missing one. */
  readonly lookedIn?: string;
}

/** All problems with the settings in one error, so that they can be fixed together. */
export class SettingsError extends LagPusherError {
  constructor(readonly problems: readonly string[]) {
    super(
      'settings',
      `${problems.length === 1 ? 'a setting is' : `${problems.length} settings are`} missing or wrong:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
  }
}

export interface ReadSettings {
  /** The settings, or the error that lists every problem. */
  readonly settings: { readonly ok: true; readonly value: Settings } | { readonly ok: false; readonly error: SettingsError };
  /** What is needed to push health; undefined unless all of these settings are valid. */
  readonly push: PushSettings | undefined;
  /** Risks that the operator should know about; the tick runs in spite of them. */
  readonly warnings: readonly string[];
  /** Secret values, both as given in the variables and as sent. */
  readonly secrets: readonly string[];
}

/** Validates `variables`. `findings` says how they were collected. */
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
  for (const [missing, given] of incompletePairs(values, wrong)) {
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
    warnings: warningsOn(values),
    secrets: secretsIn(variables),
  };
}

/** The path of the SSM parameters and the maximum age of their copy; undefined if no path is set or one of the two is invalid. */
export function readSsmSettings(env: Variables): { path: string; maxAgeS: number } | undefined {
  const path = v.safeParse(SCHEMA.SSM_PATH, lookUp('SSM_PATH', env).value);
  const maxAgeS = v.safeParse(SCHEMA.SSM_MAX_AGE_S, lookUp('SSM_MAX_AGE_S', env).value);
  return path.success && path.output !== undefined && maxAgeS.success ? { path: path.output, maxAgeS: maxAgeS.output } : undefined;
}

/** The value without its line end, which editors add. */
function lookUp(name: Name, variables: Variables): { name: string; value: string | undefined } {
  const given = variables[name];
  if (given) return { name, value: withoutLineEnd(given) };
  for (const oldName of OLD_NAMES[name] ?? []) {
    const old = variables[oldName];
    if (!old) continue;
    const value = withoutLineEnd(old);
    return { name: oldName, value: name === 'CONSOLE_URL' && !value.includes('://') ? `http://${value.trim()}` : value };
  }
  return { name, value: undefined };
}

type Values = Partial<Record<Name, unknown>>;

/** Every secret that is set, valid or not, with and without its trailing line end; and each pair as basic authentication joins it. */
export function secretsIn(variables: Readonly<Record<string, string | undefined>>): string[] {
  const secrets = SECRETS.flatMap((name) => withAndWithoutLineEnd(variables[name] ?? ''));
  const pairs = PAIRS.flatMap(([username, password]) =>
    withAndWithoutLineEnd(variables[password] ?? '').map((secret) => `${withoutLineEnd(variables[username] ?? '')}:${secret}`),
  );
  return [...secrets, ...pairs];
}

function withAndWithoutLineEnd(secret: string): string[] {
  return [...new Set([secret, withoutLineEnd(secret)])].filter((text) => text !== '');
}

/** Pairs of credentials of which only one setting is given. */
export function incompletePairs(values: Values, wrong: ReadonlySet<string>): [missing: Name, given: Name][] {
  return PAIRS.flatMap(([username, password]): [Name, Name][] => {
    if (wrong.has(username) || wrong.has(password) || (values[username] === undefined) === (values[password] === undefined)) return [];
    return [values[username] === undefined ? [username, password] : [password, username]];
  });
}

/** Warnings about credentials that are sent over plain http, or that are well-known defaults. */
export function warningsOn(values: Values): string[] {
  return [...plainHttpWarnings(values), ...defaultPasswordWarnings(values)];
}

function plainHttpWarnings(values: Values): string[] {
  const isPlain = (url: unknown) => typeof url === 'string' && url.startsWith('http:');
  const warnings: string[] = [];
  for (const name of ['CONSOLE_PASSWORD', 'CONSOLE_BASIC_PASSWORD'] as const)
    if (isPlain(values.CONSOLE_URL) && values[name] !== undefined)
      warnings.push(`${name} is sent over plain http: anyone on the network path can read it`);
  if (isPlain(values.PUSHGATEWAY_URL) && (values.PUSHGATEWAY_PASSWORD ?? values.PUSHGATEWAY_BEARER_TOKEN) !== undefined) {
    warnings.push('the credentials for the Pushgateway are sent over plain http: anyone on the network path can read them');
  }
  return warnings;
}

/** `admin` and `user` come with rocketmq-dashboard, the next two with RocketMQ's access control; the last two are common guesses. */
const DEFAULT_PASSWORDS = new Set(['admin', 'user', 'rocketmq2', '12345678', 'rocketmq', 'password']);

function defaultPasswordWarnings(values: Values): string[] {
  return SECRETS.filter((name) => DEFAULT_PASSWORDS.has(String(values[name]).toLowerCase())).map(
    (name) => `${name} is a default that everybody knows: set another one`,
  );
}
