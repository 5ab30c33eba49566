import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/postgres.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Every file has a database of its own. Many wait most of the time, for a server to start or a job to come round: three keep two processors at work.
    maxWorkers: 3,
    // Modules are loaded once a worker, which is a quarter of the time of npm test; in the full run once a file, so that none leans on what another has left.
    isolate: process.env['VERBATIM_FULL'] !== undefined,
  },
});
