/** A machine that cannot be made durable, or is wrong, is refused when its kind is registered; the path is named. */
import { describe, expect, test } from 'vitest'
import {
  type AnyStateMachine,
  and,
  assign,
  createMachine,
  enqueueActions,
  fromCallback,
  fromPromise,
  fromTransition,
  not,
  raise,
  sendTo,
  setup,
  spawnChild,
} from 'xstate'
import { loadMachine } from '../../src/configs/index.js'
import { createRuntime, defineTask, type HoldfastError, type RouteOptions } from '../../src/index.js'
import { boot, refusal } from './lab.js'

const work = fromPromise(async () => 1)
const own = {
  transition: (state: unknown) => state,
  getInitialSnapshot: () => ({ status: 'active' }),
  getPersistedSnapshot: (s: unknown) => s,
  start: () => undefined,
}

/** A machine of a config, unchecked: what is wrong in it is the matter here. */
const of = (config: object, implementations: object = {}) =>
  createMachine(begun(config) as never, implementations as never) as AnyStateMachine

/** A config whose compound states all begin somewhere. */
function begun(config: { readonly initial?: unknown; readonly states?: Readonly<Record<string, object>> }): object {
  const names = Object.keys(config.states ?? {})
  if (!config.states || names.length === 0) return config
  const states = Object.fromEntries(Object.entries(config.states).map(([name, state]) => [name, begun(state)]))
  return { initial: names[0], ...config, states }
}

