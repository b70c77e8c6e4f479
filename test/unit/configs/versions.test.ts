/** The files of one kind: what goes together, what does not, and what a step makes of a snapshot. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type AnyStateMachine, fromPromise } from 'xstate'
import { lintMachine, lintMachines, loadMachine, loadMachines } from '../../../src/configs/index.js'
import type { Definition, StoredSnapshot } from '../../../src/index.js'
import type { MachineMaker } from '../../../src/runtime/machine-maker.js'
import { refusal, temporaryDirectory } from '../../runtime/lab.js'

const states = {
  waiting: { on: { GO: 'work' } },
  work: {
    initial: 'first',
    states: { first: { on: { NEXT: 'second' } }, second: {}, back: { type: 'history' } },
    on: { END: 'over' },
  },
  over: { type: 'final' },
}
const machine = { initial: 'waiting', states }
const first = { kind: 'visit', machine }
/** The newest, of version 2 or more, with its steps. */
const later = (migrate: object, version = 2, more: object = {}) => ({
  kind: 'visit',
  version,
  migrate,
  machine,
  ...more,
})

async function folderOf(files: Readonly<Record<string, unknown>>): Promise<string> {
  const folder = join(await temporaryDirectory(), 'machines')
  await mkdir(folder)
  for (const [name, content] of Object.entries(files))
    await writeFile(join(folder, name), JSON.stringify(content, null, 2))
  return folder
}

async function told(files: Readonly<Record<string, unknown>>): Promise<string[]> {
  const folder = await folderOf(files)
  const found = lintMachines(Object.keys(files).map((name) => join(folder, name)))
  return found.map(({ file, severity, line, path, message, hint = '' }) => {
    const place = `${file.slice(folder.length + 1)}:${line}`
    return `${severity} ${place} ${path} ${message}${hint === '' ? '' : ` (${hint})`}`
  })
}

describe('a folder', () => {
  test('has the versions of a kind in files of any name; the newest speaks for the kind', async () => {
    const folder = await folderOf({
      'visit.json': { ...first, version: 3, priority: 7, retry: { attempts: 2 } },
      'visit.v1.json': { ...first, priority: 1 },
      'before.json': { ...first, version: 2 },
      'other.json': { ...first, kind: 'other' },
    })
    const [visit, other, ...more] = loadMachines(folder)
    expect(more).toEqual([])
    expect(other).toMatchObject({ kind: 'other', options: { version: 1 } })
    expect(visit).toMatchObject({ kind: 'visit', options: { priority: 7, retry: { attempts: 2 } } })
    expect(visit?.versions?.map(({ version }) => version)).toEqual([1, 2, 3])
    expect(visit?.machine).toBeUndefined()
    expect(visit?.options).not.toHaveProperty('version')
  })

  test('refuses two files of one version, by the lines that say so', async () => {
    const found = await told({
      'a.json': first,
      'b.json': first,
      'c.json': { ...first, version: 2 },
      'd.json': later({}),
    })
    const hint = '(What changed has a higher `version`; what is another task has another `kind`.)'
    expect(found).toEqual([
      `error b.json:2 kind is version 1 of 'visit', and so is a.json ${hint}`,
      `error d.json:3 version is version 2 of 'visit', and so is c.json ${hint}`,
    ])
  })

  test('is warned of a version that nothing is there for', async () => {
    const hint = '(If there were such tasks, put their file beside this one, or lead them on with `migrate`.)'
    expect(await told({ 'new.json': { ...first, version: 7 }, 'old.json': first })).toEqual([
      `warning new.json:33 version has nothing for tasks of versions 2 to 6: they would be set aside ${hint}`,
    ])
    expect(await told({ 'new.json': later({ 2: {} }, 4), 'old.json': { ...first, version: 3 } })).toEqual([])
    // A version that nobody began with any more needs nothing.
    expect(await told({ 'new.json': { ...first, version: 7 } })).toEqual([])
  })

  test('has at most 100 versions of a kind', () => {
    const versions = Array.from({ length: 101 }, (_, i) => ({ ...first, version: i + 1 }))
    expect(loadMachine(versions.slice(1)).versions).toHaveLength(100)
    expect(() => loadMachine(versions)).toThrow('version is one of 101 versions, and at most 100 may be there')
  })

  test('has settings of one version, the newest: an earlier machine that reads others is refused in its own file', async () => {
    const reading = { initial: 'a', states: { a: { after: { pause: 'b' } }, b: { type: 'final' } } }
    const old = { kind: 'visit', settings: { defaults: { pause: '1s' } }, machine: reading }
    const found = await told({ 'new.json': later({}), 'old.json': old })
    expect(found).toEqual([
      expect.stringMatching(/^error old\.json:\d+ machine\.states\.a\.after\.pause is the unknown delay/),
    ])
    expect(await told({ 'new.json': { ...later({}), settings: { defaults: { pause: 5 } } }, 'old.json': old })).toEqual(
      [],
    )
  })

  test('in other folders there are other kinds of the same name', async () => {
    const [one, two] = [await folderOf({ 'a.json': first }), await folderOf({ 'a.json': first })]
    expect(lintMachines([join(one, 'a.json'), join(two, 'a.json')])).toEqual([])
  })
})

