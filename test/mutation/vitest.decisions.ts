import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The tests of what a tick decides that start no server. Each mutant runs those of them that reach it. */
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: [
      'lag/*.test.ts',
      'metrics/*.test.ts',
      'reading/rounds.test.ts',
      'tick.test.ts',
      'tick-failures.test.ts',
      'tick-groups.test.ts',
      'base/deadline.test.ts',
    ],
  },
});
