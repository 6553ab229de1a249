import type { Deadline } from '../base/deadline.ts';
import { type Findings, readSettings, readSsmSettings, SETTING_SPELLINGS, type Variables } from './settings.ts';
import type { Parameter } from './ssm.ts';

export interface Overlaid extends Findings {
  readonly variables: Variables;
  readonly warnings: readonly string[];
}

/**
 * The environment, overlaid by the SSM parameters directly below `SSM_PATH`, and these by the ones below
 * `SSM_PATH/<cluster>`. The cluster is the one that the event names (`named`), or that of the environment; one that the
 * event names is called so unless a parameter of its own gives another CLUSTER_NAME.
 *
 * Never throws: what went wrong is among the problems, so that it is told together with those of the settings.
 */
export async function overlayParameters(env: Variables, named: string | undefined, tools: ParameterTools): Promise<Overlaid> {
  const ssm = readSsmSettings(env);
  // A wrong SSM_PATH is among the problems of the settings; what else is missing may be there.
  if (ssm === undefined) {
    const variables = named !== undefined && !env.CLUSTER_NAME ? { ...env, CLUSTER_NAME: named } : env;
    return { variables, warnings: [], complete: !env.SSM_PATH, problems: misdirected(env, named) };
  }

  const cluster = named ?? env.CLUSTER_NAME?.trim();
  const paths = [ssm.path, ...(cluster && SEGMENT.test(cluster) ? [`${ssm.path}/${cluster}`] : [])];
  let recalled = await recall(paths, ssm.maxAgeS * 1000, tools);
  let overlaid = overlayLevels(env, named, paths, recalled);
  // What is missing may have been put there since the copy was made.
  if (recalled.read.size < paths.length && recalled.failure === undefined && !isValid(overlaid)) {
    recalled = await recall(paths, 0, tools);
    overlaid = overlayLevels(env, named, paths, recalled);
  }
  if (recalled.read.size > 0 && isValid(overlaid)) for (const [path, copy] of recalled.read) tools.memory.set(path, copy);
  return overlaid;
}

const isValid = ({ variables, ...findings }: Overlaid) => readSettings(variables, findings).settings.ok;

/** The environment under the parameters of each path, with all that is wrong with them. */
function overlayLevels(
  env: Variables,
  named: string | undefined,
  paths: readonly string[],
  { levels, warnings, failure }: Recalled,
): Overlaid {
  const [shared = [], own = []] = levels;
  const problems = levels.flat().flatMap(({ name }) => problemWithName(name) ?? []);
  let variables = overlay(env, shared);
  if (failure !== undefined) {
    problems.unshift(`SSM_PATH: the parameters below ${paths.join(' and ')} could not be read, and there is no earlier copy: ${failure}`);
  } else if (shared.length + own.length === 0) {
    problems.unshift(`SSM_PATH: there is no parameter below ${paths.join(' or ')}: is the path right, and the region?`);
  } else if (own.length === 0) {
    problems.push(...misdirected(variables, named));
  }
  if (named !== undefined && (own.length > 0 || !variables.CLUSTER_NAME || failure !== undefined)) {
    variables = { ...variables, CLUSTER_NAME: named };
  }
  return {
    variables: overlay(variables, own),
    warnings,
    problems,
    complete: failure === undefined,
    lookedIn: `in the environment and below ${paths.join(' and ')}`,
  };
}

/** What a path segment can be; a cluster that is called otherwise has no parameters of its own. */
const SEGMENT = /^[\w.-]+$/;

/** One cluster's numbers under the name of another would be wrong numbers. */
function misdirected(variables: Variables, named: string | undefined): string[] {
  const { CLUSTER_NAME: other, SSM_PATH: path } = variables;
  if (named === undefined || !other || other.trim() === named) return [];
  const nothing = path ? `, for there is no parameter below ${path}/${named}` : '';
  return [`CLUSTER_NAME: the event asks for cluster ${named}, and the settings are those of ${other}${nothing}`];
}

/** Parameters over variables. One setting has several spellings: what is overlaid hides all that lies below. */
function overlay(variables: Variables, parameters: readonly Parameter[]): Variables {
  const overlaid = { ...variables };
  for (const { name } of parameters) for (const spelling of SETTING_SPELLINGS.get(lastSegment(name)) ?? []) delete overlaid[spelling];
  for (const { name, value } of parameters) overlaid[lastSegment(name)] = value;
  return overlaid;
}

const lastSegment = (name: string) => name.slice(name.lastIndexOf('/') + 1);

/** A mistyped name would leave the default standing without a word. */
function problemWithName(name: string): string | undefined {
  const setting = lastSegment(name);
  if (setting.startsWith('SSM_')) return `${name}: belongs into the environment, not into SSM`;
  return SETTING_SPELLINGS.has(setting) ? undefined : `${name}: ${setting} is not a setting`;
}

/** What SSM said, by path, for as long as the process is warm. Only what made valid settings is put in. */
export type ParameterMemory = Map<string, Copy>;

