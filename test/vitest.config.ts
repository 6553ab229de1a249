import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  test: {
    // Limits that end a test which hangs. No outcome depends on them, however busy the machine is.
    testTimeout: 120_000,
    hookTimeout: 300_000,
    maxWorkers: '100%',
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: ['e2e/**', 'release/**'],
          // Pure code and servers of the test itself: no file changes what another one sees.
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: 'e2e', include: ['e2e/**/*.test.ts'], globalSetup: './support/e2e-setup.ts', sequence: { groupOrder: 1 } },
      },
      {
        extends: true,
        test: {
          name: 'release',
          include: ['release/**/*.test.ts'],
          globalSetup: './support/release-setup.ts',
          testTimeout: 600_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
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
