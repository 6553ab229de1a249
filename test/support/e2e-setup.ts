import type { TestProject } from 'vitest/node';
import { buildBundle } from '../../scripts/package/build.ts';
import { obtainServer, type ServerName, startPushgateway } from '../../scripts/servers/servers.ts';
import { obtainAll } from './obtaining.ts';
import { obtainMoto } from './python.ts';

const SERVERS: readonly ServerName[] = ['pushgateway', 'promtool', 'prometheus', 'alertmanager'];

declare module 'vitest' {
  export interface ProvidedContext {
    /** A Pushgateway for each worker, by its number. */
    gatewayUrls: readonly string[];
  }
}

/** Runs once before the tests of the project `e2e`: servers, and the bundle of the current sources. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  obtainAll([...SERVERS.map((server) => () => obtainServer(server)), obtainMoto]);
  await buildBundle();
  const workers = project.vitest.config.maxWorkers;
  const gateways = await Promise.all(Array.from({ length: workers }, () => startPushgateway({ wipeable: true })));
  project.provide(
    'gatewayUrls',
    gateways.map(({ url }) => url),
  );
  return async () => {
    await Promise.all(gateways.map(({ stop }) => stop()));
  };
}
