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
  },
});
