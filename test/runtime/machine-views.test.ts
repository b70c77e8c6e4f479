/** The definitions of machines, as they are shown: complete, JSON, and without a line of source. */
import { describe, expect, test } from 'vitest'
import { and, assign, fromPromise, not, raise, sendTo, setup } from 'xstate'
import { defineTask } from '../../src/index.js'
import { definitionOf } from '../../src/runtime/machine-view.js'
import { boot, refusal } from './lab.js'

const machine = setup({
  actors: { fetch: fromPromise(async () => 1) },
  actions: { note: () => undefined, mark: (_, _params: { at: string }) => undefined },
  guards: { ready: () => true, many: (_, params: { of: number }) => params.of > 1 },
  delays: { soon: 100 },
}).createMachine({
  context: { secret: 4711 },
  initial: 'idle',
  states: {
    idle: {
      description: 'waits',
      tags: ['calm'],
      meta: { colour: 'blue', draw: function drawn() {} },
      entry: ['note', assign({ secret: 4712 }), { type: 'mark', params: { at: 'door' } }, () => 'SOURCE'],
      exit: raise({ type: 'LEFT' }),
      after: { soon: 'busy', 5000: { target: 'busy', guard: 'ready' } },
      on: {
        GO: [{ target: 'busy', guard: and(['ready', not({ type: 'many', params: { of: 2 } })]) }],
        STAY: { actions: [sendTo('other', { type: 'SOURCE' }), () => 'SOURCE'] },
        ODD: { target: '.', guard: ({ context }) => context.secret !== 0, reenter: true },
      },
    },
    busy: {
      invoke: { src: 'fetch', id: 'it', onDone: 'over', onError: { target: 'idle', actions: 'note' } },
      type: 'parallel',
      states: { left: { initial: 'a', states: { a: {}, back: { type: 'history', history: 'deep' } } }, right: {} },
      always: { target: 'over', guard: 'ready' },
    },
    over: { type: 'final', output: () => 'SOURCE' },
  },
  output: { of: () => 'SOURCE' },
})

describe('a definition', () => {
  const { states, ...root } = definitionOf(machine)
  const { idle, busy, over } = states

  test('is JSON as it stands, without the context and without a line of source', () => {
    const text = JSON.stringify({ ...root, states })
    expect(JSON.parse(text)).toEqual({ ...root, states })
    expect(text).not.toMatch(/SOURCE|4711|4712|=>/)
    expect(root).toMatchObject({ type: 'compound', initial: { target: ['#(machine).idle'] }, output: { of: 'of' } })
  })

  test('has the actions by their names, with what was written beside them, and nothing that XState added', () => {
    expect(idle).toMatchObject({ description: 'waits', tags: ['calm'], meta: { colour: 'blue', draw: 'drawn' } })
    expect(idle?.entry).toEqual([
      { type: 'note' },
      { type: 'xstate.assign' },
      { type: 'mark', params: { at: 'door' } },
      { type: '(inline)' },
    ])
    expect(idle?.exit).toEqual([{ type: 'xstate.raise', event: 'LEFT' }])
    expect(idle?.on.STAY?.[0]).toEqual({
      eventType: 'STAY',
      source: '#(machine).idle',
      actions: [{ type: 'xstate.sendTo' }, { type: '(inline)' }],
      reenter: false,
    })
  })

  test('has the guards, also those that are made of others', () => {
    expect(idle?.on.GO?.[0]?.guard).toEqual({
      type: 'and',
      guards: [{ type: 'ready' }, { type: 'not', guards: [{ type: 'many', params: { of: 2 } }] }],
    })
    expect(idle?.on.ODD?.[0]).toMatchObject({ guard: { type: '(inline)' }, reenter: true })
  })

  test('has what waits, what is taken at once, and what is invoked', () => {
    const delays = Object.values(idle?.on ?? {}).flatMap(([each]) => each?.delay ?? [])
    expect(delays.sort()).toEqual([5000, 'soon'])
    expect(busy?.always).toMatchObject([{ eventType: '', target: ['#(machine).over'], guard: { type: 'ready' } }])
    expect(busy?.invoke).toEqual([{ id: 'it', src: 'fetch' }])
    expect(busy?.on['xstate.error.actor.it']?.[0]?.actions).toEqual([{ type: 'note' }])
    expect(busy?.states.left?.states.back).toMatchObject({ type: 'history', history: 'deep' })
    expect(over).toMatchObject({ type: 'final', output: '(inline)' })
  })
})

test('a runtime shows the machines of its kinds, by old names too, and its own', async () => {
  const runtime = await boot({
    tasks: [
      defineTask({ kind: 'walk', version: 3, aliases: ['stroll'], machine }),
      defineTask({ kind: 'plain', run: () => 1 }),
    ],
  })
  const listed = await runtime.machines.list()
  expect(listed.filter(({ own }) => !own)).toEqual([{ id: 'walk', kind: 'walk', version: 3, own: false }])
  expect(await runtime.machines.get('stroll')).toMatchObject({ id: 'walk', definition: definitionOf(machine) })
  for (const { id } of listed) {
    const { definition } = await runtime.machines.get(id)
    expect(JSON.parse(JSON.stringify(definition)), id).toEqual(definition)
    expect(Object.keys(definition.states).length, id).toBeGreaterThan(0)
  }
  const { definition } = await runtime.machines.get('holdfast:task')
  expect(Object.keys(definition.states)).toEqual(
    expect.arrayContaining(['NONE', 'SPOOLED', 'QUEUED', 'RUNNING', 'FINISHED', 'FAILED', 'TERMINATED']),
  )
  for (const id of ['plain', 'nobody', 'holdfast:nobody', 5 as never]) {
    expect((await refusal(runtime.machines.get(id))).code).toBe('ERR_NOT_FOUND')
  }
})
