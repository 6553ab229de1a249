import { buildBundle } from '../../scripts/build.ts';
import { obtainServer } from '../../scripts/servers.ts';

/** Once before all tests: the real servers are on this machine, and the bundle is that of the present sources. */
export default async function setup(): Promise<void> {
  obtainServer('pushgateway');
  obtainServer('promtool');
  await buildBundle();
}