const cases: [what: string, machine: AnyStateMachine, path: string, hint?: string][] = [
  ['an inline invoke', of({ states: { a: { invoke: { src: work } } } }), 'states.a.invoke.src is actor logic inline', 'setup({ actors'],
  ['the second of several invokes', of({ invoke: [{ src: 'w' }, { src: work }] }, { actors: { w: work } }), 'invoke[1].src'],
  ['an inline invoke deep down', of({ states: { a: { states: { b: { states: { c: { invoke: { src: work } } } } } } } }), 'states.a.states.b.states.c.invoke.src'],
  ['an unknown actor', of({ states: { a: { invoke: { src: 'wrok' } } } }, { actors: { work } }), "states.a.invoke.src is the unknown actor 'wrok'", 'Known: work'],
  ['an inline spawnChild', of({ entry: spawnChild(work) }), 'entry[0]'],
  ['an inline spawnChild of a transition', of({ states: { a: { on: { go: { actions: spawnChild(work) } } } } }), 'states.a.on.go.actions[0]'],
  ['a spawnChild of an unknown actor', of({ exit: spawnChild('wrok' as never) }), "exit[0] is the unknown actor 'wrok'"],
  ['a named action that spawns inline', of({ states: { a: { entry: 'begin' } } }, { actions: { begin: spawnChild(work) } }), 'states.a.entry[0]'],
  ['an unknown entry action', of({ states: { a: { entry: 'shuot' } } }, { actions: { shout: () => {} } }), "states.a.entry[0] is the unknown action 'shuot'", 'Known: shout'],
  ['an unknown exit action', of({ exit: [() => {}, 'gone'] }), "exit[1] is the unknown action 'gone'"],
  ['an unknown action of a transition', of({ states: { a: { on: { go: { actions: ['gone'] } } } } }), "states.a.on.go.actions[0] is the unknown action 'gone'"],
  ['an unknown action with params', of({ entry: { type: 'gone', params: { a: 1 } } }), "entry[0] is the unknown action 'gone'"],
  ['an unknown action of an always', of({ initial: 'a', states: { a: { always: { target: 'b', actions: 'gone' } }, b: {} } }), "states.a.always.actions[0] is the unknown action 'gone'"],
  ['an unknown action of an initial transition', of({ initial: 'a', states: { a: { initial: { target: 'b', actions: 'gone' }, states: { b: {} } } } }), "states.a.initial.actions[0] is the unknown action 'gone'"],
  ['an unknown action of an onDone', of({ states: { a: { invoke: { src: 'w', onDone: { actions: 'gone' } } } } }, { actors: { w: work } }), "states.a.invoke.onDone.actions[0] is the unknown action 'gone'"],
  ['an unknown action of an after', of({ states: { a: { after: { 10: { actions: 'gone' } } } } }), "states.a.after.10.actions[0] is the unknown action 'gone'"],
  ['an unknown guard', of({ states: { a: { on: { go: { guard: 'alowed' } } } } }, { guards: { allowed: () => true } }), "states.a.on.go.guard is the unknown guard 'alowed'", 'Known: allowed'],
  ['an unknown guard with params', of({ on: { go: { guard: { type: 'gone', params: {} } } } }), "on.go.guard is the unknown guard 'gone'"],
  ['an unknown guard in not()', of({ on: { go: { guard: not('gone') } } }), "on.go.guard is the unknown guard 'gone'"],
  ['an unknown guard in and(not())', of({ on: { go: { guard: and(['fine', not('gone')]) } } }, { guards: { fine: () => true } }), "on.go.guard is the unknown guard 'gone'"],
  ['an unknown delay', of({ states: { a: { after: { logn: 'b' } }, b: {} } }, { delays: { long: 10 } }), 'states.a.after.logn is an unknown delay', 'Known: long'],
  ['an unknown delay of a raise', of({ entry: raise({ type: 'x' }, { delay: 'logn' } as never) }), "entry[0] has the unknown delay 'logn'"],
  ['an unknown delay of a sendTo', of({ entry: sendTo('a', { type: 'x' }, { delay: 'logn' } as never) }), "entry[0] has the unknown delay 'logn'"],
  ['logic of its own making', of({ invoke: { src: 'own' } }, { actors: { own } }), 'actors.own is logic of its own making', 'fromPromise'],
  ['an actor that is no logic', of({}, { actors: { f: () => 1 } }), 'actors.f is no actor logic', 'fromPromise'],
  ['a nested machine with an inline child', of({ invoke: { src: 'child' } }, { actors: { child: of({ states: { x: { invoke: { src: work } } } }) } }), 'actors.child: states.x.invoke.src'],
  ['a misspelt key of a state', of({ states: { a: { entyr: 'x' } } }), 'states.a.entyr is no key of a machine', "Did you mean 'entry'?"],
  ['a misspelt key of the machine', of({ contxt: {} }), 'contxt is no key of a machine', "Did you mean 'context'?"],
  ['a key of the machine in a state', of({ states: { a: { context: {} } } }), 'states.a.context is no key of a machine', 'Known here: id, type'],
  ['a misspelt final state', of({ states: { a: { typ: 'final' } } }), 'states.a.typ is no key', "'type'"],
  ['a misspelt guard', of({ on: { go: { gaurd: 'x' } } }), 'on.go.gaurd is no key', "'guard'"],
  ['the guard of XState 4', of({ states: { a: { on: { go: [{ target: 'b' }, { target: 'b', in: '#b' }] } }, b: {} } }), 'states.a.on.go[1].in is no key', "'guard'"],
  ['the output of XState 4', of({ states: { a: { type: 'final', data: {} } } }), 'states.a.data is no key', "'output'"],
  ['the reentry of XState 4', of({ on: { go: { internal: false } } }), 'on.go.internal is no key', "'reenter'"],
  ['a misspelt key of an invoke', of({ states: { a: { invoke: { src: 'w', onDnoe: 'b' } }, b: {} } }, { actors: { w: work } }), 'states.a.invoke.onDnoe is no key', "'onDone'"],
  ['a misspelt key of the second invoke', of({ invoke: [{ src: 'w' }, { src: 'w', inputs: {} }] }, { actors: { w: work } }), 'invoke[1].inputs is no key', "'input'"],
  ['a misspelt key of an onError', of({ invoke: { src: 'w', onError: { tarteg: '.a' } }, states: { a: {} } }, { actors: { w: work } }), 'invoke.onError.tarteg is no key', "'target'"],
  ['a misspelt key of an after', of({ states: { a: { after: { 10: { action: 'x' } } } } }), 'states.a.after.10.action is no key', "'actions'"],
  ['a misspelt key of an always', of({ states: { a: { always: [{ target: 'b', when: 'x' }] }, b: {} } }), 'states.a.always[0].when is no key', 'Known here: target, guard'],
  ['a misspelt key of an onDone', of({ states: { a: { onDone: { description: 'x', tagret: 'b' }, states: { x: { type: 'final' } } }, b: {} } }), 'states.a.onDone.tagret is no key', "'target'"],
  ['a misspelt key of an action', of({ entry: [{ type: 'x', param: {} }] }, { actions: { x: () => {} } }), 'entry[0].param is no key', "'params'"],
  ['a misspelt key of a guard', of({ on: { go: { guard: { type: 'x', parms: {} } } } }, { guards: { x: () => true } }), 'on.go.guard.parms is no key', "'params'"],
  ['a misspelt key in a nested machine', of({ invoke: { src: 'c' } }, { actors: { c: of({ states: { a: { exitt: 'x' } } }) } }), 'actors.c: states.a.exitt is no key', "'exit'"],
  ['a machine nested twice', of({ invoke: { src: 'c' } }, { actors: { c: of({ invoke: { src: 'd' } }, { actors: { d: of({ entry: 'gone' }) } }) } }), "actors.c: actors.d: entry[0] is the unknown action 'gone'"],
] // biome-ignore format: a table

