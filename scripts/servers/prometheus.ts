import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import type { RunningServer } from './processes.ts';
import { obtainProgram, type ServerName, startProgram } from './servers.ts';

const MONITORING = new URL('../../monitoring/', import.meta.url);

export interface FiringAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
  readonly value: string;
}

export interface Prometheus extends RunningServer {
  /** An instant query, now or at a time in epoch seconds: labels and value of each series. */
  query(expr: string, at?: number): Promise<{ labels: Record<string, string>; value: number }[]>;
  labelValues(label: string, selector: string): Promise<string[]>;
  alerts(): Promise<FiringAlert[]>;
  /** Every rule that was evaluated, with what went wrong. */
  ruleHealth(): Promise<{ name: string; health: string; lastError?: string }[]>;
}

export interface PrometheusOptions {
  readonly gatewayUrl: string;
  readonly alertmanagerUrl?: string;
  /** How long a minute of the rules lasts. */
  readonly minuteMs: number;
}

/** A real Prometheus with the shipped configuration and rules, a minute of theirs as short as told. */
export async function startPrometheus({ gatewayUrl, alertmanagerUrl, minuteMs }: PrometheusOptions): Promise<Prometheus> {
  const config = parse(readFileSync(new URL('prometheus.yml', MONITORING), 'utf8'));
  config.global = { scrape_interval: `${minuteMs}ms`, scrape_timeout: `${minuteMs}ms`, evaluation_interval: `${minuteMs}ms` };
  config.scrape_configs[0].static_configs = [{ targets: [new URL(gatewayUrl).host] }];
  if (alertmanagerUrl === undefined) delete config.alerting;
  else config.alerting.alertmanagers[0].static_configs = [{ targets: [new URL(alertmanagerUrl).host] }];
  return startPrometheusWith((folder) => {
    mkdirSync(join(folder, 'rules'));
    for (const file of readdirSync(new URL('rules/', MONITORING)))
      writeFileSync(join(folder, 'rules', file), quicken(readFileSync(new URL(`rules/${file}`, MONITORING), 'utf8'), minuteMs));
    writeFileSync(join(folder, 'prometheus.yml'), stringify(config));
    // An alert is sent again as often as this says, not each evaluation.
    return [`--storage.tsdb.path=${join(folder, 'data')}`, `--rules.alert.resend-delay=${minuteMs}ms`];
  });
}

/** A real Prometheus with the `prometheus.yml` that `args` writes into its folder. */
export async function startPrometheusWith(args: (folder: string) => readonly string[]): Promise<Prometheus> {
  const server = await startReady('prometheus', (folder) => [
    ...args(folder),
    `--config.file=${join(folder, 'prometheus.yml')}`,
    `--web.console.templates=${join(folder, 'consoles')}`,
    `--web.console.libraries=${join(folder, 'console_libraries')}`,
  ]);
  const ask = <T>(path: string, parameters?: Record<string, string>) => askPrometheus<T>(server.url, path, parameters);
  return {
    ...server,
    query: async (query, at) => {
      const { result } = await ask<{ result: { metric: Record<string, string>; value: [number, string] }[] }>('query', {
        query,
        ...(at !== undefined && { time: String(at) }),
      });
      return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
    },
    labelValues: (label, selector) => ask(`label/${label}/values`, { 'match[]': selector }),
    alerts: async () => (await ask<{ alerts: FiringAlert[] }>('alerts')).alerts,
    ruleHealth: async () => {
      const { groups } = await ask<{ groups: { rules: { name: string; health: string; lastError?: string }[] }[] }>('rules');
      return groups.flatMap(({ rules }) => rules);
    },
  };
}

/** What the API of a Prometheus answers. */
export async function askPrometheus<T>(url: string, path: string, parameters: Record<string, string> = {}): Promise<T> {
  const answer = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`, { signal: AbortSignal.timeout(10_000) });
  const { status, data, error } = (await answer.json()) as { status: string; data: unknown; error?: string };
  if (status !== 'success') throw new Error(`Prometheus, asked for ${path} ${JSON.stringify(parameters)}: ${error}`);
  return data as T;
}

/** A real Alertmanager with the shipped example, its receivers replaced by one webhook, and no waiting. */
export async function startAlertmanager(webhookUrl: string): Promise<RunningServer> {
  const config = parse(readFileSync(new URL('alertmanager.yml', MONITORING), 'utf8'));
  Object.assign(config.route, { group_wait: '1s', group_interval: '1s' });
  for (const { name, webhook_configs } of config.receivers) webhook_configs[0].url = `${webhookUrl}/${name}`;
  return startReady('alertmanager', (folder) => {
    writeFileSync(join(folder, 'alertmanager.yml'), stringify(config));
    return [`--config.file=${join(folder, 'alertmanager.yml')}`, `--storage.path=${join(folder, 'data')}`, '--cluster.listen-address='];
  });
}

const READY_TRIES = 100;

/** Starts a server that listens before it answers, and waits until it does. */
async function startReady(name: ServerName, args: (folder: string) => readonly string[]): Promise<RunningServer> {
  const server = await startProgram(obtainProgram(name), args);
  try {
    for (let tries = 0; tries < READY_TRIES; tries += 1) {
      if ((await fetch(`${server.url}/-/ready`, { signal: AbortSignal.timeout(10_000) })).ok) return server;
      await sleep(100);
    }
    throw new Error(`the server at ${server.url} listens, and is not ready`);
  } catch (error) {
    await server.stop();
    throw error;
  }
}

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
function quicken(ruleFile: string, minuteMs: number): string {
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
