import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The tests of settings, events and names that start no server: few, for tables are made on import, and each mutant of one runs them all. */
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: [
      'settings/*.test.ts',
      'documents/tables.test.ts',
      'event.test.ts',
      'reading/{topics,selection}.test.ts',
      'base/{keep-secret,names,redact}.test.ts',
    ],
  },
});
