import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What takes longest, longest first. */
const LONG = [
  'crash/workflows.long.test.ts',
  'docs/examples.long.test.ts',
  'crash/json-versions.long.test.ts',
  'client/restarts.long.test.ts',
  'e2e/portal.test.ts',
  'crash/guarantees.test.ts',
  'property/tasks.test.ts',
]

/** At the end no worker waits for one that has just begun with them. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const at = LONG.findIndex((name) => moduleId.endsWith(`/${name}`))
      return at < 0 ? LONG.length : at
    }
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b))
  }
}

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
    sequence: { sequencer: LongestFirst },
  },
})
