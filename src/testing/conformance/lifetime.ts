import { deepStrictEqual, strictEqual } from 'node:assert'
import { all, type Checks, keysOf, put, puts, refusesClosed } from './ops.js'

export const LIFETIME: Checks = {
  'everything is there after closing and opening again, synced or not': async (store) => {
    await store.batch([put('a', '1')], true)
    await store.batch([put('b', '2')], false)
    await store.close()
    strictEqual((await store.open()).created, false)
    deepStrictEqual(await all(store), [
      ['a', '1'],
      ['b', '2'],
    ])
  },

  'it can be closed and opened many times': async (store) => {
    for (let n = 0; n < 5; n++) {
      await store.batch([put(`k${n}`)], true)
      await store.close()
      await store.open()
    }
    deepStrictEqual(await store.keys({}), ['k0', 'k1', 'k2', 'k3', 'k4'])
  },

  'closing twice and opening twice is no error': async (store) => {
    await store.open()
    await store.close()
    await store.close()
    await store.open()
    deepStrictEqual(await store.keys({}), [])
  },

  'open and close called together take their turns': async (store) => {
    await Promise.all([store.close(), store.open(), store.close(), store.open()])
    deepStrictEqual(await store.keys({}), [])
  },

  'a closed store refuses everything with ERR_STORE_CLOSED': async (store) => {
    await store.close()
    await refusesClosed(store.get('a'))
    await refusesClosed(store.getMany(['a']))
    await refusesClosed(store.batch([put('a')], true))
    await refusesClosed(store.page({}))
    await refusesClosed(store.keys({}))
    await refusesClosed(all(store))
    await refusesClosed(store.compact('a', 'b'))
  },

  'what was on its way when close() was called is finished or refused, never lost in between': async (store) => {
    const writes = Array.from({ length: 20 }, (_, n) => store.batch([put(`k${n}`)], true))
    const closing = store.close()
    const outcomes = await Promise.allSettled(writes)
    await closing
    await store.open()
    for (const [n, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') strictEqual(await store.get(`k${n}`), `value of k${n}`)
    }
  },

  'a scan that is left early does not keep the store from closing': async (store) => {
    await store.batch(puts(keysOf(100)), false)
    for await (const page of store.scan({ limit: 10 })) {
      strictEqual(page.length, 10)
      break
    }
    await store.close()
  },

  'a scan that is under way when the store closes ends with ERR_STORE_CLOSED': async (store) => {
    await store.batch(puts(keysOf(100)), false)
    const pages = store.scan({ limit: 10 })[Symbol.asyncIterator]()
    await pages.next()
    await store.close()
    await refusesClosed(pages.next())
  },
}
