/** Group commit: one fsync at a time, what comes meanwhile shares the next, and no effect before its batch is on disk. */
import { beforeEach, describe, expect, test } from 'vitest'
import { HoldfastError as Failure, type HoldfastError } from '../../../src/model/errors.js'
import type { Batch, Participant } from '../../../src/store/batch.js'
import { GroupCommit } from '../../../src/store/commit.js'
import { FaultyStore } from '../../../src/testing/faulty-store.js'
import { memoryStore } from '../../../src/testing/memory-store.js'

let store: FaultyStore
let commit: GroupCommit
let now: number
/** What happened, in order. */
let told: string[]
let beforeLeaving: (batch: Batch) => void
let written: (batch: Batch) => void
let tidy: () => void
/** What was asked to happen later; `null` when it is not wanted any more. */
let laters: { readonly ms: number; fire: (() => void) | undefined }[]
const waiting = () => laters.filter(({ fire }) => fire).map(({ ms }) => ms)
const turn = () => new Promise<void>((resolve) => void setImmediate(resolve))

const make = (windowMs?: number) =>
  new GroupCommit(
    store,
    {
      beforeLeaving: (batch) => beforeLeaving(batch),
      written: (batch) => written(batch),
      later: (ms, fire) => {
        const later: (typeof laters)[number] = { ms, fire }
        laters.push(later)
        return {
          clear: () => {
            later.fire = undefined
          },
        }
      },
      now: () => now,
      begun: ({ ops }) => void told.push(`begun ${ops.length}`),
      departed: () => undefined,
      ended: () => void told.push('ended'),
      landed: () => void told.push('landed'),
      tidy: () => tidy(),
      failed: ({ code }) => void told.push(`failed ${code}`),
      effectFailed: (error) => void told.push(`effect failed: ${(error as Error).message}`),
    },
    windowMs,
  )

beforeEach(async () => {
  now = 1_000
  store = new FaultyStore(memoryStore())
  await store.open()
  told = []
  beforeLeaving = () => undefined
  written = () => undefined
  tidy = () => undefined
  laters = []
  commit = make()
})

const note = (name: string) => () => void told.push(name)
const lost = (name: string) => (error: HoldfastError) => void told.push(`${name} lost: ${error.code}`)