export interface Copy {
  readonly parameters: readonly Parameter[];
  /** Epoch ms. */
  readonly readAt: number;
}

export function emptyParameterMemory(): ParameterMemory {
  return new Map();
}

export interface ParameterTools {
  readonly memory: ParameterMemory;
  readonly deadline: Deadline;
  /** Epoch ms. */
  readonly clock: () => number;
}

export interface Recalled {
  /** The parameters of each path; empty where none are known. */
  readonly levels: readonly (readonly Parameter[])[];
  /** What SSM said just now; the rest are copies. */
  readonly read: ReadonlyMap<string, Copy>;
  readonly warnings: readonly string[];
  /** Why something is not known. */
  readonly failure?: string;
}

/** What lies below each path: the copy while it is young, else what SSM says, else the old copy. */
export async function recall(paths: readonly string[], maxAgeMs: number, { memory, deadline, clock }: ParameterTools): Promise<Recalled> {
  const now = clock();
  const ageOf = (path: string) => now - (memory.get(path)?.readAt ?? Number.NEGATIVE_INFINITY);
  // A copy from the future is as good as none: the clock was set back.
  const due = paths.filter((path) => !(ageOf(path) >= 0 && ageOf(path) < maxAgeMs));
  const read = new Map<string, Copy>();
  const levels = () => paths.map((path) => (read.get(path) ?? memory.get(path))?.parameters ?? []);
  if (due.length === 0) return { levels: levels(), read, warnings: [] };
  try {
    for (const [index, parameters] of (await readInTime(due, deadline)).entries())
      read.set(due[index] as string, { parameters, readAt: now });
    return { levels: levels(), read, warnings: [] };
  } catch (error) {
    const failure = explain(error, due);
    if (due.some((path) => !memory.has(path))) return { levels: levels(), read, warnings: [], failure };
    const ageS = Math.round(Math.max(...due.map(ageOf)) / 1000);
    return { levels: levels(), read, warnings: [`SSM could not be read, going on with the copy of ${ageS} s ago: ${failure}`] };
  }
}

const TRY_TIMEOUT_MS = 3_000;
const TRIES = 2;
/** The SDK's own, a random part of it, where SSM says that it is asked too often. */
const MAX_THROTTLED_WAIT_S = 1;
/** All tries, and the wait between them. Part of the tick's time stays for telling of a failure. */
const TOTAL_TIMEOUT_MS = TRIES * TRY_TIMEOUT_MS + 1_000;
const MAX_SHARE = 0.5;

async function readInTime(paths: readonly string[], deadline: Deadline): Promise<Parameter[][]> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), Math.min(TOTAL_TIMEOUT_MS, deadline.remainingMs() * MAX_SHARE));
  try {
    const { readParameters } = await import('./ssm.ts');
    return await readParameters(paths, { tryTimeoutMs: TRY_TIMEOUT_MS, tries: TRIES, signal: abort.signal });
  } finally {
    clearTimeout(timer);
  }
}

const NO_WAY =
  'usually a Lambda in a VPC without an interface endpoint for SSM (com.amazonaws.<region>.ssm) or a NAT gateway, or whose security groups do not let it through on port 443';

/** AWS' own words, and what is usually behind them. */
function explain(error: unknown, paths: readonly string[]): string {
  const { name, code, message } = error as { name?: string; code?: string; message?: string };
  const words = `${code ?? name}${message ? `: ${message.trim()}` : ''}`;
  if (name === 'AbortError' || name === 'TimeoutError')
    return `SSM did not answer in time (${TRY_TIMEOUT_MS / 1000} s a try, ${TRIES} tries); ${NO_WAY}`;
  if (code !== undefined && /^(E[A-Z_]+)$/.test(code)) return `SSM cannot be reached (${words}); ${NO_WAY}`;
  if (/Throttl|TooManyRequests/.test(`${name}`))
    return `SSM is asked too often (${words}; ${TRIES} tries, up to ${MAX_THROTTLED_WAIT_S} s apart): start fewer clusters and shards in one minute, or set a longer SSM_MAX_AGE_S`;
  if (/AccessDenied|NotAuthorized/.test(`${name}`))
    return `SSM refused (${words}); the role needs ssm:GetParametersByPath on ${paths.join(' and ')} and, for parameters under a key of your own, kms:Decrypt on that key`;
  if (/kms|InvalidKeyId/i.test(words)) return `SSM could not decrypt (${words}); the role needs kms:Decrypt on the key of these parameters`;
  if (/^Region /.test(`${message}`)) return `set AWS_REGION (${message})`;
  if (/Credential|Token|SignatureDoesNotMatch/.test(`${name}`)) return `AWS did not take the credentials, or there are none (${words})`;
  if (name === 'SyntaxError')
    return 'what answered is not SSM: is something in between, or AWS_ENDPOINT_URL_SSM or AWS_ENDPOINT_URL wrong?';
  return words;
}
