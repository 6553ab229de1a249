import { parse, stringify } from 'yaml';

interface RuleFile {
  groups: { interval: string; rules: { record?: string; expr: string; for?: string; keep_firing_for?: string }[] }[];
}

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 };
const DURATION = /(\d+)([smhd])\b/;

/**
 * Rewrites a rule file so that a minute lasts `minuteMs`: every range, offset, interval and `for`, and the staleness
 * threshold. So an alert can be seen without a wait of ten minutes. Thresholds for times that come from the cluster
 * (delay) are not changed.
 */
export function quicken(ruleFile: string, minuteMs: number): string {
  const content = parse(ruleFile) as RuleFile;
  const quick = (duration: string) =>
    duration.replace(
      DURATION,
      (_all, count: string, unit: keyof typeof SECONDS) => `${Math.round((Number(count) * SECONDS[unit] * minuteMs) / 60)}ms`,
    );
  for (const group of content.groups) {
    group.interval = quick(group.interval);
    for (const rule of group.rules) {
      rule.expr = rule.expr.replace(/(?<=\[|\boffset )\d+[smhd]\b/g, quick);
      if (rule.for !== undefined) rule.for = quick(rule.for);
      if (rule.keep_firing_for !== undefined) rule.keep_firing_for = quick(rule.keep_firing_for);
      if (rule.record?.endsWith(':stale_seconds'))
        rule.expr = rule.expr.replace(/\d+/, (seconds) => String((Number(seconds) * minuteMs) / 60_000));
    }
  }
  return stringify(content);
}
