import { deepStrictEqual, strictEqual } from 'node:assert'
import { all, type Checks, del, numbered, put, puts } from './ops.js'

export const ENTRIES: Checks = {
  'a value put is the value got, and a key never put gives undefined': async (store) => {
    await store.batch([put('a', '1')], true)
    strictEqual(await store.get('a'), '1')
    strictEqual(await store.get('b'), undefined)
  },

  'a put replaces, a del removes, and a del of nothing is no error': async (store) => {
    await store.batch([put('a', '1'), put('b', '2')], true)
    await store.batch([put('a', 'new'), del('b'), del('nothing')], true)
    deepStrictEqual(await all(store), [['a', 'new']])
  },

  'getMany answers in the order of the keys, with undefined for a miss, twice for a key asked twice': async (store) => {
    await store.batch([put('a', '1'), put('b', '2'), put('c', '3')], false)
    deepStrictEqual(await store.getMany(['c', 'nothing', 'a', 'c']), ['3', undefined, '1', '3'])
    deepStrictEqual(await store.getMany([]), [])
  },

  'keys and values of any script, of control characters and of nothing come back as they were': async (store) => {
    const texts = ['é', 'ß', '漢字', '🚪', 'a\u0000b', '"\\\n\t', 'ключ', '\u{10ffff}', '\ud7ff']
    await store.batch([...texts.map((text) => put(text, `${text}!`)), put('empty', '')], true)
    for (const text of texts) strictEqual(await store.get(text), `${text}!`)
    strictEqual(await store.get('empty'), '')
    strictEqual((await store.keys({})).length, texts.length + 1)
  },

  'a value of four megabytes comes back whole': async (store) => {
    const value = 'holdfast '.repeat(466_034)
    await store.batch([put('big', value)], true)
    strictEqual((await store.get('big')) === value, true)
    const [[key, paged] = []] = await store.page({ gte: 'big' })
    deepStrictEqual([key, paged === value], ['big', true])
  },
}

export const BATCHES: Checks = {
  'the last op on a key wins': async (store) => {
    await store.batch([put('a', '1'), del('a'), put('a', '2'), put('b', '1'), del('b')], true)
    deepStrictEqual(await all(store), [['a', '2']])
  },

  'a batch of nothing does nothing': async (store) => {
    await store.batch([], true)
    await store.batch([], false)
    deepStrictEqual(await store.keys({}), [])
  },

  'ten thousand ops are one batch': async (store) => {
    await store.batch(
      Array.from({ length: 10_000 }, (_, n) => put(numbered(n))),
      true,
    )
    strictEqual((await all(store)).length, 10_000)
  },

  'readers see all of a batch or nothing of it': async (store) => {
    const halves = async () => (await store.page({ gte: 'pair/', lt: 'pair0' })).map(([, value]) => value)
    for (let n = 0; n < 50; n++) {
      let over = false
      const written = store.batch([put('pair/a', `${n}`), put('pair/b', `${n}`)], n % 5 === 0)
      const end = written.finally(() => {
        over = true
      })
      while (!over) {
        const [a, b] = await halves()
        strictEqual(a, b)
        await new Promise<void>((resolve) => void setImmediate(resolve))
      }
      await end
      deepStrictEqual(await halves(), [`${n}`, `${n}`])
    }
  },

  'batches asked for together are all kept, and the later one wins': async (store) => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => store.batch([put('last', `${n}`), put(`k${n}`)], true)))
    strictEqual((await store.keys({ gte: 'k', lt: 'l' })).length, 20)
    strictEqual(await store.get('last'), '19')
  },

  'the ops may be changed once batch() returned its promise': async (store) => {
    const ops = [put('a', '1')]
    const written = store.batch(ops, true)
    ops.length = 0
    await written
    strictEqual(await store.get('a'), '1')
  },
}

export const COMPACTION: Checks = {
  'what is there stays, what is gone stays gone, and writing goes on': async (store) => {
    const keys = Array.from({ length: 1000 }, (_, n) => numbered(n))
    await store.batch(puts(keys), true)
    await store.batch(
      keys.slice(0, 500).map((key) => del(key)),
      true,
    )
    const compacting = store.compact('000000', '000999')
    await store.batch([put('meanwhile')], true)
    await compacting
    deepStrictEqual((await store.keys({})).sort(), [...keys.slice(500), 'meanwhile'])
    strictEqual(await store.get('000500'), 'value of 000500')
  },

  'of a range without any entry it is no error, and close() waits for it': async (store) => {
    await store.batch([put('a')], true)
    const compacting = store.compact('x', 'y')
    await store.close()
    await compacting
    await store.open()
    strictEqual(await store.get('a'), 'value of a')
  },
}
