/** What every backend of GPIO lines must do, whatever its chips are made of. */
import type { LineBench, LineChecks } from './conformance/lines.js'
import { EDGES } from './conformance/lines-edges.js'
import { HOLDING } from './conformance/lines-holding.js'
import { LEVELS } from './conformance/lines-levels.js'
import { PLUG } from './conformance/lines-plug.js'

/** One thing that a backend has to do. */
export interface LineCheck {
  /** A sentence. */
  readonly name: string
  /** Sets up a bench, asks its backend, and takes it down. @throws AssertionError when the backend does something else */
  run(): Promise<void>
}

const ALL: Readonly<Record<string, LineChecks>> = { levels: LEVELS, edges: EDGES, holding: HOLDING, plug: PLUG }

/**
 * The checks that every backend has to pass, for any test runner. `makeBench` sets up a new chip each time.
 * @example for (const { name, run } of lineConformance(() => myBench())) test(name, run)
 */
export function lineConformance(makeBench: () => LineBench | Promise<LineBench>): readonly LineCheck[] {
  return Object.entries(ALL).flatMap(([about, checks]) =>
    Object.entries(checks).map(([name, check]) => ({
      name: `${about}: ${name}`,
      run: async () => {
        const bench = await makeBench()
        try {
          await check(bench)
        } finally {
          await bench.close()
        }
      },
    })),
  )
}