describe('refused, with its path', () => {
  for (const [what, machine, path, hint] of cases) {
    test(what, () => {
      let error: HoldfastError | undefined
      try {
        createRuntime({ path: 'x', tasks: [defineTask({ kind: 'm', machine })] })
      } catch (thrown) {
        error = thrown as HoldfastError
      }
      expect([error?.name, error?.code]).toEqual(['HoldfastError', 'ERR_INVALID_MACHINE'])
      expect(error?.message).toContain("task 'm': ")
      expect(error?.message).toContain(path)
      expect(error?.hint).toContain(hint ?? '')
      expect(error?.hint.length).toBeGreaterThan(5)
    })
  }
})

/** Legal, but strange: said in the log at the start. */
const strange: [what: string, machine: AnyStateMachine, warnings: string[]][] = [
  ['a state that nothing leads to', of({ states: { a: { on: { go: 'z' } }, b: {}, z: { type: 'final' } } }), ['states.b cannot be reached']],
  ['a state within one that nothing leads to is not told again', of({ states: { a: { on: { go: 'z' } }, b: { states: { c: { on: { go: 'd' } }, d: {} } }, z: { type: 'final' } } }), ['states.b cannot be reached']],
  ['a state that only an unreachable one leads to', of({ states: { a: { on: { go: 'z' } }, b: { on: { go: 'c' } }, c: { on: { go: 'z' } }, z: { type: 'final' } } }), ['states.b cannot be reached', 'states.c cannot be reached']],
  ['a dead end', of({ states: { a: { on: { go: 'z', no: 'b' } }, b: {}, z: { type: 'final' } } }), ['states.b is a dead end: from there the machine can never end']],
  ['a circle without a way out', of({ states: { a: { on: { go: 'z', no: 'b' } }, b: { on: { on: 'c' } }, c: { on: { back: 'b' } }, z: { type: 'final' } } }), ['states.b is a dead end: from there the machine can never end', 'states.c is a dead end: from there the machine can never end']],
  ['no final state', of({ states: { a: { on: { go: 'b' } }, b: { on: { back: 'a' } } } }), ['it can never end: no final state of the machine can be reached']],
  ['a final state that nothing leads to', of({ states: { a: {}, z: { type: 'final' } } }), ['states.z cannot be reached', 'it can never end: no final state of the machine can be reached']],
  ['no states at all', of({ on: { go: { actions: () => {} } } }), ['it can never end: no final state of the machine can be reached']],
  ['a nested final state that nobody waits for', of({ states: { a: { states: { x: { on: { go: 'y' } }, y: { type: 'final' } } } } }), ['it can never end: no final state of the machine can be reached']],
] // biome-ignore format: a table

