/** The directory of live actors: bounded, and never two of one address. */
import { channel } from 'node:diagnostics_channel'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { Directory, type Resident } from '../../../src/kernel/directory.js'

class Sleeper implements Resident {
  readonly id: string
  pins = 0
  busy = false
  asleep = 0
  constructor(id: string) {
    this.id = id
  }
  pinned(): boolean {
    return this.busy || this.pins > 0
  }
  passivated(): void {
    this.asleep++
  }
}

let reads: string[][]
let hold: Promise<unknown> | undefined
let broken: Error | undefined
const missing = new Set(['nobody'])

beforeEach(() => {
  reads = []
  hold = broken = undefined
})

const read = async (ids: readonly string[]) => {
  reads.push([...ids])
  await hold
  if (broken) throw broken
  return ids.map((id) => (missing.has(id) ? undefined : new Sleeper(id)))
}
const directory = (capacity: number) => new Directory<Sleeper>(capacity, read)
const names = (it: Directory<Sleeper>) => [...it.residents()].map(({ id }) => id)

function gate() {
  let open: () => void = () => undefined
  hold = new Promise<void>((resolve) => {
    open = resolve
  })
  return () => open()
}

test('beyond its capacity those that came longest ago go to sleep, once', () => {
  const it = directory(2)
  const all = ['a', 'b', 'c', 'd'].map((id) => new Sleeper(id))
  for (const each of all) it.admit(each)
  expect(names(it)).toEqual(['c', 'd'])
  expect(all.map(({ asleep }) => asleep)).toEqual([1, 1, 0, 0])
})

test('the pinned stay, even beyond the capacity, and so does the newcomer', () => {
  const it = directory(1)
  for (const id of ['a', 'b']) it.admit(Object.assign(new Sleeper(id), { busy: true }))
  it.admit(new Sleeper('c'))
  expect(names(it).sort()).toEqual(['a', 'b', 'c'])
  it.admit(new Sleeper('d'))
  expect(names(it).sort()).toEqual(['a', 'b', 'd'])
})

test('who sleeps is read once, however many ask at the same time', async () => {
  const it = directory(10)
  const open = gate()
  const asked = [it.activate(['a', 'b']), it.activate(['b', 'a']), it.use(['a'], async ([a]) => a)] as const
  open()
  const [[a, b], [b2, a2], a3] = await Promise.all(asked)
  expect([a2, b2, a3]).toEqual([a, b, a])
  expect(a).toBe(a3)
  expect(reads).toEqual([['a', 'b']])
})

test('who is here is not read, who does not exist is undefined, and the order is that of the question', async () => {
  const it = directory(10)
  const a = new Sleeper('a')
  it.admit(a)
  const found = await it.activate(['b', 'nobody', 'a'])
  expect(found.map((each) => each?.id)).toEqual(['b', undefined, 'a'])
  expect(found[2]).toBe(a)
  expect(reads).toEqual([['b', 'nobody']])
})

test('an actor that was made while its address was read is the one that counts', async () => {
  const it = directory(10)
  const open = gate()
  const asking = it.activate(['a'])
  const made = new Sleeper('a')
  it.admit(made)
  open()
  expect(await asking).toEqual([made])
  expect(it.resident('a')).toBe(made)
})

test('in a full directory, who is read for use is held until the use is over', async () => {
  const it = directory(1)
  it.admit(Object.assign(new Sleeper('busy'), { busy: true }))
  await it.use(['a', 'b', 'c'], async (actors) => {
    for (const actor of actors) expect(it.resident(actor?.id as string)).toBe(actor)
    it.admit(new Sleeper('d'))
    for (const actor of actors) expect(it.resident(actor?.id as string)).toBe(actor)
  })
  it.admit(new Sleeper('e'))
  expect(names(it)).not.toContain('a')
})

test('who comes to use an actor while another one reads it holds it too', async () => {
  const it = directory(1)
  const open = gate()
  const asking = it.activate(['a'])
  const using = it.use(['a'], async ([a]) => {
    it.admit(new Sleeper('b'))
    it.admit(new Sleeper('c'))
    expect(it.resident('a')).toBe(a)
  })
  open()
  await Promise.all([asking, using])
})

test('a read that fails is told to all who wait, holds nobody, and is done anew by the next', async () => {
  const it = directory(10)
  const here = new Sleeper('here')
  it.admit(here)
  broken = new Error('no disk')
  const asked = [it.use(['here', 'a'], async () => 'never'), it.activate(['a'])]
  expect(await Promise.allSettled(asked)).toMatchObject([{ reason: broken }, { reason: broken }])
  expect(here.pins).toBe(0)
  broken = undefined
  expect((await it.activate(['a']))[0]?.pins).toBe(0)
})

test('a use that throws lets go', async () => {
  const it = directory(10)
  const using = it.use(['a'], async () => {
    throw new Error('no')
  })
  await expect(using).rejects.toThrow('no')
  expect(it.resident('a')?.pins).toBe(0)
})

test('forgetting everybody forgets those who are being read: the disk decides anew', async () => {
  const it = directory(10)
  it.admit(new Sleeper('b'))
  const open = gate()
  const asking = it.activate(['a'])
  expect(it.clear().map(({ id }) => id)).toEqual(['b'])
  open()
  await expect(asking).rejects.toMatchObject({ code: 'ERR_DEGRADED' })
  expect(it.size).toBe(0)
})

test('falling asleep and waking are told', async () => {
  const told: unknown[] = []
  for (const point of ['task.activated', 'task.passivated']) {
    const hear = (fact: unknown) => void told.push([point, fact])
    channel(`holdfast:${point}`).subscribe(hear)
    onTestFinished(() => void channel(`holdfast:${point}`).unsubscribe(hear))
  }
  const it = directory(1)
  await it.activate(['a'])
  await it.activate(['b'])
  expect(told).toEqual([
    ['task.activated', { id: 'a' }],
    ['task.activated', { id: 'b' }],
    ['task.passivated', { id: 'a' }],
  ])
})
