/** The page of statecharts says what the machines say. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type AnyStateMachine, createMachine } from 'xstate'
import * as machines from '../../machines/index.js'

interface Drawing {
  readonly PAGE: string
  diagram(machine: AnyStateMachine): string
  page(): Promise<string>
  readonly PICTURE: string
  picture(): Promise<string>
}

const drawing = (await import(new URL('./diagrams.mjs', import.meta.url).href)) as Drawing
const all = Object.values(machines).filter((each) => typeof each === 'object' && 'root' in each) as AnyStateMachine[]

test('docs/reference/machines.md is what the built machines say', async () => {
  expect(readFileSync(drawing.PAGE, 'utf8'), 'run: npm run docs:machines').toBe(await drawing.page())
})

test('docs/images/gate.svg is what the built machine says', async () => {
  expect(readFileSync(drawing.PICTURE, 'utf8'), 'run: npm run docs:machines').toBe(await drawing.picture())
})

test('the built machines are the ones in the sources', async () => {
  const page = await drawing.page()
  for (const machine of all) expect(page).toContain(drawing.diagram(machine))
})

describe('a diagram', () => {
  test('has every state and every port of its machine', () => {
    for (const machine of all) {
      const text = drawing.diagram(machine)
      for (const key of Object.keys(machine.root.states)) expect(text).toContain(`state "${key}" as ${key}`)
    }
  })

  test('shows nested states, guards, delays, entry ports, and names that Mermaid would stumble over', () => {
    const machine = createMachine({
      id: 'lamp',
      initial: 'is.off',
      states: {
        'is.off': { on: { 'switch:on': { guard: 'powered', target: 'on', actions: ['click'] } } },
        on: {
          entry: 'light',
          initial: 'dim',
          after: { 5000: 'broken' },
          on: { 'switch:off': 'is\\.off', look: { actions: 'blink' } },
          states: { dim: { always: { guard: 'dark', target: 'bright' } }, bright: {} },
        },
        broken: { type: 'final' },
      },
    })
    expect(
      drawing
        .diagram(machine)
        .split('\n')
        .map((line) => line.trim()),
    ).toEqual([
      'stateDiagram-v2',
      'state "is.off" as is_off',
      'state "on" as on {',
      'state "dim" as on__dim',
      'state "bright" as on__bright',
      '[*] --> on__dim',
      '}',
      'note right of on',
      'entry / light',
      'look / blink',
      'end note',
      'state "broken" as broken',
      '[*] --> is_off',
      'is_off --> on : switch on [powered] / click',
      'on --> is_off : switch off',
      'on --> broken : after 5s',
      'on__dim --> on__bright : always [dark]',
      'broken --> [*]',
    ])
  })
})
