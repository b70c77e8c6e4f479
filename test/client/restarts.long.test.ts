/** A daemon that is killed and started again in the middle: who waits goes on, and nothing is done twice. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import type { Watched } from '../../src/client/index.js'
import { board } from '../api/board.js'
import { client, thrown } from './lab.js'

const later = { runAt: '2999-01-01T00:00:00Z' } as const

test('finished() goes on over a kill, and over a clean stop', async () => {
  const b = await board()
  const c = client({ socket: b.socket, retry: '30s' })
  const door = await c.enqueue('door')
  const end = door.finished()
  await c.send(door.id, { type: 'ring' })
  await b.life.kill('SIGKILL')
  await b.start()
  await c.send(door.id, { type: 'ring' })
  await b.stop()
  await b.start()
  await c.send(door.id, { type: 'close' })
  expect(await end).toBe(2)
})

test('more that are waited for than there are connections: each hears of its end, over a kill too', async () => {
  const b = await board()
  const c = client({ socket: b.socket, connections: 2, retry: '30s' })
  const tasks = await c.enqueueMany(Array.from({ length: 300 }, (_, n) => ({ kind: 'echo', input: n, ...later })))
  const doors = await c.enqueueMany(Array.from({ length: 4 }, () => ({ kind: 'door' })))
  // The doors hold all long polls; the others wait behind them.
  const open = doors.map((door) => door.finished())
  const ends = tasks.map((task) => task.finished())
  await c.reschedule(
    tasks.slice(0, 100).map(({ id }) => id),
    { in: 0 },
  )
  expect(await Promise.all(ends.slice(0, 100))).toEqual(Array.from({ length: 100 }, (_, n) => n))
  await b.life.kill('SIGKILL')
  await b.start()
  await c.reschedule(
    tasks.slice(100).map(({ id }) => id),
    { in: 0 },
  )
  expect(await Promise.all(ends)).toEqual(Array.from({ length: 300 }, (_, n) => n))
  await c.send(
    doors.map(({ id }) => id),
    { type: 'close' },
  )
  expect(await Promise.all(open)).toEqual([0, 0, 0, 0])
})

test('watch() goes on over a kill: no emitted event is missed or told twice, and the cut is told', async () => {
  const b = await board()
  const c = client({ socket: b.socket, retry: '30s' })
  const stream = c.watch({ type: 'emitted' })
  expect((await stream.next()).value).toEqual({ type: 'open', again: false })
  // Before the first event is told, too.
  await b.life.kill('SIGKILL')
  await b.start()
  const all = 40
  const told: Watched[] = []
  const enough = (async () => {
    for await (const each of stream) {
      told.push(each)
      if (new Set(told.flatMap((one) => (one.type === 'emitted' ? [one.event.text] : []))).size === all) return
    }
  })()
  for (let n = 0; n < all; n++) {
    await c.enqueue('say', n)
    if (n % 10 !== 9) continue
    await b.life.kill('SIGKILL')
    await b.start()
  }
  await enough
  const emitted = told.flatMap((each) => (each.type === 'emitted' ? [each] : []))
  const kept = (await c.events()).filter(({ seq }) => seq <= (emitted.at(-1)?.seq ?? 0))
  expect(emitted.map(({ type: _, ...event }) => event)).toEqual(kept)
  expect(told).toContainEqual({ type: 'open', again: true })
})

test('a burst of enqueues over kills of the daemon makes each task once', async () => {
  const b = await board()
  const c = client({ socket: b.socket, retry: '60s', connections: 20 })
  const [many, each, kills] = [20, 40, 4]
  let made = 0
  let enough = { at: Number.POSITIVE_INFINITY, reached: () => undefined as void }
  const producers = Array.from({ length: many }, async (_, producer) => {
    for (let n = 0; n < each; n++) {
      const name = `${producer}.${n}`
      if (n % 4 === 0) await c.enqueue('echo', name, { group: 'burst', ...later })
      else if (n % 4 === 1) await c.enqueue('echo', name, { group: 'burst', id: `id.${name}`, ...later })
      else if (n % 4 === 2) await c.enqueue('echo', name, { group: 'burst', key: name })
      else await c.enqueueMany([{ kind: 'echo', input: name, group: 'burst', ...later }])
      if (++made >= enough.at) enough.reached()
    }
  })
  const all = Promise.all(producers)
  for (let kill = 1; kill <= kills; kill++) {
    const reached = new Promise<void>((resolve) => {
      enough = { at: (kill * many * each) / (kills + 1), reached: resolve }
    })
    await Promise.race([reached, all])
    // What was sent just now is on its way, on disk, or answered and not heard.
    await b.life.kill('SIGKILL')
    await b.start()
  }
  await all
  const inputs: unknown[] = []
  let cursor: string | undefined
  do {
    const page = await c.find({ group: 'burst', limit: 1000, ...(cursor === undefined ? {} : { cursor }) })
    inputs.push(...page.items.map(({ input }) => input))
    cursor = page.cursor
  } while (cursor !== undefined)
  expect(inputs.length).toBe(many * each)
  expect(new Set(inputs).size).toBe(many * each)
})

test('a call made while the daemon is away waits for it, as long as it is told to', async () => {
  const b = await board()
  const patient = client({ socket: b.socket, retry: '30s' })
  const hasty = client({ socket: b.socket, retry: 0 })
  await b.stop()
  const error = await thrown(hasty.enqueue('echo', 1))
  expect([error.code, error.message]).toEqual(['ERR_NO_DAEMON', expect.stringContaining(b.socket)])
  expect((await thrown(client({ socket: b.socket, retry: '50ms' }).count())).code).toBe('ERR_NO_DAEMON')
  const waits = patient.enqueue('echo', 'at last')
  await b.start()
  expect(await (await waits).finished()).toBe('at last')
  expect(await hasty.count()).toBe(1)
})

test('a client that is open keeps no program from ending', async () => {
  const b = await board()
  const program = `
    import { createClient } from ${JSON.stringify(new URL('../../dist/src/client/index.js', import.meta.url).href)}
    const client = createClient({ socket: ${JSON.stringify(b.socket)} })
    const task = await client.enqueue('echo', 'bye')
    console.log(await task.finished(), await client.count())`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (chunk) => {
    said += chunk
  })
  expect(await once(child, 'close')).toEqual([0, null])
  expect(said).toBe('bye 1\n')
})

test('a body beyond the limit of the daemon is told as such, however long it is', async () => {
  const b = await board()
  const c = client({ socket: b.socket, retry: '5s' })
  for (const size of [300, 3_000]) {
    const tasks = Array.from({ length: size }, () => ({ kind: 'echo', input: 'x'.repeat(10_000) }))
    expect((await thrown(c.enqueueMany(tasks))).code).toBe('ERR_TOO_LARGE')
  }
  expect(await c.count()).toBe(0)
})
