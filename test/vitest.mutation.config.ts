import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** The tests that start no server: each mutant runs those of them that reach it. */
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  test: {
    include: [
      'lag/*.test.ts',
      'metrics/*.test.ts',
      'console/*.test.ts',
      'config.test.ts',
      'event.test.ts',
      'settings-table.test.ts',
    ],
  },
});
