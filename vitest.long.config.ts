import { defineConfig } from 'vitest/config'
import base from './vitest.config.js'

// Suites that start, kill and wait for many processes: what `npm test` would need more than five minutes for.
export default defineConfig({
  ...base,
  test: { ...base.test, include: ['test/**/*.long.test.ts'], exclude: ['**/node_modules/**'], testTimeout: 180_000 },
})
