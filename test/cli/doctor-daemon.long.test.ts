/** What the doctor says of a config, a socket, and a daemon that answers. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { chmod, chown, mkdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { setup } from 'xstate'
import { z } from 'zod'
import { configCheck } from '../../src/cli/doctor/config.js'
import { daemonCheck } from '../../src/cli/doctor/daemon.js'
import { placeOf } from '../../src/cli/doctor/place.js'
import { socketCheck } from '../../src/cli/doctor/socket.js'
import { createClient } from '../../src/client/index.js'
import { createRuntime, defineTask, file, HoldfastError, type RuntimeOptions, relay } from '../../src/index.js'
import { daemon } from '../e2e/daemon.js'
import { silent } from '../support/simulated-runtime.js'
import { asNobody, bad, directory, isRoot, NOBODY, place, system, tmpfs, tree } from './ward.js'

const holdfastModule = new URL('../../dist/src/index.js', import.meta.url).href

describe('config', () => {
  async function found(name: string, text: string, limitMs = 10_000) {
    const file = join(await tree({ [name]: text }), name)
    return configCheck(await placeOf({ file, daemon: async () => Promise.reject(new Error()) }, limitMs))
  }

  test('one that is well says what it has, as a module and as JSON', async () => {
    const text = `import { defineTask } from '${holdfastModule}'
      export default { path: 'store', tasks: [defineTask({ kind: 'a', run: () => null })], routes: { b: {}, c: {} } }`
    await import(holdfastModule)
    expect(await found('a.mjs', text)).toMatchObject([
      { level: 'ok', says: expect.stringMatching(/a\.mjs: 1 kind, 2 routes, 0 schedules, read in \S+$/) },
    ])
    expect(await found('a.json', '{"path":"store"}')).toMatchObject([{ level: 'ok' }])
  })

  test('one with devices, and an API, is no worse for them', async () => {
    const devices = `{ porch: { type: 'relay', line: 'GPIO27' } }`
    const text = `export default { path: 'store', tasks: [], devices: ${devices}, gpio: { backend: 'simulated' }, api: {} }`
    expect(await found('a.mjs', text)).toMatchObject([{ level: 'ok' }])
    expect(await found('a.json', `{ "path": "store", "devices": { "door": { "type": "contact", "line": "GPIO17" } } }`))
      .toMatchObject([{ level: 'ok' }]) // biome-ignore format: one line a config
  })

  test('a route that a kind names and `routes` does not', async () => {
    const text = `import { defineTask } from '${holdfastModule}'
      const b = defineTask({ kind: 'b', route: 'netwrok', run: () => null })
      export default { path: 'store', tasks: [b], routes: { network: { concurrency: 2 } } }`
    expect(bad(await found('a.mjs', text))).toEqual([
      "warning: task 'b': its route 'netwrok' is not in `routes`: it runs 10 at once there. Did you mean 'network'?",
    ])
  })

  test.each([
    ['is no JavaScript', 'a.mjs', 'export default {', /^fault: the config \S+a\.mjs cannot be loaded: /],
    ['throws', 'a.mjs', `throw new RangeError('no sensor')`, /^fault: .*: no sensor$/],
    ['is no JSON', 'a.json', '{\n,}', /^fault: \S+a\.json:2:1: it is not JSON: .+/],
    [
      'has an option that is none',
      'a.mjs',
      `export default { path: 's', tasks: [], rutes: {} }`,
      /^fault: \S+: .*rutes/,
    ],
    [
      'has an API that cannot be',
      'a.mjs',
      `export default { path: 's', tasks: [], api: { socket: '${'x'.repeat(120)}' } }`,
      /^fault: .*107 bytes/,
    ],
    [
      'does not say where the store is',
      'a.mjs',
      'export default { tasks: [] }',
      /^warning: .*does not say where the store is/,
    ],
  ])('one that %s', async (_, name, text, expected) => {
    expect(bad(await found(name, text))).toEqual([expect.stringMatching(expected)])
  })

  test('one that lives in the directories of its unit: they are said by hand', async () => {
    const path = await directory()
    const file = join(await tree({ 'a.json': '{}' }), 'a.json')
    const asked = await placeOf({ file, path, daemon: async () => Promise.reject(new Error()) }, 10_000)
    expect(asked).toMatchObject({ path, socket: undefined })
    expect(bad(await configCheck(asked))).toEqual([])
  })

  test('one that never comes to its end is not waited for', async () => {
    expect(bad(await found('a.mjs', 'await new Promise(() => {})', 20))).toEqual([
      expect.stringMatching(/^fault: .*a\.mjs: no answer within 20ms$/),
    ])
  })

  test('a machine with a dead end is warned of, and nothing is made', async () => {
    const machine = setup({}).createMachine({
      initial: 'a',
      states: { a: { on: { GO: 'b', END: 'c' } }, b: {}, c: { type: 'final' } },
    })
    const path = join(await directory(), 'store')
    const options: RuntimeOptions = {
      path,
      tasks: [defineTask({ kind: 'stuck', machine })],
      api: { socket: '/run/none.sock' },
    }
    const asked = await place({ path })
    expect(bad(await configCheck({ ...asked, config: { file: 'a.js', tookMs: 1 }, options }))).toEqual([
      expect.stringMatching(/^warning: task 'stuck': .*b.* is a dead end/),
    ])
    expect(
      await configCheck({ ...asked, config: { file: 'a.js', tookMs: 6_000 }, options: { path, tasks: [] } }),
    ).toMatchObject([{ level: 'note', advice: expect.stringContaining('setup') }])
  })

  test('none at all', async () => {
    expect(bad(await configCheck(await place()))).toEqual([expect.stringMatching(/^warning: there is none here/)])
    expect(bad(await configCheck(await place({ path: '/var/lib/portal' })))).toEqual([expect.stringMatching(/^note:/)])
  })
})

describe('socket', () => {
  const found = async (socket: string, options?: object) => {
    const asked = await place({ socket })
    return bad(await socketCheck({ ...asked, ...(options ? { options: options as RuntimeOptions } : {}) }))
  }
  function listening(path: string): Promise<Server> {
    const server = createServer((one) => one.destroy())
    onTestFinished(() => void server.close())
    return new Promise((resolve) => server.listen(path, () => resolve(server)))
  }

  test('one that answers, one that is not there, and none that was asked for', async () => {
    const path = join(await directory(), 's')
    expect(await socketCheck(await place({ socket: path }))).toMatchObject([
      { level: 'ok', says: `${path} is not there: nobody listens` },
    ])
    await listening(path)
    await chmod(path, 0o660)
    expect(await socketCheck(await place({ socket: path }))).toMatchObject([
      { level: 'ok', says: `${path} (0660): a daemon listens` },
    ])
    expect(bad(await socketCheck({ ...(await place()), options: { api: false } as RuntimeOptions }))).toHaveLength(1)
    expect(await socketCheck(await place())).toEqual([])
  })

  test('one that a killed daemon has left', async () => {
    const path = await directory()
    const socket = join(path, 's')
    const file = join(
      await tree({ 'a.json': JSON.stringify({ path: join(path, 'store'), api: { socket } }) }),
      'a.json',
    )
    const running = daemon(['start', file])
    await running.printed('ready')
    expect(await found(socket)).toEqual([])
    await running.kill('SIGKILL')
    expect(await found(socket)).toEqual([`note: ${socket} was left behind: nobody listens`])
  })

  test('what no daemon listens on: a file, a directory that others can write, a group that is none', async () => {
    const path = await tree({ s: '' })
    expect(await found(join(path, 's'))).toEqual([`fault: ${path}/s is no socket: a daemon cannot listen there`])
    await chmod(path, 0o777)
    expect(await found(join(path, 'other'))).toEqual([
      `fault: others can write ${path}: a daemon does not listen there`,
    ])
    await chmod(path, 0o1777)
    expect(await found(join(path, 'other'))).toEqual([])
    expect(await found(join(path, 'other'), { api: { group: 'no-such-group' } })).toEqual([
      "fault: there is no group 'no-such-group', which `api.group` names",
    ])
  })

  test.runIf(isRoot)('a user who may not talk to it is told how to come to it', async () => {
    const { etc } = await system({
      'etc/passwd': `root:x:0:0:::\nlisa:x:${NOBODY}:1:::\n`,
      'etc/group': 'portal:x:998:\n',
    })
    const path = await directory()
    await mkdir(join(path, 'run'))
    const socket = join(path, 'run/s')
    await listening(socket)
    const asks = () => asNobody('socket', { socket, roots: { etc } })
    await chmod(socket, 0o600)
    expect(await asks()).toMatchObject([
      { level: 'warning', advice: expect.stringContaining('sudo -u root holdfast doctor') },
    ])
    await chown(socket, 0, 998)
    await chmod(socket, 0o660)
    expect(await asks()).toMatchObject([
      { says: expect.stringContaining('may not talk to'), advice: expect.stringContaining('usermod -aG portal lisa') },
    ])
    await chown(join(path, 'run'), 0, 998)
    await chmod(join(path, 'run'), 0o710)
    expect(await asks()).toMatchObject([
      {
        says: expect.stringContaining('may not look into'),
        advice: expect.stringContaining('usermod -aG portal lisa'),
      },
    ])
  })
})

describe('daemon', () => {
  async function running(options: Omit<RuntimeOptions, 'path' | 'api'>, given?: string) {
    const path = given ?? (await directory())
    const socket = join(path, 's')
    const runtime = createRuntime({
      path: join(path, 'store'),
      api: { socket },
      log: silent,
      ...options,
    } as RuntimeOptions)
    await runtime.start()
    onTestFinished(() => runtime.stop({ drain: 0 }))
    const client = createClient({ socket, retry: 0 })
    onTestFinished(() => client.close())
    const found = async () => bad(await daemonCheck(await place({ daemon: async () => client })))
    return { runtime, found }
  }
  const task = (kind: string, more: object = {}) => defineTask({ kind, run: () => null, ...more })

  test('one that works has nothing to say', async () => {
    const { found } = await running({ tasks: [task('a')] })
    expect(await found()).toEqual([])
  })

  test('gates, pauses, retired kinds, dead tasks, a budget: each is told', async () => {
    const flag = join(await directory(), 'flag')
    const { runtime, found } = await running({
      tasks: [
        task('held', { gates: ['flag'] }),
        task('old', { route: 'slow' }),
        task('bad', { run: () => Promise.reject(new Error('never')) }),
      ],
      routes: { slow: {} },
      gates: { flag: file({ path: flag }) },
      wear: { bytesPerDay: 1, fsyncsPerDay: 1 },
    })
    await runtime.routes.pause('slow')
    await runtime.enqueue('old', {})
    await runtime.kinds.retire('old')
    await expect((await runtime.enqueue('bad', {})).finished()).rejects.toThrow('never')
    const closed = new Promise<void>((resolve) => {
      const hear = () => {
        unsubscribe('holdfast:gate.closed', hear)
        resolve()
      }
      subscribe('holdfast:gate.closed', hear)
    })
    await runtime.enqueue('held', {})
    await closed
    expect(await found()).toEqual([
      expect.stringMatching(/^note: the gate flag closed \S+ ago: .*; it holds held$/),
      'note: the route slow is paused, 1 task in it',
      'note: the kind old is retired, and 1 task of it still to run',
      'note: 1 task failed for good',
      expect.stringMatching(/^warning: .* were written today, the budget is 1 B$/),
      expect.stringMatching(/^warning: \d+ fsyncs today, the budget is 1$/),
    ])
  })

  test('a device that is not there', async () => {
    const { found } = await running({
      tasks: [],
      devices: { siren: relay({ line: 'GPIO27' }), spare: relay({ line: 'GPIO99', optional: true }) },
      gpio: { backend: 'simulated' },
    })
    expect(await found()).toEqual([expect.stringMatching(/^warning: the device spare failed \S+ ago: .*'GPIO99'/)])
  })

  test('a record that could not be restored, and settings that do not fit any more', async () => {
    const path = await directory()
    const first = createRuntime({
      path: join(path, 'store'),
      tasks: [task('gone'), task('set', { settings: { schema: z.object({ n: z.number() }), defaults: { n: 1 } } })],
      log: silent,
    })
    await first.start()
    await first.routes.pause('default')
    for (let n = 1; n <= 4; n++) await first.enqueue('gone', {}, { id: `task${n}` })
    await first.kinds.set('set', { n: 2 })
    await first.stop()
    const { found } = await running(
      { tasks: [task('set', { settings: { schema: z.object({ n: z.string() }), defaults: { n: 'x' } } })] },
      path,
    )
    expect(await found()).toEqual([
      'note: the route default is paused, 0 tasks in it',
      expect.stringMatching(/^warning: what was set of the kind set does not fit any more: /),
      expect.stringMatching(/^warning: 4 records in quarantine: task1: .*gone.*; task2: .*; task3: .*; and more$/),
    ])
  })

  test('one whose disk is full', async (context) => {
    const path = await tmpfs('size=12m')
    if (path === undefined) return context.skip('no right to mount a tmpfs')
    await writeFile(join(path, 'ballast'), Buffer.alloc(9 * 1024 * 1024))
    const { runtime, found } = await running({ tasks: [task('a', { retry: {} })] }, path)
    const full = async () => {
      for (;;) await runtime.enqueue('a', { text: 'x'.repeat(200_000) })
    }
    await expect(full()).rejects.toMatchObject({ code: expect.stringMatching(/^ERR_(COMMIT_UNKNOWN|DEGRADED)$/) })
    expect(await found()).toContain('fault: it is degraded, and takes no work')
    await rm(join(path, 'ballast'))
  })

  test('none answers: a note, and a warning while somebody works in the store', async () => {
    const path = await directory()
    const file = join(await tree({ 'a.json': JSON.stringify({ path, api: false }) }), 'a.json')
    const client = createClient({ socket: join(path, 's'), retry: 0 })
    const found = async () => bad(await daemonCheck(await place({ path, daemon: async () => client })))
    expect(await found()).toEqual([expect.stringMatching(/^note: none answers: /)])
    const silently = daemon(['start', file])
    await silently.printed('ready')
    expect(await found()).toEqual([
      expect.stringMatching(/^warning: process \d+ has the store open, and does not answer: /),
    ])
    await silently.kill('SIGTERM')
  })

  test('nobody knows whom to ask: a note; a config that cannot be read is told once', async () => {
    const unknown = () => Promise.reject(new HoldfastError('ERR_USAGE', 'there is more than one daemon: a, b'))
    const asked = await place({ daemon: unknown })
    expect(bad(await daemonCheck(asked))).toEqual(['note: none was asked: there is more than one daemon: a, b'])
    expect(await daemonCheck({ ...asked, config: { file: 'a.js', tookMs: 1, error: new Error('broken') } })).toEqual([])
  })
})
