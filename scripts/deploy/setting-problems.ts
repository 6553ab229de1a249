import { SECRETS } from '../../src/settings/schema.ts';
import { readSettings, SETTING_SPELLINGS } from '../../src/settings/settings.ts';
import { isMap, type YamlMap } from './maps.ts';

/**
 * All that is wrong with `settings` of a deployment.yml: what a tick would say of them, said before anything is deployed.
 * Without an `ssmPath` nothing may be missing.
 */
export function settingProblems({ settings, ssmPath, clusters }: YamlMap): string[] {
  const problems: string[] = [];
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(isMap(settings) ? settings : {})) {
    const problem = problemOf(name, value);
    if (problem !== undefined) problems.push(`settings: ${name} ${problem}`);
    else if (value !== null) texts[name] = String(value);
  }
  const one = Array.isArray(clusters) && clusters.length === 1;
  if (ssmPath === undefined && !one) problems.push('ssmPath: several clusters need one: each has settings of its own below it');
  // The event names the cluster.
  const read = readSettings(
    { CLUSTER_NAME: 'named', ...texts },
    { complete: ssmPath === undefined, lookedIn: 'in settings, for there is no ssmPath' },
  );
  if (!read.settings.ok) problems.push(...read.settings.error.problems.map((problem) => `settings: ${problem}`));
  return problems;
}

function problemOf(name: string, value: unknown): string | undefined {
  if (SECRETS.some((secret) => secret === name))
    return 'is a secret: put it into SSM, for here it would stand in the template in plain text';
  if (name === 'SSM_PATH') return 'is given as ssmPath';
  if (!SETTING_SPELLINGS.has(name)) return 'is not a setting: docs/settings.md has them all';
  if (typeof value === 'object' && value !== null) return `is a ${Array.isArray(value) ? 'list' : 'map'}: expected text, or a number`;
  return undefined;
}
