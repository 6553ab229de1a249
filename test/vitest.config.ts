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
    // Only with --coverage: what of src/ no test runs in this process. What runs in processes of its own is not seen.
    coverage: {
      provider: 'v8',
      allowExternal: true,
      include: ['**/src/**/*.ts'],
      exclude: ['**/*.d.ts'],
      reporter: ['text', 'json'],
      reportsDirectory: fileURLToPath(new URL('../out/coverage', import.meta.url)),
    },
  },
});
