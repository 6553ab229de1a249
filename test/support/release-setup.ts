import { buildBundle } from '../../scripts/package/build.ts';
import { obtainNode24 } from '../../scripts/servers/runtimes.ts';
import { obtainServer } from '../../scripts/servers/servers.ts';
import { obtainAll } from './obtaining.ts';
import { obtainPrometheus3 } from './prometheus3.ts';
import { obtainMoto, obtainScanners } from './python.ts';

/** Runs once before the tests of the project `release`: whatever is large or slow to get, and the bundle of the current sources. */
export default async function setup(): Promise<void> {
  const servers = ['pushgateway', 'promtool', 'prometheus', 'alertmanager'] as const;
  obtainAll([...servers.map((server) => () => obtainServer(server)), obtainPrometheus3, obtainNode24, obtainMoto, obtainScanners]);
  await buildBundle();
}
