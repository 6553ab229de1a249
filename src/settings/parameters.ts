import { type Findings, readSettings, readSsmSettings, SETTING_SPELLINGS, type Variables } from './config.ts';
import { type ParameterTools, type Recalled, recall } from './parameter-memory.ts';
import type { Parameter } from './ssm.ts';

export { emptyParameterMemory, type ParameterMemory } from './parameter-memory.ts';

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
