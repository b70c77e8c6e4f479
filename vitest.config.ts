import { defineConfig } from 'vitest/config'

// Crash and e2e suites start processes of their own: two workers keep a 2-core board's tests honest.
export default defineConfig({
  plugins: [
    {
      // Threads and processes run what is built: Node 20 cannot start one on a .ts file.
      name: 'built-entry',
      enforce: 'pre',
      transform: (code, id) =>
        id.endsWith('/src/runtime/isolation-process.ts')
          ? code.replace("'./isolation-entry.js'", "'../../dist/src/runtime/isolation-entry.js'")
          : undefined,
    },
  ],
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [
      'test/rig/**',
      'test/bench/**',
      'test/torture/**',
      'test/browser/**',
      '**/*.long.test.ts',
      '**/node_modules/**',
    ],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
