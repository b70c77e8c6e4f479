import { deepStrictEqual, ok, strictEqual } from 'node:assert'
import type { Range, Store } from '../../store/store.js'
import { all, type Checks, keysOf, numbered, put, puts } from './ops.js'

const letters = (store: Store) =>
  store.batch(
    ['a', 'b', 'c', 'd', 'e'].map((key) => put(key, key)),
    false,
  )

const EXPECTED: readonly (readonly [Range, string])[] = [
  [{}, 'abcde'],
  [{ gt: 'b' }, 'cde'],
  [{ gte: 'b' }, 'bcde'],
  [{ lt: 'd' }, 'abc'],
  [{ lte: 'd' }, 'abcd'],
  [{ gt: 'a', lt: 'e' }, 'bcd'],
  [{ gte: 'b', lte: 'b' }, 'b'],
  [{ gt: 'bb', lt: 'cc' }, 'c'],
  [{ limit: 2 }, 'ab'],
  [{ limit: 0 }, ''],
  [{ limit: 99 }, 'abcde'],
  [{ reverse: true }, 'edcba'],
  [{ reverse: true, limit: 2 }, 'ed'],
  [{ reverse: true, lt: 'd', gte: 'b' }, 'cb'],
  [{ gt: 'e' }, ''],
  [{ gt: 'd', lt: 'b' }, ''],
]

const each = EXPECTED.map(([range, expected]) => [
  `of 'abcde', ${JSON.stringify(range)} is '${expected}'`,
  async (store: Store) => {
    await letters(store)
    strictEqual((await store.keys(range)).join(''), expected)
    strictEqual((await store.page(range)).map(([key]) => key).join(''), expected)
    if ('limit' in range) return
    strictEqual((await all(store, range)).map(([key]) => key).join(''), expected)
  },
])

export const RANGES: Checks = {
  ...(Object.fromEntries(each) as Checks),

  'keys come in the order of their bytes, not of their UTF-16 units': async (store) => {
    const keys = ['\u0001', 'A', 'Z', 'a', 'é', '\uffee', '😀'].map((key) => `x${key}`)
    await store.batch(puts([...keys].reverse()), false)
    deepStrictEqual(await store.keys({ gte: 'x', lt: 'y' }), keys)
  },

  'page and keys give at most ten thousand entries, whatever the limit': async (store) => {
    const ops = Array.from({ length: 10_001 }, (_, n) => put(`n${numbered(n)}`, ''))
    await store.batch(ops, false)
    strictEqual((await store.page({ gte: 'n', lt: 'o' })).length, 10_000)
    strictEqual((await store.keys({ gte: 'n', lt: 'o', limit: 20_000 })).length, 10_000)
  },

  'paging on from the last key meets every entry once': async (store) => {
    await letters(store)
    const met: string[] = []
    for (let page = await store.keys({ limit: 2 }); page.length > 0; ) {
      met.push(...page)
      page = await store.keys({ gt: page.at(-1) as string, limit: 2 })
    }
    strictEqual(met.join(''), 'abcde')
  },
}

export const SCANS: Checks = {
  'no page is longer than the limit, and together they are the range in order': async (store) => {
    await store.batch(puts(keysOf(1000)), false)
    const met: string[] = []
    for await (const page of store.scan({ gte: '000100', lt: '000900', limit: 37 })) {
      ok(page.length > 0 && page.length <= 37, `a page has ${page.length} entries`)
      met.push(...page.map(([key]) => key))
    }
    deepStrictEqual(met, keysOf(1000).slice(100, 900))
  },

  'big values come in pages too, and all of them': async (store) => {
    await store.batch(puts(keysOf(30), 'x'.repeat(200_000)), false)
    deepStrictEqual(
      (await all(store)).map(([key]) => key),
      keysOf(30),
    )
  },

  'it shows one moment: what is written, replaced and deleted meanwhile does not appear': async (store) => {
    await store.batch(puts(keysOf(500), 'old'), false)
    const met: (readonly [string, string])[] = []
    for await (const page of store.scan({ limit: 50 })) {
      if (met.length === 0) {
        const gone = (n: number) => n % 3 === 0 && n < 500
        await store.batch(
          keysOf(1000).map((key, n) => (gone(n) ? { type: 'del', key } : put(key, 'new'))),
          true,
        )
      }
      met.push(...page)
    }
    deepStrictEqual(
      met,
      keysOf(500).map((key) => [key, 'old']),
    )
  },

  'a page shows one moment while writes go on': async (store) => {
    await store.batch(puts(keysOf(3000), '0'), false)
    const writes = (async () => {
      for (let n = 1; n <= 20; n++) await store.batch(puts(keysOf(3000), `${n}`), false)
    })()
    for (let n = 0; n < 10; n++) strictEqual(new Set((await store.page({})).map(([, value]) => value)).size, 1)
    await writes
  },
}
