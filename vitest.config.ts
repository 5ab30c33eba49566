import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/postgres.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Every file has a database of its own. Many wait most of the time, for a server to start or a job to come round: four keep two processors at work.
    maxWorkers: 4,
  },
});