/** Each of these can be reached and can end. */
const sound: [what: string, machine: AnyStateMachine][] = [
  ['a nested final state with an onDone', of({ states: { a: { onDone: 'z', states: { x: { on: { go: 'y' } }, y: { type: 'final' } } }, z: { type: 'final' } } })],
  ['a way out of the state above', of({ states: { a: { on: { out: 'z' }, states: { x: {} } }, z: { type: 'final' } } })],
  ['a way out of the machine', of({ on: { out: '.z' }, states: { a: {}, z: { type: 'final' } } })],
  ['regions that end', of({ type: 'parallel', states: { a: { initial: 'x', states: { x: { type: 'final' } } }, b: { initial: 'x', states: { x: { after: { 5: 'y' } }, y: { type: 'final' } } } } })],
  ['a history state', of({ states: { a: { on: { off: 'p' }, states: { x: { on: { go: 'y' } }, y: { on: { end: '#z' } }, h: { type: 'history' } } }, p: { on: { on: 'a.h' } }, z: { id: 'z', type: 'final' } } })],
  ['an end by an invoke', of({ states: { a: { invoke: { src: 'w', onDone: 'z', onError: 'z' } }, z: { type: 'final' } } }, { actors: { w: work } })],
  ['an end by an after or an always', of({ states: { a: { after: { 5: 'b' } }, b: { always: { guard: () => true, target: 'z' } }, z: { type: 'final' } } })],
] // biome-ignore format: a table

const silent = { debug: () => {}, info: () => {}, error: () => {} }

describe('warned of when the runtime starts', () => {
  for (const [what, machine, warnings] of strange) {
    test(what, async () => {
      const said: string[] = []
      const log = { ...silent, warn: (line: string) => void said.push(line) }
      await boot({ tasks: [defineTask({ kind: 'm', machine })], log })
      expect(said).toEqual(warnings.map((warning) => `task 'm': ${warning}`))
    })
  }
  for (const [what, machine] of sound) {
    test(`not: ${what}`, async () => {
      const said: string[] = []
      const log = { ...silent, warn: (line: string) => void said.push(line) }
      await boot({ tasks: [defineTask({ kind: 'm', machine })], log })
      expect(said).toEqual([])
    })
  }
})

describe('a route of a kind that is not in `routes`', () => {
  const run = () => null
  const remote = { kind: 'far', route: 'cameras', remote: true } as const
  async function warned(definition: { kind: string; route?: string }, routes?: Record<string, RouteOptions>) {
    const said: string[] = []
    const log = { ...silent, warn: (line: string) => void said.push(line) }
    const played = 'remote' in definition ? definition : { ...definition, run }
    await boot({ tasks: [defineTask(played as never)], log, ...(routes ? { routes } : {}) })
    return said
  }

  test('is told at the start, with what it loses and the one that was meant', async () => {
    const routes = { network: { concurrency: 2 } }
    expect(await warned({ kind: 'b', route: 'netwrok' }, routes)).toEqual([
      "task 'b': its route 'netwrok' is not in `routes`: it runs 10 at once there. Did you mean 'network'?",
    ])
    expect(await warned({ kind: 'b', route: 'camera' }, routes)).toEqual([
      "task 'b': its route 'camera' is not in `routes`: it runs 10 at once there.",
    ])
    expect(await warned(remote, routes)).toEqual(["task 'far': its route 'cameras' is not in `routes`."])
  })

  test('is what it is where no routes are given; the default one is always there', async () => {
    expect(await warned({ kind: 'b', route: 'netwrok' })).toEqual([])
    expect(await warned({ kind: 'b', route: 'netwrok' }, {})).toEqual([])
    expect(await warned({ kind: 'b' }, { network: {} })).toEqual([])
    expect(await warned({ kind: 'b', route: 'network' }, { network: {} })).toEqual([])
  })

  test('that of a machine in JSON, too', async () => {
    const said: string[] = []
    const log = { ...silent, warn: (line: string) => void said.push(line) }
    const machine = { initial: 'z', states: { z: { type: 'final' } } }
    const tasks = [loadMachine({ kind: 'j', route: 'netwrok', machine })]
    await boot({ tasks, log, routes: { network: {} } })
    expect(said).toEqual([expect.stringMatching(/^task 'j': its route 'netwrok' .* Did you mean 'network'\?$/)])
  })
})

