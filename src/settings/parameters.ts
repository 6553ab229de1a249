import type { Deadline } from '../base/deadline.ts';
import { type Findings, readSettings, readSsmSettings, SETTING_SPELLINGS, type Variables } from './settings.ts';
import type { Parameter } from './ssm.ts';

export interface Overlaid extends Findings {
  readonly variables: Variables;
  readonly warnings: readonly string[];
}

/**
 * The environment, overlaid by the SSM parameters directly below `SSM_PATH`, overlaid by those below `SSM_PATH/<cluster>`.
 * The cluster is the one that the event names, otherwise CLUSTER_NAME of the environment. A cluster that the event names is
 * its own CLUSTER_NAME, unless one of its own parameters sets another one.
 *
 * Never throws. What went wrong is among the problems, so that it is reported together with the problems of the settings.
 */
export async function overlayParameters(env: Variables, eventCluster: string | undefined, tools: ParameterTools): Promise<Overlaid> {
  const ssm = readSsmSettings(env);
  // A wrong SSM_PATH is reported with the settings. What else is missing may be below the right path.
  if (ssm === undefined) {
    const variables = eventCluster !== undefined && !env.CLUSTER_NAME ? { ...env, CLUSTER_NAME: eventCluster } : env;
    return { variables, warnings: [], complete: !env.SSM_PATH, problems: problemsOfOtherCluster(env, eventCluster) };
  }

  const cluster = eventCluster ?? env.CLUSTER_NAME?.trim();
  const paths = [ssm.path, ...(cluster && SEGMENT.test(cluster) ? [`${ssm.path}/${cluster}`] : [])];
  let recalled = await recall(paths, ssm.maxAgeS * 1000, tools);
  let overlaid = overlayLevels(env, eventCluster, paths, recalled);
  // What is missing may have been added since the copy was made.
  if (recalled.read.size < paths.length && recalled.failure === undefined && !isValid(overlaid)) {
    recalled = await recall(paths, 0, tools);
    overlaid = overlayLevels(env, eventCluster, paths, recalled);
  }
  if (recalled.read.size > 0 && isValid(overlaid)) for (const [path, copy] of recalled.read) tools.memory.set(path, copy);
  return overlaid;
}

const isValid = ({ variables, ...findings }: Overlaid) => readSettings(variables, findings).settings.ok;

/** The environment overlaid by the parameters of each path, with the problems of all. */
function overlayLevels(
  env: Variables,
  eventCluster: string | undefined,
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
    problems.push(...problemsOfOtherCluster(variables, eventCluster));
  }
  if (eventCluster !== undefined && (own.length > 0 || !variables.CLUSTER_NAME || failure !== undefined)) {
    variables = { ...variables, CLUSTER_NAME: eventCluster };
  }
  return {
    variables: overlay(variables, own),
    warnings,
    problems,
    complete: failure === undefined,
    lookedIn: `in the environment and below ${paths.join(' and ')}`,
  };
}

/** A valid path segment. A cluster with another kind of name has no parameters of its own. */
const SEGMENT = /^[\w.-]+$/;

/** A problem if the settings belong to another cluster: its numbers would be pushed under the wrong name. */
function problemsOfOtherCluster(variables: Variables, eventCluster: string | undefined): string[] {
  const { CLUSTER_NAME: cluster, SSM_PATH: path } = variables;
  if (eventCluster === undefined || !cluster || cluster.trim() === eventCluster) return [];
  const nothing = path ? `, for there is no parameter below ${path}/${eventCluster}` : '';
  return [`CLUSTER_NAME: the event asks for cluster ${eventCluster}, and the settings are those of ${cluster}${nothing}`];
}

/** The variables, overlaid by parameters. A parameter also hides the other spellings of its setting. */
function overlay(variables: Variables, parameters: readonly Parameter[]): Variables {
  const overlaid = { ...variables };
  for (const { name } of parameters) for (const spelling of SETTING_SPELLINGS.get(lastSegment(name)) ?? []) delete overlaid[spelling];
  for (const { name, value } of parameters) overlaid[lastSegment(name)] = value;
  return overlaid;
}

const lastSegment = (name: string) => name.slice(name.lastIndexOf('/') + 1);

/** A problem if the name is no setting: a mistyped name would silently leave the default. */
function problemWithName(name: string): string | undefined {
  const setting = lastSegment(name);
  if (setting.startsWith('SSM_')) return `${name}: belongs into the environment, not into SSM`;
  return SETTING_SPELLINGS.has(setting) ? undefined : `${name}: ${setting} is not a setting`;
}

/** What SSM answered, by path, kept while the process is warm. Only parameters that made valid settings are kept. */
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
  /** The parameters of each path; empty if none are known. */
  readonly levels: readonly (readonly Parameter[])[];
  /** What SSM answered just now. The other levels are copies. */
  readonly read: ReadonlyMap<string, Copy>;
  readonly warnings: readonly string[];
  /** Why the parameters of a path are unknown. */
  readonly failure?: string;
}

/** The parameters below each path: from the copy while it is young, otherwise from SSM, otherwise from the old copy. */
export async function recall(paths: readonly string[], maxAgeMs: number, { memory, deadline, clock }: ParameterTools): Promise<Recalled> {
  const now = clock();
  const ageOf = (path: string) => now - (memory.get(path)?.readAt ?? Number.NEGATIVE_INFINITY);
  // A copy from the future means that the clock was set back: its age is unknown.
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
/** The SDK waits a random part of this if SSM answers that it is asked too often. */
const MAX_THROTTLED_WAIT_S = 1;
/** The time for all tries and the wait between them. */
const TOTAL_TIMEOUT_MS = TRIES * TRY_TIMEOUT_MS + 1_000;
/** The share of the tick's time that SSM may take. The rest is needed to push the health of a failed tick. */
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

const UNREACHABLE_BECAUSE =
  'usually a Lambda in a VPC without an interface endpoint for SSM (com.amazonaws.<region>.ssm) or a NAT gateway, or whose security groups do not let it through on port 443';

/** SSM may repeat what was signed, and the session token of the role with it. */
function withoutToken(text: string): string {
  return text.replace(/(x-amz-security-token\W{1,3})[^\s"',;]+/gi, '$1[hidden]');
}

/** The message of AWS, and its usual cause. */
function explain(error: unknown, paths: readonly string[]): string {
  const { name, code, message } = error as { name?: string; code?: string; message?: string };
  const words = withoutToken(`${code ?? name}${message ? `: ${message.trim()}` : ''}`);
  if (name === 'AbortError' || name === 'TimeoutError')
    return `SSM did not answer in time (${TRY_TIMEOUT_MS / 1000} s a try, ${TRIES} tries); ${UNREACHABLE_BECAUSE}`;
  if (code !== undefined && /^(E[A-Z_]+)$/.test(code)) return `SSM cannot be reached (${words}); ${UNREACHABLE_BECAUSE}`;
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
