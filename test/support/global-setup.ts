import { buildBundle } from '../../scripts/package/build.ts';
import { obtainServer } from '../../scripts/servers/servers.ts';
import { obtainPython } from './python.ts';

/** Once before all tests: the real servers are on this machine, and the bundle is that of the present sources. */
export default async function setup(): Promise<void> {
  for (const server of ['pushgateway', 'promtool', 'prometheus', 'alertmanager'] as const) obtainServer(server);
  try {
    obtainPython();
  } catch {
    // The tests that need it say so; the others don't.
  }
  await buildBundle();
}
