import { type Name, PAIRS, SECRETS } from './schema.ts';
import { withoutLineEnd } from './shapes.ts';

type Values = Partial<Record<Name, unknown>>;

/** Every secret that is set, valid or not, with and without its trailing line end; and each pair as basic authentication joins it. */
export function secretsIn(variables: Readonly<Record<string, string | undefined>>): string[] {
  const secrets = SECRETS.flatMap((name) => bothWays(variables[name] ?? ''));
  const pairs = PAIRS.flatMap(([username, password]) =>
    bothWays(variables[password] ?? '').map((secret) => `${withoutLineEnd(variables[username] ?? '')}:${secret}`),
  );
  return [...secrets, ...pairs];
}

function bothWays(secret: string): string[] {
  return [...new Set([secret, withoutLineEnd(secret)])].filter((text) => text !== '');
}

/** Pairs of credentials of which only one half is set: the setting that is missing, and the one that is given. */
export function incompletePairs(values: Values, wrong: ReadonlySet<string>): [missing: Name, given: Name][] {
  return PAIRS.flatMap(([one, other]): [Name, Name][] => {
    if (wrong.has(one) || wrong.has(other) || (values[one] === undefined) === (values[other] === undefined)) return [];
    return [values[one] === undefined ? [one, other] : [other, one]];
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
