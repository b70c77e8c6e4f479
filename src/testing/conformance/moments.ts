import { deepStrictEqual, strictEqual } from 'node:assert'
import type { Moment } from '../../store/store.js'
import { all, type Checks, del, keysOf, put, puts, refusesClosed } from './ops.js'

/** Where an entry is that goes to and fro between two ranges. */
const at = (n: number) => (n % 2 ? 'left/x' : 'right/x')
const move = (n: number) => [del(at(n)), put(at(n + 1))]
const LEFT = { gte: 'left/', lt: 'left0' }
const RIGHT = { gte: 'right/', lt: 'right0' }

export const MOMENTS: Checks = {
  'all that is read of it is as it was, whatever is written, replaced and deleted meanwhile': async (store) => {
    await store.batch([put('a', 'old'), put('b', 'old')], false)
    const moment = store.moment()
    await store.batch([put('a', 'new'), del('b'), put('c', 'new')], true)
    const entries = [
      ['a', 'old'],
      ['b', 'old'],
    ]
    deepStrictEqual([await moment.get('a'), await moment.get('c')], ['old', undefined])
    deepStrictEqual(await moment.getMany(['c', 'b', 'a']), [undefined, 'old', 'old'])
    deepStrictEqual(await moment.page({}), entries)
    deepStrictEqual(await moment.keys({ reverse: true, limit: 1 }), ['b'])
    deepStrictEqual(await all(moment), entries)
    await moment.close()
    deepStrictEqual(await store.keys({}), ['a', 'c'])
  },

  'it begins when it is asked for, not when it is first read': async (store) => {
    const before = store.moment()
    await store.batch([put('a')], false)
    const after = store.moment()
    deepStrictEqual([await before.keys({}), await after.keys({})], [[], ['a']])
    await Promise.all([before.close(), after.close()])
  },

  'what moves from one range to another between two looks is in exactly one of them': async (store) => {
    await store.batch([put(at(0))], false)
    for (let n = 0; n < 4; n++) {
      const moment = store.moment()
      const left = await moment.keys(LEFT)
      await store.batch(move(n), false)
      const right = await moment.page(RIGHT)
      strictEqual(left.length + right.length, 1)
      await moment.close()
    }
  },

  'getMany of two keys finds under exactly one what moves from one to the other': async (store) => {
    await store.batch([put(at(0))], false)
    let over = false
    const moves = (async () => {
      for (let n = 0; !over; n++) {
        await store.batch(move(n), false)
        await new Promise<void>((resolve) => void setImmediate(resolve))
      }
    })()
    try {
      for (let n = 0; n < 100; n++) {
        const found = await store.getMany([at(0), at(1)])
        strictEqual(found.filter((value) => value !== undefined).length, 1)
      }
    } finally {
      over = true
      await moves
    }
  },

  'many can be open, and each is closed as often as one likes': async (store) => {
    const moments = []
    for (const key of keysOf(20)) {
      moments.push(store.moment())
      await store.batch([put(key)], false)
    }
    for (const [n, moment] of moments.entries()) strictEqual((await moment.keys({})).length, n)
    for (const moment of moments) await Promise.all([moment.close(), moment.close()])
  },

  'one that was closed refuses to be read, and the store goes on': async (store) => {
    await store.batch([put('a')], false)
    const moment = store.moment()
    await moment.close()
    await refuses(moment)
    strictEqual(await store.get('a'), 'value of a')
  },

  'one that nobody closed ends with the store, also when that is open again': async (store) => {
    await store.batch(puts(keysOf(100)), false)
    const moment = store.moment()
    const pages = moment.scan({ limit: 10 })[Symbol.asyncIterator]()
    await pages.next()
    await store.close()
    await refusesClosed(pages.next())
    await refuses(moment)
    await store.open()
    await refuses(moment)
    await moment.close()
    strictEqual((await store.keys({})).length, 100)
  },

  'a closed store has none': async (store) => {
    await store.close()
    await refusesClosed((async () => store.moment())())
  },
}

async function refuses(moment: Moment): Promise<void> {
  await refusesClosed(moment.get('a'))
  await refusesClosed(moment.getMany(['a']))
  await refusesClosed(moment.page({}))
  await refusesClosed(moment.keys({}))
  await refusesClosed(all(moment))
}
