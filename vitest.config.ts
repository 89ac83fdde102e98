import { defineConfig } from 'vitest/config'

const minute = 60_000

// unit: seconds, anywhere. simulation: some minutes, anywhere. api: a real API server. lab: the lab's own promises. e2e: real services on real hosts.
// The first hook of all builds what the lab lacks, from sources: on a loaded machine that took more than a quarter of an hour.
// Only `unit` and `simulation` run files side by side: the others share two cores with a dozen Java processes.
export default defineConfig({
  test: {
    // A file of expected text that is missing is a failure here as it is in CI: nothing is written unless -u asks for it.
    update: 'none',
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/unit/**/*.test.ts'],
          globalSetup: 'test/unit/machine-id.ts',
          // Most of them wait for processes: left to itself, it would use one worker on two cores.
          maxWorkers: 2,
          testTimeout: minute,
          hookTimeout: minute,
        },
      },
      {
        test: { name: 'simulation', include: ['test/sim/**/*.test.ts'], maxWorkers: 2, testTimeout: 20 * minute },
      },
      {
        test: {
          name: 'api',
          include: ['test/api/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 2 * minute,
          hookTimeout: 60 * minute,
        },
      },
      {
        test: {
          name: 'lab',
          include: ['test/lab/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 5 * minute,
          hookTimeout: 60 * minute,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 10 * minute,
          hookTimeout: 60 * minute,
        },
      },
    ],
  },
})
