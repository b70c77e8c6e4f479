import { defineConfig } from 'vitest/config'

// Crash and e2e suites start processes of their own: two workers keep a 2-core board's tests honest.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/rig/**', 'test/bench/**', 'test/torture/**', '**/node_modules/**'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
