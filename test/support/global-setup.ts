import { buildBundle } from '../../scripts/package/build.ts';
import { leaveHost } from '../../scripts/servers/environment.ts';
import { obtainNode24 } from '../../scripts/servers/node24.ts';
import { obtainServer } from '../../scripts/servers/servers.ts';
import { toFailure } from '../../src/base/errors.ts';
import { obtainPython } from './python.ts';

/** Once before all tests: all that they run is on this machine, and the bundle is that of the present sources. */
export default async function setup(): Promise<void> {
  for (const server of ['pushgateway', 'promtool', 'prometheus', 'alertmanager'] as const) obtainServer(server);
  for (const obtain of [obtainNode24, obtainPython]) {
    try {
      obtain();
    } catch (error) {
      // The tests that need it fail, and say the same; the others don't.
      console.error(toFailure(error).message);
    }
  }
  await buildBundle();
  // What is fetched is fetched as the host is set up; what is tested must not depend on that.
  leaveHost();
}