test('a list of files is one kind', async () => {
  expect(loadMachine([later({}), first]).versions?.map(({ version }) => version)).toEqual([1, 2])
  expect(await refusal(() => loadMachine([first, { ...first, kind: 'other' }]))).toMatchObject({
    code: 'ERR_INVALID_OPTION',
    message: expect.stringContaining('the versions of one kind'),
  })
})

test.for<[object, string]>([
  [later({ 2: {} }), 'migrate.2 leads away from version 2, and none is newer'],
  [later({ 5: {} }), 'migrate.5 leads away from version 5, and none is newer'],
  [later({ 1: {} }, 3), 'migrate.1 leads to version 2, from which nothing leads on'],
  [later({ 0: {} }), 'migrate.0 cannot be named so'],
  [later({ first: {} }), 'migrate.first cannot be named so'],
  [
    later({ 1: { rename: { waiting: 'wating' } } }),
    "migrate.1.rename.waiting names 'wating', which is no state of version 2",
  ],
  [
    later({ 1: { rename: { waiting: 'work.third' } } }),
    "migrate.1.rename.waiting names 'work.third', which is no state of version 2",
  ],
  [
    later({ 1: { rename: { waiting: 'work.back' } } }),
    "migrate.1.rename.waiting leads to 'work.back', which is a history",
  ],
  [
    later({ 1: { rename: { waiting: 'over' } } }),
    "migrate.1.rename.waiting leads to 'over', with which the machine ends",
  ],
  [
    later({ 1: { rename: { waiting: '#visit.work' } } }),
    'migrate.1.rename.waiting has to be a state by its path, as \'work.first\', not "#visit.work"',
  ],
  [later({ 1: { rename: { '.waiting': 'work' } } }), 'migrate.1.rename[".waiting"] cannot be named so'],
  [later({ 1: { renam: {} } }), 'migrate.1.renam is no key here'],
  [later({ 1: { assign: { a: 1 }, drop: ['a'] } }), 'migrate.1.assign.a is dropped by the same step'],
  [later({ 1: { assign: { a: { $: 'event.type' } } } }), "migrate.1.assign.a.$ reads 'event', which is not there yet"],
  [
    later({ 1: { assign: { a: { $: 'settings.x' } } } }),
    "migrate.1.assign.a.$ reads 'settings', which is not there yet",
  ],
  [later({ 1: { assign: { a: { $: '1 +' } } } }), 'migrate.1.assign.a.$ cannot be read'],
  [
    later({ 1: { assign: { a: { $: 'input.dor' } } } }, 2, {
      input: { properties: { door: {} }, additionalProperties: false },
    }),
    "migrate.1.assign.a.$ reads 'input.dor', which is not there",
  ],
  [later({ 1: { drop: 'a' } }), 'migrate.1.drop has to be a list of names'],
  [later({ 1: { stop: [5] } }), 'migrate.1.stop[0] has to be the id of an actor'],
  [later([] as object), 'migrate has to be an object of steps'],
])('%.80j is refused by its path', async ([file, said]) => {
  expect(lintMachine(file).map(({ path, message }) => `${path} ${message}`)).toEqual([expect.stringContaining(said)])
  expect(await refusal(() => loadMachine(file))).toMatchObject({ code: 'ERR_INVALID_MACHINE' })
})

test('a state that is renamed has to be one of its version, where that is there to be asked', async () => {
  const found = await told({ 'new.json': later({ 1: { rename: { waitin: 'work' } } }), 'old.json': first })
  expect(found).toEqual([
    "error new.json:7 migrate.1.rename.waitin names 'waitin', which is no state of version 1 (Did you mean 'waiting'?)",
  ])
})

