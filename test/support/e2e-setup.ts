import { buildBundle } from '../../scripts/package/build.ts';
import { obtainServer, type ServerName } from '../../scripts/servers/servers.ts';
import { obtainAll } from './obtaining.ts';
import { obtainMoto } from './python.ts';

const SERVERS: readonly ServerName[] = ['pushgateway', 'promtool', 'prometheus', 'alertmanager'];

/** Runs once before the tests of the project `e2e`: servers are obtained, and the bundle is made of the current sources. */
export default async function setup(): Promise<void> {
  obtainAll([...SERVERS.map((server) => () => obtainServer(server)), obtainMoto]);
  await buildBundle();
}
