import * as v from 'valibot';
import { LagPusherError } from '../base/errors.ts';
import { halfPairs, secretsIn, warningsOn } from './credentials.ts';
import { type Name, OLD_NAMES, PUSH_NAMES, type PushSettings, SCHEMA, type Settings } from './schema.ts';

export { type PushSettings, SETTING_SPELLINGS, type Settings } from './schema.ts';

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

export interface ReadSettings {
  /** The settings, or why there are none. */
  readonly settings: { readonly ok: true; readonly value: Settings } | { readonly ok: false; readonly error: SettingsError };
  /** Usable when at least the Pushgateway's own settings are. */
  readonly push: PushSettings | undefined;
  /** Nothing to stop for, but the operator should know. */
  readonly warnings: readonly string[];
  /** Secret values, as they stand in the variables and as they are sent. */
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
    warnings: warningsOn(values),
    secrets: secretsIn(variables),
  };
}

/** Where parameters are, and for how many seconds a copy is good; undefined where there are none, or these settings are wrong. */
export function readSsmSettings(env: Variables): { path: string; maxAgeS: number } | undefined {
  const path = v.safeParse(SCHEMA.SSM_PATH, env.SSM_PATH || undefined);
  const maxAgeS = v.safeParse(SCHEMA.SSM_MAX_AGE_S, env.SSM_MAX_AGE_S || undefined);
  return path.success && path.output !== undefined && maxAgeS.success ? { path: path.output, maxAgeS: maxAgeS.output } : undefined;
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
