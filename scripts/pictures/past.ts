import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readable } from '../../test/support/gateway.ts';
import { asSeries, type Standing, tickThrough } from '../../test/support/minutes.ts';
import { firingAlerts } from '../../test/support/promtool.ts';
import { makeFolder, runCommand } from '../servers/processes.ts';
import { askPrometheus, type Prometheus, startPrometheusWith } from '../servers/prometheus.ts';
import { obtainProgram, startPushgateway } from '../servers/servers.ts';
import { MINUTES, openCluster } from './cluster.ts';

const BEGIN_MS = Date.UTC(2026, 0, 1, 9);
const STEP_SECONDS = 60;
/** The gateway is scraped so long after a tick. */
const SCRAPED_AFTER_SECONDS = 15;

/** Labels, and values by their time in epoch seconds. */
export interface RangeSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [number, number])[];
}

/** In epoch seconds, both ends included. */
interface Range {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

interface PastPrometheus extends Prometheus {
  queryRange(expr: string, range: Range): Promise<RangeSeries[]>;
}

export interface Past {
  readonly prometheus: PastPrometheus;
  readonly range: Range;
  readonly clusterName: string;
}

/**
 * A real Prometheus that has three hours of a cluster: real ticks over a recorded console, a minute apart by a clock of
 * their own, what a real Pushgateway showed after each, and the alerts that the shipped rules fire on that.
 */
export async function startPast(clusterName: string): Promise<Past> {
  const start = BEGIN_MS / 1000 + SCRAPED_AFTER_SECONDS;
  const standing = await standingAtGateway(clusterName);
  const alerts = await firingAlerts(asSeries(standing, start * 1000), MINUTES);
  const folder = makeFolder();
  try {
    const file = join(folder.path, 'samples.txt');
    const blocks = join(folder.path, 'blocks');
    mkdirSync(blocks);
    writeFileSync(file, openMetrics(standing, alerts, start));
    const { code, stderr } = await runCommand(obtainProgram('promtool'), ['tsdb', 'create-blocks-from', 'openmetrics', file, blocks]);
    if (code !== 0) throw new Error(`promtool made no blocks of the samples: ${stderr.trim()}`);
    // A sample counts until the next, so what was not scraped is not there.
    const prometheus = await startPrometheusOf(blocks, STEP_SECONDS - 1);
    return { prometheus, range: { start, end: start + (MINUTES - 1) * STEP_SECONDS, step: STEP_SECONDS }, clusterName };
  } finally {
    folder.remove();
  }
}

/** A real Prometheus that scrapes nothing and has blocks of the past; a sample counts for `sampleSeconds`. */
async function startPrometheusOf(blocks: string, sampleSeconds: number): Promise<PastPrometheus> {
  const prometheus = await startPrometheusWith((folder) => {
    const data = join(folder, 'data');
    cpSync(blocks, data, { recursive: true });
    writeFileSync(join(folder, 'prometheus.yml'), '');
    return [`--storage.tsdb.path=${data}`, '--storage.tsdb.retention.time=100y', `--query.lookback-delta=${sampleSeconds}s`];
  });
  return {
    ...prometheus,
    queryRange: async (query, { start, end, step }) => {
      const range = { query, start: String(start), end: String(end), step: String(step) };
      const { result } = await askPrometheus<{ result: { metric: Record<string, string>; values: [number, string][] }[] }>(
        prometheus.url,
        'query_range',
        range,
      );
      return result.map(({ metric, values }) => ({ labels: metric, values: values.map(([at, value]) => [at, Number(value)] as const) }));
    },
  };
}

async function standingAtGateway(clusterName: string): Promise<Standing[]> {
  const gateway = await startPushgateway();
  try {
    return await tickThrough({ gateway: readable(gateway), clusterName, beginMs: BEGIN_MS, minutes: MINUTES, consoleAt: openCluster() });
  } finally {
    await gateway.stop();
  }
}

function openMetrics(standing: readonly Standing[], alerts: readonly Record<string, string>[][], start: number): string {
  const lines = standing.flatMap((samples, minute) => {
    const at = start + minute * STEP_SECONDS;
    const firing = alerts[minute] ?? [];
    const alertLines = firing.map(
      (labels) => `ALERTS{${Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`)}} 1 ${at}`,
    );
    return [...[...samples].map(([name, value]) => `${name} ${value} ${at}`), ...alertLines];
  });
  return `${lines.join('\n')}\n# EOF\n`;
}
