import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parse, stringify } from 'yaml';
import { quicken } from '../demo/quicken.ts';
import type { RunningServer } from './processes.ts';
import { startProgram } from './pushgateway.ts';
import { obtainProgram, type ServerName } from './servers.ts';

const MONITORING = new URL('../../monitoring/', import.meta.url);

export interface FiringAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
  readonly value: string;
}

/** Labels, and values by their time in epoch seconds. */
export interface RangeSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, number])[];
}

/** In epoch seconds, both ends included. */
export interface Range {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

export interface Prometheus extends RunningServer {
  /** An instant query, now or at a time in epoch seconds: labels and value of each series. */
  query(expr: string, at?: number): Promise<{ labels: Record<string, string>; value: number }[]>;
  queryRange(expr: string, range: Range): Promise<RangeSeries[]>;
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
  const server = await startReady('prometheus', (folder) => {
    mkdirSync(join(folder, 'rules'));
    for (const file of readdirSync(new URL('rules/', MONITORING)))
      writeFileSync(join(folder, 'rules', file), quicken(readFileSync(new URL(`rules/${file}`, MONITORING), 'utf8'), minuteMs));
    writeFileSync(join(folder, 'prometheus.yml'), stringify(config));
    return [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.console.templates=${join(folder, 'consoles')}`,
      `--web.console.libraries=${join(folder, 'console_libraries')}`,
      // An alert is sent again as often as this says, not each evaluation.
      `--rules.alert.resend-delay=${minuteMs}ms`,
    ];
  });
  return { ...reader(server.url), ...server };
}

/** A real Prometheus that scrapes nothing and has blocks of the past; a sample counts for `sampleSeconds`. */
export async function startPrometheusOf(blocks: string, sampleSeconds: number): Promise<Prometheus> {
  const server = await startReady('prometheus', (folder) => {
    const data = join(folder, 'data');
    cpSync(blocks, data, { recursive: true });
    writeFileSync(join(folder, 'prometheus.yml'), '');
    return [
      `--config.file=${join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${data}`,
      '--storage.tsdb.retention.time=100y',
      `--query.lookback-delta=${sampleSeconds}s`,
      `--web.console.templates=${join(folder, 'consoles')}`,
      `--web.console.libraries=${join(folder, 'console_libraries')}`,
    ];
  });
  return { ...reader(server.url), ...server };
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

async function startReady(name: ServerName, args: (folder: string) => readonly string[]): Promise<RunningServer> {
  const server = await startProgram(obtainProgram(name), args);
  try {
    await ready(server.url);
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

const READY_TRIES = 100;

/** It listens before it answers. */
async function ready(url: string): Promise<void> {
  for (let tries = 0; tries < READY_TRIES; tries += 1) {
    if ((await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(10_000) })).ok) return;
    await sleep(100);
  }
  throw new Error(`the server at ${url} listens, and is not ready`);
}

function reader(url: string): Omit<Prometheus, keyof RunningServer> {
  async function api(path: string, parameters: Record<string, string> = {}) {
    const answer = await fetch(`${url}/api/v1/${path}?${new URLSearchParams(parameters)}`, { signal: AbortSignal.timeout(10_000) });
    const { status, data, error } = (await answer.json()) as { status: string; data: unknown; error?: string };
    if (status !== 'success') throw new Error(`Prometheus, asked for ${path} ${JSON.stringify(parameters)}: ${error}`);
    return data as never;
  }
  return {
    query: async (query, at) => {
      const { result } = (await api('query', { query, ...(at !== undefined && { time: String(at) }) })) as {
        result: { metric: Record<string, string>; value: [number, string] }[];
      };
      return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
    },
    queryRange: async (query, { start, end, step }) => {
      const range = { start: String(start), end: String(end), step: String(step) };
      const { result } = (await api('query_range', { query, ...range })) as {
        result: { metric: Record<string, string>; values: [number, string][] }[];
      };
      return result.map(({ metric, values }) => ({ labels: metric, values: values.map(([at, value]) => [at, Number(value)] as const) }));
    },
    labelValues: (label, selector) => api(`label/${label}/values`, { 'match[]': selector }),
    alerts: async () => ((await api('alerts')) as { alerts: FiringAlert[] }).alerts,
    ruleHealth: async () => {
      const { groups } = (await api('rules')) as { groups: { rules: { name: string; health: string; lastError?: string }[] }[] };
      return groups.flatMap(({ rules }) => rules);
    },
  };
}
