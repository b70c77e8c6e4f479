/** The command line: what it says, and the code it ends with. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { daemon, killAll } from './daemon.js'

let place: string
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'holdfast-cli-'))
})
afterAll(() => rm(place, { recursive: true, force: true }))
afterEach(killAll)

const holdfast = (...args: string[]) => daemon(args, { cwd: place }).closed

describe('usage', () => {
  test('--version says the version and ends well', async () => {
    expect(await holdfast('--version')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
      err: '',
    })
  })

  test('--help names what there is and ends well', async () => {
    const { code, out } = await holdfast('--help')
    expect(code).toBe(0)
    expect(out).toMatch(/^ {2}start \[options\] \[config\] /m)
  })

  for (const [name, args] of Object.entries({
    'no command': [],
    'an unknown command': ['dance'],
    'an unknown option': ['start', '--loudly'],
    'a config that is not there': ['start', 'nowhere.js'],
    'two configs': ['start', 'a.js', 'b.js'],
  })) {
    test(`${name} is wrong usage, and says what to do`, async () => {
      const { code, out, err } = await holdfast(...args)
      expect([code, out]).toEqual([2, ''])
      expect(err).toMatch(name === 'no command' ? /^Usage: holdfast/ : /^error/)
      expect(err).toMatch(/error ERR_USAGE: .+\nhint: .+\n$/)
    })
  }
})

describe('start', () => {
  const config = async (name: string, text: string) => {
    await writeFile(join(place, name), text)
    return name
  }
  const holdfastModule = new URL('../../dist/src/index.js', import.meta.url).href

  test('an option that is wrong is the end, with its code and a hint', async () => {
    const file = await config('wrong.mjs', `export default { path: 'store', tasks: [], rutes: {} }`)
    const { code, err } = await holdfast('start', file)
    expect(code).toBe(1)
    expect(err).toMatch(/^error ERR_INVALID_OPTION: .*rutes.*\nhint: /)
  })

  test('a config that throws is the end, with the line it threw at', async () => {
    const file = await config('throws.mjs', `throw new RangeError('no sensor')`)
    const { code, err } = await holdfast('start', file)
    expect(code).toBe(1)
    expect(err).toMatch(
      /^error ERR_INVALID_OPTION: .*throws\.mjs.*\nhint: .*\ncause: RangeError: no sensor\n.*throws\.mjs:1/s,
    )
  })

  test('a config that is no JavaScript, or no JSON, is the end, with the way to the line', async () => {
    const script = await config('broken.mjs', 'export default { tasks: [a }')
    expect((await holdfast('start', script)).err).toMatch(
      /^error ERR_INVALID_OPTION: .*broken\.mjs cannot be loaded\nhint: `node \S+broken\.mjs` says where\.\ncause: SyntaxError: [^\n]+\n$/,
    )
    const json = await config('broken.json', '{ "path": "store",\n  "tasks": [],\n}')
    expect((await holdfast('start', json)).err).toMatch(
      /^error ERR_INVALID_OPTION: \S+broken\.json:3:1: it is not JSON: property name expected\nhint: [^\n]+\n$/,
    )
  })

  test('a relative path counts from the config, in JSON as well, and a signal ends it well', async () => {
    const file = await config('plain.json', JSON.stringify({ path: './plain-store' }))
    const running = daemon(['start', join(place, file)], { cwd: tmpdir() })
    await running.printed('ready')
    expect(await running.kill('SIGTERM')).toMatchObject({ code: 0, err: '' })
  })

  test('setup is called with the started runtime, and what it returns before the stop', async () => {
    const file = await config(
      'setup.mjs',
      `import { defineTask } from '${holdfastModule}'
       const add = defineTask({ kind: 'add', run: ({ input }) => input.a + input.b })
       export default { path: 'setup-store', tasks: [add] }
       export async function setup(runtime) {
         const task = await runtime.enqueue('add', { a: 1, b: 2 })
         console.log('sum', await task.finished())
         return async () => console.log('left', await runtime.count({ state: 'FINISHED' }))
       }`,
    )
    const running = daemon(['start', file], { cwd: place })
    await running.printed('sum 3')
    const { code, out } = await running.kill('SIGINT')
    expect(code).toBe(0)
    expect(out).toContain('left 1')
  })

  test('a setup that throws stops the runtime and ends badly', async () => {
    const file = await config(
      'bad-setup.mjs',
      `export default { path: 'bad-setup-store', tasks: [] }
       export async function setup() { throw new Error('no inbox') }`,
    )
    expect(await holdfast('start', file)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error Error: no inbox\n/),
    })
  })

  test('a runtime that gives up is the end, for whoever supervises it to start it anew', async () => {
    const file = await config(
      'fails.mjs',
      `export default { path: 'fails-store', tasks: [], supervision: { restarts: 1, within: '1m' } }
       export function setup(runtime) {
         for (let n = 0; n < 2; n++) runtime.system.get('router').send({ type: 'failed', error: new Error('no memory') })
         return () => console.log('leaving')
       }`,
    )
    const { code, out, err } = await holdfast('start', file)
    expect(code).toBe(1)
    expect(out).toContain('leaving')
    expect(err).toMatch(/error ERR_ESCALATED: router died too often\nhint: .*\ncause: Error: no memory\n/)
  })

  test('a second signal does not wait for what runs', async () => {
    const file = await config(
      'slow.mjs',
      `import { defineTask } from '${holdfastModule}'
       const endless = defineTask({ kind: 'endless', run: ({ signal }) => new Promise((_, reject) => {
         console.log('at work')
         signal.addEventListener('abort', () => reject(signal.reason))
       }) })
       export default { path: 'slow-store', tasks: [endless] }
       export async function setup(runtime) {
         await runtime.enqueue('endless', {}, { key: 'one' })
         return () => console.log('leaving')
       }`,
    )
    const running = daemon(['start', file], { cwd: place })
    await running.printed('at work')
    void running.kill('SIGTERM')
    await running.printed('leaving')
    const askedMs = performance.now()
    expect(await running.kill('SIGTERM')).toMatchObject({ code: 0, err: '' })
    // What runs never ends: it would have been waited for this long.
    expect(performance.now() - askedMs).toBeLessThan(10_000)
    // It was kept: the next start runs it again.
    const next = daemon(['start', file], { cwd: place })
    await next.printed('at work')
    await next.kill('SIGKILL')
  })

  test('a store that another process has open is the end, with a hint', async () => {
    const file = await config('shared.json', JSON.stringify({ path: './shared-store' }))
    const first = daemon(['start', file], { cwd: place })
    await first.printed('ready')
    const second = daemon(['start', file], { cwd: place })
    await expect(second.printed('ready')).rejects.toThrow('ERR_STORE_LOCKED')
    expect(await second.closed).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error ERR_STORE_LOCKED: .*\nhint: /),
    })
    expect((await first.kill('SIGTERM')).code).toBe(0)
  })
})