test('what is legal in XState and can be durable is taken', () => {
  const child = setup({}).createMachine({ initial: 'a', states: { a: { type: 'final' } } })
  const actors = {
    work,
    child,
    callback: fromCallback(() => undefined),
    reducer: fromTransition((n: number) => n + 1, 0),
  }
  const machine = setup({
    types: { context: {} as { n: number } },
    actors,
    actions: { shout: () => undefined },
    guards: { fine: () => true },
    delays: { long: 10 },
  }).createMachine({
    context: { n: 0 },
    entry: [
      'shout',
      () => undefined,
      assign({ n: 1 }),
      raise({ type: 'x' }, { delay: 'long' }),
      raise({ type: 'y' }, { delay: 5 }),
    ],
    invoke: [{ src: 'work', input: () => undefined }, { src: 'child' }],
    initial: 'a',
    states: {
      a: {
        entry: enqueueActions(({ enqueue }) => enqueue('shout')),
        on: { go: { guard: and(['fine', not('fine'), () => true]), target: 'b' } },
        after: { long: 'b', 10: 'b' },
        always: { guard: ({ context }) => context.n > 5, target: 'b' },
      },
      b: { exit: spawnChild('callback') },
    },
  })
  expect(createRuntime({ path: 'x', tasks: [defineTask({ kind: 'm', machine })] })).toBeDefined()
})

/** What no look at a config can find is found by the first step. */
const atRunTime: [what: string, machine: AnyStateMachine, code: string][] = [
  ['spawns inline in an assign', of({ context: {}, entry: assign({ ref: ({ spawn }: { spawn: (logic: unknown) => unknown }) => spawn(work) } as never) }), 'ERR_INVALID_MACHINE'],
  ['enqueues an inline spawnChild', of({ entry: enqueueActions(({ enqueue }) => enqueue.spawnChild(work)) }), 'ERR_INVALID_MACHINE'],
  ['keeps a Date in its context', of({ context: { at: new Date() } }), 'ERR_NOT_JSON'],
  ['keeps a function in its context', of({ context: () => ({ f: () => 1 }) }), 'ERR_NOT_JSON'],
  ['keeps a BigInt in its context', of({ context: { n: 1n } }), 'ERR_NOT_JSON'],
  ['keeps NaN in its context', of({ context: { n: Number.NaN } }), 'ERR_NOT_JSON'],
  ['keeps a class instance in its context', of({ context: () => ({ u: new URL('http://x') }) }), 'ERR_NOT_JSON'],
  ['keeps a cycle in its context', of({ context: () => { const c: Record<string, unknown> = {}; c.c = c; return c } }), 'ERR_NOT_JSON'],
  ['has an output that is not JSON', of({ initial: 'a', states: { a: { type: 'final' } }, output: () => new Map() }), 'ERR_NOT_JSON'],
] // biome-ignore format: a table

describe('a task fails whose machine', () => {
  for (const [what, machine, code] of atRunTime) {
    test(what, async () => {
      const runtime = await boot({ tasks: [defineTask({ kind: 'm', machine })] })
      const task = await runtime.enqueue('m')
      expect(await refusal(task.finished())).toMatchObject({ code: 'ERR_TASK_FAILED', error: { code } })
    })
  }
})
