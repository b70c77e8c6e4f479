import { Level } from 'level'
import { MemoryLevel } from 'memory-level'
import { describe, expect, test } from 'vitest'
import { diskStore } from '../../src/store/disk.js'
import { type Database, levelStore } from '../../src/store/level.js'
import type { Moment, Op, Store } from '../../src/store/store.js'
import { FaultyStore } from '../../src/testing/faulty-store.js'
import { memoryStore } from '../../src/testing/memory-store.js'
import { PowerLossStore } from '../../src/testing/power-loss-store.js'
import { storeConformance } from '../../src/testing/store-conformance.js'
import { temporaryDirectory } from '../support/stores.js'

function conforms(name: string, makeStore: () => Promise<Store>): void {
  describe(`a store: ${name}`, () => {
    for (const check of storeConformance(makeStore)) test(check.name, check.run)
  })
}

const report = { created: false }

/** A sublevel leaves its parent open when it closes: here they close together, and the lock is free again. */
function closedWith(database: Database, parent: { close(): Promise<void> }): Database {
  return {
    get: (key, as) => database.get(key, as),
    getMany: (keys, as) => database.getMany(keys, as),
    batch: () => database.batch(),
    iterator: (range) => database.iterator(range),
    keys: (range) => database.keys(range),
    snapshot: () => database.snapshot(),
    close: () => parent.close(),
  }
}

conforms('LevelDB on disk', async () => diskStore(await temporaryDirectory()))

conforms('memory', async () => memoryStore())

conforms('a sublevel of LevelDB', async () => {
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

conforms('a sublevel of memory', async () => {
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

conforms('the store of tests that fails on demand', async () => new FaultyStore(memoryStore()))

conforms('the store of tests that loses its power', async () => new PowerLossStore())

/** Stores that do one thing wrong, each by the sentence that has to find it out. */
class Careless extends PowerLossStore {
  override async get(key: string) {
    return (await super.get(key)) ?? ''
  }
}
class Halving extends PowerLossStore {
  override async batch(ops: readonly Op[], sync: boolean) {
    const half = Math.ceil(ops.length / 2)
    await super.batch(ops.slice(0, half), sync)
    await super.batch(ops.slice(half), sync)
  }
}
/** Whose moments are as of now. */
class Momentary extends PowerLossStore {
  override moment(): Moment {
    const now = super.moment()
    return {
      get: (key) => this.get(key),
      getMany: (keys) => this.getMany(keys),
      page: (range) => this.page(range),
      keys: (range) => this.keys(range),
      scan: (range) => this.scan(range),
      close: () => now.close(),
    }
  }
}
class Forgetful extends PowerLossStore {
  override async close() {
    this.powerCut({ tear: true })
    await super.close()
  }
}

test.each([
  [Careless, /^entries: a value put is the value got, and a key never put gives undefined$/],
  [Halving, /^batch: readers see all of a batch or nothing of it$/],
  [Momentary, /^moment: all that is read of it is as it was, whatever is written, replaced and deleted meanwhile$/],
  [Momentary, /^moment: what moves from one range to another between two looks is in exactly one of them$/],
  [Forgetful, /^opening and closing: everything is there after closing and opening again, synced or not$/],
])('a store that does not keep the contract is found out: %o', async (Wrong, sentence) => {
  const failed: string[] = []
  for (const { name, run } of storeConformance(() => new Wrong())) {
    await run().catch((error) => {
      failed.push(name)
      expect(error).toBeInstanceOf(Error)
    })
  }
  expect(failed).toContainEqual(expect.stringMatching(sentence))
})
