import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

export interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface RuleFile {
  readonly groups: readonly { readonly name: string; readonly interval: string; readonly rules: readonly Rule[] }[];
}

const RULES = new URL('../../monitoring/rules/', import.meta.url);

/** In order of dependency: thresholds, series computed from them, alerts that use both. */
const ORDER = ['thresholds.yml', 'core.yml', 'more.yml'];

/** The shipped rule files: name, path, content. */
export function ruleFiles(): { name: string; path: string; content: RuleFile }[] {
  return readdirSync(RULES)
    .sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b))
    .map((name) => ({
      name,
      path: fileURLToPath(new URL(name, RULES)),
      content: parse(readFileSync(new URL(name, RULES), 'utf8')) as RuleFile,
    }));
}

export function allRules(): Rule[] {
  return ruleFiles().flatMap(({ content }) => content.groups.flatMap(({ rules }) => rules));
}

/** Every shipped alert, by its name without the prefix that all share. */
export function alerts(): Map<string, Rule> {
  return new Map(allRules().flatMap((rule) => (rule.alert === undefined ? [] : [[rule.alert.replace(/^RocketmqLag/, ''), rule]])));
}

/** The default of every threshold, by its name without the prefix that all share. */
export function defaultThresholds(): { name: string; value: number }[] {
  return allRules().flatMap(({ record, labels, expr }) => {
    const name = record?.split('rocketmq_lag_pusher:threshold:')[1];
    return name === undefined || labels !== undefined ? [] : [{ name, value: Number(/^vector\((.*)\)$/.exec(expr)?.[1]) }];
  });
}