class Member implements Participant {
  joined = 0
  writes = 0
  value = ''
  readonly #key: string
  constructor(key: string) {
    this.#key = key
  }
  write(batch: Batch): void {
    this.writes++
    batch.put(this.#key, this.value)
  }
}

describe('batches', () => {
  test('what joins in one turn, its microtasks included, is one batch and one fsync', async () => {
    commit.put('a', '1')
    await Promise.resolve()
    commit.put('b', '2')
    commit.del('c')
    await commit.durable()
    expect([store.batches, store.synced, store.ops]).toEqual([1, 1, 3])
    expect(await store.getMany(['a', 'b', 'c'])).toEqual(['1', '2', undefined])
  })

  test('one is in flight at a time; what comes meanwhile shares the next one', async () => {
    store.hold()
    commit.put('first', '1')
    const arrived = store.heldBatches()
    await arrived
    for (let n = 0; n < 100; n++) commit.put(`next ${n}`, '1')
    await new Promise<void>((resolve) => void setImmediate(resolve))
    expect(store.batches).toBe(1)
    store.release()
    await commit.drained()
    expect([store.batches, store.ops]).toEqual([2, 101])
  })

  test('for how long the batch in flight has been on its way is known', async () => {
    store.hold()
    expect(commit.flyingMs).toBe(0)
    commit.put('first', '1')
    await store.heldBatches()
    now += 2_500
    expect(commit.flyingMs).toBe(2_500)
    store.release()
    await commit.drained()
    expect(commit.flyingMs).toBe(0)
  })

  test('one who joins several times before the batch leaves is written once, as it is then', async () => {
    const member = new Member('a')
    for (const value of ['1', '2', '3']) {
      member.value = value
      commit.join(member)
    }
    beforeLeaving = () => {
      member.value = 'latest'
    }
    await commit.durable()
    expect(member.writes).toBe(1)
    expect(await store.get('a')).toBe('latest')
  })

  test('before it leaves somebody may still join it', async () => {
    beforeLeaving = (batch) => batch.put('late', '1')
    commit.nudge()
    await commit.drained()
    await commit.durable()
    expect(await store.get('late')).toBe('1')
  })

  test('a batch without a write costs no fsync, and its effects run', async () => {
    commit.after(note('effect'))
    await commit.durable()
    expect(told).toEqual(['begun 0', 'ended', 'effect', 'landed'])
    expect(store.batches).toBe(0)
  })

  test('idle, it writes nothing', async () => {
    await commit.drained()
    await new Promise<void>((resolve) => void setImmediate(resolve))
    expect([store.batches, told]).toEqual([0, []])
  })
})

describe('chores', () => {
  const chore = (name: string) => ({ run: note(name) })

  test('are done when the next batch is on its way, after the effects of their own', async () => {
    tidy = note('tidied')
    commit.put('a', '1')
    commit.chore(chore('chore'))
    commit.after(() => {
      told.push('effect')
      commit.put('b', '1')
    })
    store.hold()
    await store.heldBatches()
    store.release()
    store.hold()
    await store.heldBatches()
    expect(told).toEqual(['begun 1', 'ended', 'effect', 'landed', 'begun 1', 'chore', 'tidied'])
    store.release()
    await commit.drained()
    expect(told.slice(7)).toEqual(['ended', 'landed', 'tidied'])
  })

  test('are done at once when no other batch is to leave', async () => {
    tidy = note('tidied')
    commit.put('a', '1')
    commit.chore(chore('chore'))
    await commit.drained()
    expect(told).toEqual(['begun 1', 'ended', 'landed', 'chore', 'tidied'])
  })

  test('one that throws is told of, and keeps no other from being done, nor the next batch', async () => {
    tidy = note('tidied')
    commit.chore({
      run: () => {
        throw new Error('boom')
      },
    })
    commit.chore(chore('chore'))
    await commit.drained()
    expect(told.slice(3)).toEqual(['effect failed: boom', 'chore', 'tidied'])
    commit.put('a', '1')
    await commit.durable()
    expect(await store.get('a')).toBe('1')
  })

  test('are done also when the next batch fails, and those of a batch that fails are not', async () => {
    commit.put('a', '1')
    commit.chore(chore('on disk'))
    commit.after(() => {
      commit.put('b', '1')
      commit.chore(chore('lost'))
      commit.join({
        joined: 0,
        write: () => {
          throw new Error('no text of it')
        },
      })
    })
    await commit.drained()
    await commit.drained()
    expect(told).toContain('on disk')
    expect(told.indexOf('on disk')).toBeLessThan(told.indexOf('failed ERR_COMMIT_UNKNOWN'))
    expect(told).not.toContain('lost')
    commit.chore(chore('while it is broken'))
    commit.reopen()
    await commit.durable()
    expect(told).not.toContain('while it is broken')
  })
})

describe('effects', () => {
  test('run after the fsync of their batch, in the order of the steps', async () => {
    store.hold()
    commit.put('a', '1')
    commit.after(note('1'))
    commit.after(note('2'))
    await store.heldBatches()
    commit.after(note('of the next batch'))
    expect(told).toEqual(['begun 1'])
    store.release()
    await commit.durable()
    expect(told).toEqual(['begun 1', 'ended', '1', '2', 'landed', 'begun 0', 'ended', 'of the next batch', 'landed'])
  })

  test('one that throws is told of, and stops neither the others nor the next batch', async () => {
    commit.after(() => {
      throw new Error('boom')
    })
    commit.after(note('2'))
    await commit.durable()
    expect(told.slice(0, 4)).toEqual(['begun 0', 'ended', 'effect failed: boom', '2'])
    commit.put('a', '1')
    await commit.durable()
    expect(await store.get('a')).toBe('1')
  })

  test('what an effect asks for belongs to the next batch', async () => {
    commit.put('a', '1')
    commit.after(() => {
      commit.put('b', '1')
      commit.after(note('second'))
    })
    await commit.durable()
    expect(told).not.toContain('second')
    await commit.drained()
    expect([store.batches, told.includes('second')]).toEqual([2, true])
  })
})

describe('a failing disk', () => {
  test('loses what is in flight and what waits, tells everybody once, and runs no effect', async () => {
    store.hold()
    commit.put('a', '1')
    commit.after(note('a'), lost('a'))
    await store.heldBatches()
    commit.after(note('b'), lost('b'))
    const waiting = commit.durable()
    store.failNext()
    store.release()
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_COMMIT_UNKNOWN', cause: { code: 'ERR_STORE_IO' } })
    expect(told).toEqual([
      'begun 1',
      'a lost: ERR_COMMIT_UNKNOWN',
      'b lost: ERR_COMMIT_UNKNOWN',
      'failed ERR_COMMIT_UNKNOWN',
    ])
  })

  test('takes nothing until it is reopened, and then begins with nothing', async () => {
    store.failNext()
    commit.put('a', '1')
    await expect(commit.durable()).rejects.toThrow()
    commit.put('b', '1')
    commit.join(new Member('c'))
    commit.after(note('d'), lost('d'))
    await expect(commit.durable()).rejects.toMatchObject({ code: 'ERR_COMMIT_UNKNOWN' })
    await commit.drained()
    expect(store.batches).toBe(1)
    told = []
    commit.reopen()
    commit.put('e', '1')
    await commit.durable()
    expect(await store.getMany(['a', 'b', 'c', 'e'])).toEqual([undefined, undefined, undefined, '1'])
    expect(told).toEqual(['begun 1', 'ended', 'landed'])
  })

  test('what cannot be written at all counts as a failed commit', async () => {
    commit.join({
      joined: 0,
      write: () => {
        throw new Error('no text of it')
      },
    })
    await expect(commit.durable()).rejects.toMatchObject({ code: 'ERR_COMMIT_UNKNOWN' })
    expect(store.batches).toBe(0)
  })

  test('an effect that learns of a failure ends the batch that it belongs to', async () => {
    commit.after(() => commit.fail(new Failure('ERR_COMMIT_UNKNOWN')))
    commit.after(note('never'), lost('never'))
    commit.nudge()
    await commit.drained()
    await new Promise<void>((resolve) => void setImmediate(resolve))
    expect(told).not.toContain('never')
    expect(told).not.toContain('landed')
  })
})

describe('back-pressure', () => {
  const crowd = () => {
    for (let n = 0; n < 20_000; n++) commit.put(`${n}`, '')
  }

  test('there is room until 20,000 steps wait; beyond them a caller waits for the next batch', async () => {
    expect(commit.room()).toBeUndefined()
    store.hold()
    commit.put('x', '')
    await store.heldBatches()
    crowd()
    const room = commit.room()
    let entered = false
    const waiting = room?.then(() => {
      entered = true
    })
    await new Promise<void>((resolve) => void setImmediate(resolve))
    expect(entered).toBe(false)
    store.release()
    await waiting
    await commit.drained()
    expect(commit.room()).toBeUndefined()
  })

  test('who waits for room hears of a failure', async () => {
    store.failNext()
    crowd()
    await expect(commit.room()).rejects.toMatchObject({ code: 'ERR_COMMIT_UNKNOWN' })
  })

  test('beyond 100,000 waiting callers the next is refused', async () => {
    store.failNext()
    crowd()
    const rooms = Array.from({ length: 100_000 }, () => commit.room())
    expect(() => commit.room()).toThrow(expect.objectContaining({ code: 'ERR_OVERLOADED' }))
    expect((await Promise.allSettled(rooms)).every(({ status }) => status === 'rejected')).toBe(true)
  })
})

test('drained() waits for what is in flight, for what waits, and for what those ask for', async () => {
  store.hold()
  let left = 3
  const again = () => {
    if (left-- > 0) {
      commit.put(`${left}`, '')
      commit.after(again)
    }
  }
  again()
  let drained = false
  const draining = commit.drained().then(() => {
    drained = true
  })
  await store.heldBatches()
  expect(drained).toBe(false)
  store.release()
  await draining
  expect([left, store.batches]).toEqual([-1, 3])
})

describe('what sums up a batch', () => {
  test('is added when everybody has written, and not to a batch of nothing', async () => {
    written = (batch) => batch.put('sum', `${batch.ops.length}`)
    const member = new Member('a')
    commit.join(member)
    commit.put('b', '1')
    await commit.durable()
    expect(await store.get('sum')).toBe('2')
    commit.after(() => undefined)
    await commit.drained()
    expect(store.batches).toBe(1)
  })
})

describe('what may be late', () => {
  test('waits for the commit of somebody else, and is part of it', async () => {
    commit.lazily(() => commit.put('late', '1'))
    await turn()
    expect([store.batches, waiting()]).toEqual([0, [5_000]])
    commit.put('now', '1')
    await commit.durable()
    expect([store.synced, store.ops, waiting()]).toEqual([1, 2, []])
  })

  test('goes by itself when its time is up, with all that came meanwhile', async () => {
    for (let n = 0; n < 100; n++) {
      commit.lazily(() => commit.put(`late ${n}`, '1'))
      await turn()
    }
    expect([store.batches, waiting()]).toEqual([0, [5_000]])
    laters[0]?.fire?.()
    await commit.drained()
    expect([store.synced, store.ops]).toEqual([1, 100])
  })

  test('that joins while a batch is in flight does not leave on its heels', async () => {
    store.hold()
    commit.put('now', '1')
    await store.heldBatches()
    commit.lazily(() => commit.put('late', '1'))
    store.release()
    await turn()
    await turn()
    expect([store.batches, waiting()]).toEqual([1, [5_000]])
    await commit.drained()
    expect(store.batches).toBe(2)
  })

  test('that is due while a batch is in flight leaves when that has landed', async () => {
    store.hold()
    commit.put('now', '1')
    await store.heldBatches()
    commit.lazily(() => commit.put('late', '1'))
    laters.at(-1)?.fire?.()
    store.release()
    await commit.drained()
    expect(store.batches).toBe(2)
  })

  test('a nudge for it wakes nobody before it leaves', async () => {
    let asked = 0
    beforeLeaving = () => void asked++
    commit.lazily(() => commit.nudge())
    await turn()
    expect([asked, waiting()]).toEqual([0, [5_000]])
    laters[0]?.fire?.()
    await turn()
    expect(asked).toBe(1)
  })

  test('hurry() sends it at once, and so does a batch that is full', async () => {
    commit.lazily(() => commit.put('late', '1'))
    commit.hurry()
    await turn()
    expect(store.batches).toBe(1)
    await commit.drained()
    for (let n = 0; n < 6_000; n++) commit.lazily(() => commit.put(`late ${n}`, '1'))
    await turn()
    expect(store.batches).toBe(2)
  })

  test('is not late any more after hasten()', async () => {
    commit.hasten()
    commit.lazily(() => commit.put('late', '1'))
    await turn()
    expect([store.batches, waiting()]).toEqual([1, []])
  })

  test('its effects wait for its commit, and a commit that fails loses it', async () => {
    commit.lazily(() => {
      commit.put('late', '1')
      commit.after(note('effect'), lost('effect'))
    })
    await turn()
    expect(told).toEqual([])
    store.failNext()
    commit.put('now', '1')
    await turn()
    await turn()
    expect(told.filter((each) => each.includes('lost'))).toEqual(['effect lost: ERR_COMMIT_UNKNOWN'])
    expect(waiting()).toEqual([])
  })

  test('is over when the work is, even when that throws', async () => {
    const failing = () =>
      commit.lazily(() => {
        throw new Error('boom')
      })
    expect(failing).toThrow('boom')
    commit.put('now', '1')
    await turn()
    expect(store.batches).toBe(1)
  })
})

describe('a window', () => {
  beforeEach(() => {
    commit = make(5)
  })

  test('lets a batch wait for company from its first step on', async () => {
    commit.put('a', '1')
    await turn()
    commit.put('b', '1')
    await turn()
    expect([store.batches, waiting()]).toEqual([0, [5]])
    laters[0]?.fire?.()
    await commit.drained()
    expect([store.batches, store.ops]).toEqual([1, 2])
  })

  test('begins anew for what comes while a batch is in flight', async () => {
    store.hold()
    commit.put('a', '1')
    laters[0]?.fire?.()
    await store.heldBatches()
    commit.put('b', '1')
    store.release()
    await turn()
    await turn()
    expect([store.batches, waiting()]).toEqual([1, [5]])
  })

  test('does not keep up a full batch, a drain, nor anything after hasten()', async () => {
    for (let n = 0; n < 6_000; n++) commit.put(`${n}`, '1')
    await turn()
    expect(store.batches).toBe(1)
    await commit.drained()
    commit.put('b', '1')
    await commit.drained()
    expect(store.batches).toBe(2)
    commit.put('c', '1')
    commit.hasten()
    await turn()
    expect(store.batches).toBe(3)
    commit.put('d', '1')
    await commit.durable()
    expect(store.batches).toBe(4)
  })
})
