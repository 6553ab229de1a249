import { buildBundle } from '../../scripts/package/build.ts';
import { leaveHost } from '../../scripts/servers/processes.ts';
import { obtainNode24 } from '../../scripts/servers/runtimes.ts';
import { obtainServer } from '../../scripts/servers/servers.ts';
import { toFailure } from '../../src/base/errors.ts';
import { obtainPython } from './python.ts';

/** Runs once before all tests: installs every program that they start, and builds the bundle from the current sources. */
export default async function setup(): Promise<void> {
  for (const server of ['pushgateway', 'promtool', 'prometheus', 'alertmanager'] as const) obtainServer(server);
  for (const obtain of [obtainNode24, obtainPython]) {
    try {
      obtain();
    } catch (error) {
      // The tests that need this program fail with the same message; the others run.
      console.error(toFailure(error).message);
    }
  }
  await buildBundle();
  // Downloads use the settings of the host; the tests must not depend on them.
  leaveHost();
}
