import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  test: {
    include: ['**/*.test.ts'],
    globalSetup: './support/global-setup.ts',
    // Real servers and builds on a small machine: long enough never to decide an outcome.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // `npm run coverage` fails where a line of src/ is run by no test. What runs in a process of its own (handler.ts, as
    // Lambda starts it) is not seen here.
    coverage: {
      provider: 'v8',
      allowExternal: true,
      include: ['**/src/**/*.ts'],
      exclude: ['**/*.d.ts'],
      thresholds: { lines: 100 },
      reporter: ['text', 'json'],
      reportsDirectory: fileURLToPath(new URL('../out/coverage', import.meta.url)),
    },
  },
});
