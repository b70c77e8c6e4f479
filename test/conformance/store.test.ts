import { Level } from 'level'
import { MemoryLevel } from 'memory-level'
import { diskStore } from '../../src/store/disk.js'
import { type Database, levelStore } from '../../src/store/level.js'
import { FaultyStore } from '../../src/testing/faulty-store.js'
import { memoryStore } from '../../src/testing/memory-store.js'
import { PowerLossStore } from '../../src/testing/power-loss-store.js'
import { temporaryDirectory } from '../support/stores.js'
import { storeConformance } from './store.js'

const report = { created: false }

/** A sublevel leaves its parent open when it closes: here they close together, and the lock is free again. */
function closedWith(database: Database, parent: { close(): Promise<void> }): Database {
  return {
    get: (key) => database.get(key),
    getMany: (keys) => database.getMany(keys),
    batch: () => database.batch(),
    iterator: (range) => database.iterator(range),
    keys: (range) => database.keys(range),
    close: () => parent.close(),
  }
}

storeConformance('LevelDB on disk', async () => diskStore(await temporaryDirectory()))

storeConformance('memory', async () => memoryStore())

storeConformance('a sublevel of LevelDB', async () => {
  const path = await temporaryDirectory()
  return levelStore({
    location: path,
    open: async () => {
      const parent = new Level(path)
      await parent.open()
      await parent.put('outside', 'and never seen')
      const database = parent.sublevel('holdfast')
      await database.open()
      return { database: closedWith(database, parent), report }
    },
  })
})

storeConformance('a sublevel of memory', async () => {
  const parent = new MemoryLevel()
  return levelStore({
    location: 'memory',
    open: async () => {
      await parent.open()
      await parent.put('outside', 'and never seen')
      const database = parent.sublevel('holdfast')
      await database.open()
      return { database, report }
    },
  })
})

storeConformance('the store of tests that fails on demand', async () => new FaultyStore(memoryStore()))

storeConformance('the store of tests that loses its power', async () => new PowerLossStore())