describe('a step', () => {
  const run = (step: object, snapshot: Partial<StoredSnapshot>, input?: unknown, more: object = {}) => {
    const { options } = loadMachine(later({ 1: step }, 2, more), { actors: { call: fromPromise(async () => 1) } })
    const migrate = (options as { migrate?: Record<number, (...given: unknown[]) => unknown> }).migrate
    return migrate?.[1]?.({ status: 'active', value: 'waiting', context: {}, ...snapshot }, input)
  }

  test.for<[object, unknown, unknown]>([
    [{}, 'waiting', 'waiting'],
    [{ before: 'waiting' }, 'before', 'waiting'],
    // What stands in a state goes along, and the longest path is the one that is meant.
    [{ job: 'work' }, { job: 'second' }, { work: 'second' }],
    [{ job: 'work', 'job.a': 'work.first' }, { job: 'a' }, { work: 'first' }],
    [{ job: 'work', 'job.a': 'waiting' }, { job: 'a' }, 'waiting'],
    // All at once: what changes places changes places.
    [{ waiting: 'work', work: 'waiting' }, 'waiting', 'work'],
    [{ waiting: 'work', work: 'waiting' }, { work: 'first' }, { waiting: 'first' }],
    [{ wait: 'work' }, 'waiting', 'waiting'],
    [{ 'a.x': 'work.first' }, { a: { x: { left: {}, right: 'on' } } }, { work: { first: { left: {}, right: 'on' } } }],
    [{ 'a.left': 'work' }, { a: { left: {}, right: { deep: 'on' } } }, { work: {}, a: { right: { deep: 'on' } } }],
  ])('renames %j in %j', ([rename, value, expected]) => {
    expect(run({ rename }, { value })).toMatchObject({ value: expected })
  })

  test('sets and drops members of the context as it was, by its input', () => {
    const step = {
      assign: { place: { door: { $: 'context.door' } }, door: { $: 'upper(context.door)' }, who: { $: 'input.who' } },
      drop: ['old'],
    }
    expect(run(step, { context: { door: 'front', old: 1, kept: 2 } }, { who: 'Ada' })).toMatchObject({
      context: { door: 'FRONT', place: { door: 'front' }, kept: 2, who: 'Ada' },
    })
    expect(run(step, { context: { door: 'front', old: 1 } }, { who: 'Ada' })).not.toHaveProperty('context.old')
  })

  test('that cannot be worked out says where', () => {
    const step = { assign: { a: { $: 'context.door.name' } } }
    expect(() => run(step, { context: { door: 5 } })).toThrow('migrate.1.assign.a: number has no members, so no "name"')
  })

  test('takes along what is remembered of a state and who was invoked by its place, and lets actors go', () => {
    const child = { snapshot: { status: 'active' }, src: 'call' }
    const made = run(
      { rename: { job: 'work', 'job.a': 'work.first' }, stop: ['camera'] },
      {
        historyValue: { 'visit.job.back': [{ id: 'visit.job.a' }, { id: 'own' }] },
        children: { '0.visit.job.a': child, '1.visit.job': child, camera: child, bell: child },
      },
    )
    expect(made).toMatchObject({
      historyValue: { 'visit.work.back': [{ id: 'visit.work.first' }, { id: 'own' }] },
      children: { '0.visit.work.first': child, '1.visit.work': child, bell: child },
    })
    expect(made).not.toHaveProperty('children.camera')
  })

  test('keeps the input where the next version reads it later, with the defaults of its schema', () => {
    const reads = { ...machine, output: { $: 'input.door' } }
    const input = { properties: { door: { default: 'back' } } }
    expect(run({}, { context: { n: 1 } }, {}, { machine: reads, input })).toMatchObject({
      context: { n: 1, input: { door: 'back' } },
    })
    expect(run({}, { context: { n: 1 } }, {})).toMatchObject({ context: { n: 1 } })
  })
})

test('the states of a kind with dots in its name are found again', () => {
  const { machine: maker } = loadMachine({ ...first, kind: 'front.door' }) as Definition
  const made = (maker as MachineMaker<AnyStateMachine>)({ settings: () => ({}) })
  expect(made.getStateNodeById('front_door.work.first')).toBe(made.states.work?.states.first)
})
