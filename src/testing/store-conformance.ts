/** What every store must do, whatever it is made of. */
import type { Store } from '../store/store.js'
import { BATCHES, COMPACTION, ENTRIES } from './conformance/entries.js'
import { LIFETIME } from './conformance/lifetime.js'
import { MOMENTS } from './conformance/moments.js'
import type { Checks } from './conformance/ops.js'
import { RANGES, SCANS } from './conformance/ranges.js'

/** One thing that a store has to do. */
export interface StoreCheck {
  /** A sentence. */
  readonly name: string
  /** Makes a store, asks it, and closes it. @throws AssertionError when the store does something else */
  run(): Promise<void>
}

const ALL: Readonly<Record<string, Checks>> = {
  entries: ENTRIES,
  batch: BATCHES,
  ranges: RANGES,
  scan: SCANS,
  moment: MOMENTS,
  compact: COMPACTION,
  'opening and closing': LIFETIME,
}

/**
 * The checks that every store has to pass, for any test runner. `makeStore` gives a new, empty, closed store each time.
 * @example for (const { name, run } of storeConformance(() => myStore())) test(name, run)
 */
export function storeConformance(makeStore: () => Store | Promise<Store>): readonly StoreCheck[] {
  return Object.entries(ALL).flatMap(([about, checks]) =>
    Object.entries(checks).map(([name, check]) => ({
      name: `${about}: ${name}`,
      run: async () => {
        const store = await makeStore()
        await store.open()
        try {
          await check(store)
        } finally {
          await store.close()
        }
      },
    })),
  )
}
