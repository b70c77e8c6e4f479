/** The stores that other suites break on purpose. */
import { describe, expect, test } from 'vitest'
import type { Op } from '../../../src/store/store.js'
import { FaultyStore } from '../../../src/testing/faulty-store.js'
import { memoryStore } from '../../../src/testing/memory-store.js'
import { PowerLossStore } from '../../../src/testing/power-loss-store.js'

const put = (key: string): Op => ({ type: 'put', key, value: key })
const lost = { code: 'ERR_STORE_IO' }

describe('FaultyStore', () => {
  async function faulty(): Promise<FaultyStore> {
    const store = new FaultyStore(memoryStore())
    await store.open()
    return store
  }

  test('fails the next batches and no more, and counts them all', async () => {
    const store = await faulty()
    store.failNext(2)
    await expect(store.batch([put('a')], true)).rejects.toMatchObject(lost)
    await expect(store.batch([put('b')], false)).rejects.toMatchObject(lost)
    await store.batch([put('c'), put('d')], true)
    expect(await store.keys({})).toEqual(['c', 'd'])
    expect(store).toMatchObject({ batches: 3, ops: 4, synced: 2 })
  })

  test('with a broken disk fails batches and opening; healed, it wants to be opened again', async () => {
    const store = await faulty()
    store.fail()
    await expect(store.batch([put('a')], true)).rejects.toMatchObject(lost)
    await expect(store.open()).rejects.toMatchObject(lost)
    store.mend()
    await expect(store.batch([put('b')], true)).rejects.toMatchObject(lost)
    await store.close()
    await store.open()
    await store.batch([put('c')], true)
    expect(await store.keys({})).toEqual(['c'])
  })

  test('holds batches until they are released, and then lets them go in their order', async () => {
    const store = await faulty()
    store.hold()
    const done: string[] = []
    const writes = ['a', 'b'].map((key) => store.batch([put(key)], true).then(() => done.push(key)))
    await store.heldBatches(2)
    expect(await store.keys({})).toEqual([])
    store.release()
    await Promise.all(writes)
    expect(done).toEqual(['a', 'b'])
    await store.batch([put('c')], true)
    expect(await store.keys({})).toEqual(['a', 'b', 'c'])
  })
})

describe('PowerLossStore', () => {
  async function powered(): Promise<PowerLossStore> {
    const store = new PowerLossStore()
    expect(await store.open()).toEqual({ created: true })
    return store
  }

  test('forgets what was not synced, and keeps what was, with all that was written before it', async () => {
    const store = await powered()
    await store.batch([put('a')], false)
    await store.batch([put('b')], true)
    await store.batch([put('c')], false)
    expect(await store.keys({})).toEqual(['a', 'b', 'c'])
    store.powerCut({ tear: false })
    await expect(store.get('a')).rejects.toMatchObject({ code: 'ERR_STORE_CLOSED' })
    expect(await store.open()).toEqual({ created: false })
    expect(await store.keys({})).toEqual(['a', 'b'])
  })

  test.each([
    [true, ['a']],
    [false, ['a', 'b', 'c']],
  ])(
    'drops the batch in flight as a whole or keeps it as a whole (tear: %s); its caller is not told',
    async (tear, left) => {
      const store = await powered()
      await store.batch([put('a')], true)
      const written = store.batch([put('b'), put('c')], true)
      expect(store.inFlight).toBe(1)
      store.powerCut({ tear })
      await expect(written).rejects.toMatchObject(lost)
      await store.open()
      expect(await store.keys({})).toEqual(left)
    },
  )

  test('keeps a batch in flight while it holds', async () => {
    const store = await powered()
    store.hold()
    const written = store.batch([put('a')], true)
    expect(await store.keys({})).toEqual([])
    store.release()
    await written
    expect(await store.keys({})).toEqual(['a'])
  })

  test.each([true, false])('loses its power with the batch that is named in flight, torn: %s', async (tear) => {
    const store = await powered()
    const dark = store.cutAt(2, { tear })
    await store.batch([put('a')], true)
    await expect(store.batch([put('b')], true)).rejects.toMatchObject(lost)
    await dark
    const next = store.successor()
    await next.open()
    expect(await next.keys({})).toEqual(tear ? ['a'] : ['a', 'b'])
  })

  test('gives the disk to its successor, and stays dead itself', async () => {
    const store = await powered()
    await store.batch([put('a')], true)
    store.powerCut({ tear: true })
    const next = store.successor()
    await expect(store.open()).rejects.toMatchObject(lost)
    await next.open()
    expect(await next.keys({})).toEqual(['a'])
    expect(store.cuts).toBe(1)
  })
})
