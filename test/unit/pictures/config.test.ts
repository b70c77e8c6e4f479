/** A machine written as a config is the same machine, as far as data can say it. */
import { expect, test } from 'vitest'
import { type AnyStateMachine, createMachine, fromPromise, setup } from 'xstate'
import * as machines from '../../../machines/index.js'
import { configOf, statelyOf } from '../../../src/pictures/config.js'
import { definitionOf } from '../../../src/runtime/machine-view.js'

const own = Object.values(machines).filter((each) => typeof each === 'object' && 'root' in each) as AnyStateMachine[]
const visit = setup({
  actors: { look: fromPromise(async () => 1) },
  actions: { ring: () => undefined },
  guards: { dark: () => true },
}).createMachine({
  id: 'visit',
  initial: 'inside',
  description: 'somebody is there',
  on: { RESET: '.inside' },
  states: {
    inside: {
      tags: ['lit'],
      entry: { type: 'ring' },
      invoke: { src: 'look', id: 'look', onDone: 'pair', onError: { guard: 'dark', target: 'gone' } },
      after: { 1000: 'gone', 5000: { actions: 'ring' } },
      on: { LEAVE: 'gone' },
    },
    pair: {
      type: 'parallel',
      onDone: 'gone',
      states: {
        one: {
          initial: 'a',
          states: { a: { always: { guard: 'dark', target: 'b' } }, b: { type: 'final' }, h: { type: 'history' } },
        },
        two: { id: 'other', initial: 'c', states: { c: { type: 'final' } } },
      },
    },
    gone: { type: 'final' },
  },
}) as unknown as AnyStateMachine

test.each([...own, visit].map((machine) => [machine.id, machine] as const))('%s comes back as it was', (_, machine) => {
  const definition = definitionOf(machine)
  const config = JSON.parse(JSON.stringify(configOf(definition)))
  expect(definitionOf(createMachine(config) as unknown as AnyStateMachine)).toEqual(definition)
})

test('for Stately it is code that makes it', () => {
  const code = statelyOf(definitionOf(visit))
  const [, config = ''] =
    /^import \{ createMachine \} from 'xstate'\n\nexport const machine = createMachine\(([\s\S]*)\)\n$/.exec(code) ?? []
  expect(JSON.parse(config)).toEqual(JSON.parse(JSON.stringify(configOf(definitionOf(visit)))))
})
