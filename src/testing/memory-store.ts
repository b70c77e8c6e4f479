import { MemoryLevel } from 'memory-level'
import { levelStore } from '../store/level.js'
import type { Store } from '../store/store.js'

/** A store in memory; it keeps what it holds from one opening to the next. */
export function memoryStore(location = 'memory'): Store {
  const database = new MemoryLevel()
  return levelStore({
    location,
    open: async () => {
      await database.open()
      return { database, report: { created: false } }
    },
  })
}
