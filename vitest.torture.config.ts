import { defineConfig } from 'vitest/config'

// The long matrices: every suite again with TORTURE=1 (more seeds, every kill point), and the suites of test/torture.
export default defineConfig({
  test: {
    include: ['test/{property,crash,torture,api,devices}/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 3_600_000,
    hookTimeout: 600_000,
  },
})
