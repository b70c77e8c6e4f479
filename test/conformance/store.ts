/** What every store must do, whatever it is made of. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Op, Store } from '../../src/store/store.js'
import { all } from '../support/stores.js'

const put = (key: string, value = `value of ${key}`): Op => ({ type: 'put', key, value })
const del = (key: string): Op => ({ type: 'del', key })
const numbered = (n: number) => String(n).padStart(6, '0')

/** `makeStore` gives a new, empty, closed store each time. */
export function storeConformance(name: string, makeStore: () => Promise<Store>): void {
  describe(`a store: ${name}`, () => {
    let store: Store

    beforeEach(async () => {
      store = await makeStore()
      await store.open()
    })
    afterEach(() => store.close())

    describe('entries', () => {
      test('a value put is the value got, and a key never put gives undefined', async () => {
        await store.batch([put('a', '1')], true)
        expect(await store.get('a')).toBe('1')
        expect(await store.get('b')).toBeUndefined()
      })

      test('a put replaces, a del removes, and a del of nothing is no error', async () => {
        await store.batch([put('a', '1'), put('b', '2')], true)
        await store.batch([put('a', 'new'), del('b'), del('nothing')], true)
        expect(await all(store)).toEqual([['a', 'new']])
      })

      test('getMany answers in the order of the keys, with undefined for a miss, twice for a key asked twice', async () => {
        await store.batch([put('a', '1'), put('b', '2'), put('c', '3')], false)
        expect(await store.getMany(['c', 'nothing', 'a', 'c'])).toEqual(['3', undefined, '1', '3'])
        expect(await store.getMany([])).toEqual([])
      })

      test('keys and values of any script, of control characters and of nothing come back as they were', async () => {
        const texts = ['é', 'ß', '漢字', '🚪', 'a\u0000b', '"\\\n\t', 'ключ', '\u{10ffff}', '\ud7ff']
        await store.batch([...texts.map((text) => put(text, `${text}!`)), put('empty', '')], true)
        for (const text of texts) expect(await store.get(text)).toBe(`${text}!`)
        expect(await store.get('empty')).toBe('')
        expect((await store.keys({})).length).toBe(texts.length + 1)
      })

      test('a value of four megabytes comes back whole', async () => {
        const value = 'holdfast '.repeat(466_034)
        await store.batch([put('big', value)], true)
        expect(await store.get('big')).toBe(value)
        expect(await store.page({ gte: 'big' })).toEqual([['big', value]])
      })
    })

    describe('batch', () => {
      test('the last op on a key wins', async () => {
        await store.batch([put('a', '1'), del('a'), put('a', '2'), put('b', '1'), del('b')], true)
        expect(await all(store)).toEqual([['a', '2']])
      })

      test('a batch of nothing does nothing', async () => {
        await store.batch([], true)
        await store.batch([], false)
        expect(await store.keys({})).toEqual([])
      })

      test('ten thousand ops are one batch', async () => {
        await store.batch(
          Array.from({ length: 10_000 }, (_, n) => put(numbered(n))),
          true,
        )
        expect((await all(store)).length).toBe(10_000)
      })

      test('readers see all of a batch or nothing of it', async () => {
        const halves = async () => (await store.page({ gte: 'pair/', lt: 'pair0' })).map(([, value]) => value)
        for (let n = 0; n < 50; n++) {
          const written = store.batch([put('pair/a', `${n}`), put('pair/b', `${n}`)], n % 5 === 0)
          for (const [a, b] of [await halves(), await halves(), await halves()]) expect(a).toBe(b)
          await written
          expect(await halves()).toEqual([`${n}`, `${n}`])
        }
      })

      test('batches asked for together are all kept, and the later one wins', async () => {
        await Promise.all(Array.from({ length: 20 }, (_, n) => store.batch([put('last', `${n}`), put(`k${n}`)], true)))
        expect((await store.keys({ gte: 'k', lt: 'l' })).length).toBe(20)
      })

      test('the ops may be changed once batch() returned its promise', async () => {
        const ops = [put('a', '1')]
        const written = store.batch(ops, true)
        ops.length = 0
        await written
        expect(await store.get('a')).toBe('1')
      })
    })

    describe('ranges', () => {
      beforeEach(() =>
        store.batch(
          ['a', 'b', 'c', 'd', 'e'].map((key) => put(key, key)),
          false,
        ),
      )

      test.each([
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
      ] as const)('%o is %s', async (range, expected) => {
        expect((await store.keys(range)).join('')).toBe(expected)
        expect((await store.page(range)).map(([key]) => key).join('')).toBe(expected)
        if ('limit' in range) return
        expect((await all(store, range)).map(([key]) => key).join('')).toBe(expected)
      })

      test('keys come in the order of their bytes, not of their UTF-16 units', async () => {
        const keys = ['\u0001', 'A', 'Z', 'a', 'é', '\uffee', '😀']
        await store.batch(
          [...keys].reverse().map((key) => put(`x${key}`)),
          false,
        )
        expect(await store.keys({ gte: 'x', lt: 'y' })).toEqual(keys.map((key) => `x${key}`))
      })

      test('page and keys give at most ten thousand entries, whatever the limit', async () => {
        const ops = Array.from({ length: 10_001 }, (_, n) => put(`n${numbered(n)}`, ''))
        await store.batch(ops, false)
        expect((await store.page({ gte: 'n', lt: 'o' })).length).toBe(10_000)
        expect((await store.keys({ gte: 'n', lt: 'o', limit: 20_000 })).length).toBe(10_000)
      })

      test('paging on from the last key meets every entry once', async () => {
        const met: string[] = []
        for (let page = await store.keys({ limit: 2 }); page.length > 0; ) {
          met.push(...page)
          page = await store.keys({ gt: page.at(-1)!, limit: 2 })
        }
        expect(met.join('')).toBe('abcde')
      })
    })

    describe('scan', () => {
      const keysOf = (count: number) => Array.from({ length: count }, (_, n) => numbered(n))

      test('no page is longer than the limit, and together they are the range in order', async () => {
        await store.batch(
          keysOf(1000).map((key) => put(key)),
          false,
        )
        const met: string[] = []
        for await (const page of store.scan({ gte: '000100', lt: '000900', limit: 37 })) {
          expect(page.length).toBeLessThanOrEqual(37)
          expect(page.length).toBeGreaterThan(0)
          met.push(...page.map(([key]) => key))
        }
        expect(met).toEqual(keysOf(1000).slice(100, 900))
      })

      test('big values come in pages too, and all of them', async () => {
        const value = 'x'.repeat(200_000)
        await store.batch(
          keysOf(30).map((key) => put(key, value)),
          false,
        )
        expect((await all(store)).map(([key]) => key)).toEqual(keysOf(30))
      })

      test('it shows one moment: what is written, replaced and deleted meanwhile does not appear', async () => {
        await store.batch(
          keysOf(500).map((key) => put(key, 'old')),
          false,
        )
        const met: (readonly [string, string])[] = []
        for await (const page of store.scan({ limit: 50 })) {
          if (met.length === 0) {
            const changes = keysOf(1000).map((key, n) => (n % 3 === 0 && n < 500 ? del(key) : put(key, 'new')))
            await store.batch(changes, true)
          }
          met.push(...page)
        }
        expect(met).toEqual(keysOf(500).map((key) => [key, 'old']))
      })

      test('a page shows one moment while writes go on', async () => {
        await store.batch(
          keysOf(3000).map((key) => put(key, '0')),
          false,
        )
        const writes = (async () => {
          for (let n = 1; n <= 20; n++) {
            await store.batch(
              keysOf(3000).map((key) => put(key, `${n}`)),
              false,
            )
          }
        })()
        for (let n = 0; n < 10; n++) expect(new Set((await store.page({})).map(([, value]) => value)).size).toBe(1)
        await writes
      })

      test('one that is left early does not keep the store from closing', async () => {
        await store.batch(
          keysOf(100).map((key) => put(key)),
          false,
        )
        for await (const page of store.scan({ limit: 10 })) {
          expect(page.length).toBe(10)
          break
        }
        await store.close()
      })

      test('one that is under way when the store closes ends with ERR_STORE_CLOSED', async () => {
        await store.batch(
          keysOf(100).map((key) => put(key)),
          false,
        )
        const pages = store.scan({ limit: 10 })[Symbol.asyncIterator]()
        await pages.next()
        await store.close()
        await expect(pages.next()).rejects.toMatchObject({ code: 'ERR_STORE_CLOSED' })
      })
    })

    describe('compact', () => {
      test('what is there stays, what is gone stays gone, and writing goes on', async () => {
        const half = Array.from({ length: 1000 }, (_, n) => numbered(n))
        await store.batch(
          half.map((key) => put(key)),
          true,
        )
        await store.batch(
          half.slice(0, 500).map((key) => del(key)),
          true,
        )
        const compacting = store.compact('000000', '000999')
        await store.batch([put('meanwhile')], true)
        await compacting
        expect((await store.keys({})).sort()).toEqual([...half.slice(500), 'meanwhile'])
        expect(await store.get('000500')).toBe('value of 000500')
      })

      test('of a range without any entry it is no error, and close() waits for it', async () => {
        await store.batch([put('a', '1')], true)
        const compacting = store.compact('x', 'y')
        await store.close()
        await compacting
        await store.open()
        expect(await store.get('a')).toBe('1')
      })
    })

    describe('opening and closing', () => {
      test('everything is there after closing and opening again, synced or not', async () => {
        await store.batch([put('a', '1')], true)
        await store.batch([put('b', '2')], false)
        await store.close()
        expect(await store.open()).toMatchObject({ created: false })
        expect(await all(store)).toEqual([
          ['a', '1'],
          ['b', '2'],
        ])
      })

      test('it can be closed and opened many times', async () => {
        for (let n = 0; n < 5; n++) {
          await store.batch([put(`k${n}`)], true)
          await store.close()
          await store.open()
        }
        expect(await store.keys({})).toEqual(['k0', 'k1', 'k2', 'k3', 'k4'])
      })

      test('closing twice and opening twice is no error', async () => {
        await store.open()
        await store.close()
        await store.close()
        await store.open()
        expect(await store.keys({})).toEqual([])
      })

      test('open and close called together take their turns', async () => {
        await Promise.all([store.close(), store.open(), store.close(), store.open()])
        expect(await store.keys({})).toEqual([])
      })

      test('a closed store refuses everything with ERR_STORE_CLOSED', async () => {
        await store.close()
        const refused = { code: 'ERR_STORE_CLOSED' }
        await expect(store.get('a')).rejects.toMatchObject(refused)
        await expect(store.getMany(['a'])).rejects.toMatchObject(refused)
        await expect(store.batch([put('a')], true)).rejects.toMatchObject(refused)
        await expect(store.page({})).rejects.toMatchObject(refused)
        await expect(store.keys({})).rejects.toMatchObject(refused)
        await expect(all(store)).rejects.toMatchObject(refused)
        await expect(store.compact('a', 'b')).rejects.toMatchObject(refused)
      })

      test('what was on its way when close() was called is finished or refused, never lost in between', async () => {
        const writes = Array.from({ length: 20 }, (_, n) => store.batch([put(`k${n}`)], true))
        const closing = store.close()
        const outcomes = await Promise.allSettled(writes)
        await closing
        await store.open()
        for (const [n, outcome] of outcomes.entries()) {
          if (outcome.status === 'fulfilled') expect(await store.get(`k${n}`)).toBe(`value of k${n}`)
        }
      })
    })
  })
}
