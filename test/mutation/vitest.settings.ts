import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The tests of settings, events and names that start no server: few, for tables are made on import, and each mutant of one runs them all. */
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: [
      'config.test.ts',
      'config/*.test.ts',
      'settings-table.test.ts',
      'event.test.ts',
      'console/{topics,selection}.test.ts',
      'redact.test.ts',
    ],
  },
});
