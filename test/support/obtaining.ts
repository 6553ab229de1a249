import { leaveHost } from '../../scripts/servers/processes.ts';
import { toFailure } from '../../src/base/errors.ts';

/** Installs what the tests of a project need. Where something cannot be had, the tests that need it fail with the same message; the others run. */
export function obtainAll(obtains: readonly (() => unknown)[]): void {
  for (const obtain of obtains) {
    try {
      obtain();
    } catch (error) {
      console.error(toFailure(error).message);
    }
  }
  // Downloads use the settings of the host; the tests must not depend on them.
  leaveHost();
}
