import { defineConfig } from 'vitest/config'

/** A busy machine must not fail what only needs more time on it. */
const usual = { testTimeout: 60_000 }
const patient = { testTimeout: 120_000, hookTimeout: 120_000 }

export default defineConfig({
  test: {
    globalSetup: 'test/support/build.ts',
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          ...usual,
          name: 'unit',
          include: ['{src,page,harness,drill}/**/*.test.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        // One process, files, the reference programs.
        extends: true,
        test: {
          ...patient,
          name: 'component',
          include: ['test/component/**/*.test.ts'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Stacks of real processes.
        extends: true,
        test: {
          ...patient,
          name: 'process',
          include: ['test/process/**/*.test.ts'],
          // They wait for processes and timers most of the time.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // The same, where what is measured needs the machine for itself.
        extends: true,
        test: {
          ...patient,
          name: 'serial',
          include: ['test/serial/**/*.test.ts'],
          fileParallelism: false,
          // Of tests that say that they are concurrent, as drills.
          maxConcurrency: 2,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
