/** What can be said of the input of an actor while some of it is worked out only when the task runs. */
import { expect, test } from 'vitest'
import { checkInput } from '../../../src/configs/actor-input.js'
import { Findings } from '../../../src/configs/finding.js'

const properties = { door: { type: 'string' }, wide: { type: 'boolean' } }
const either = { type: 'object', properties, anyOf: [{ required: ['door'] }, { required: ['wide'] }] }

function said(schema: object | boolean, input: unknown): string[] {
  const findings = new Findings()
  checkInput('shoot', schema as never, input, ['a'], findings)
  return findings.all.map(({ message }) => message)
}

test('what holds for all of it together is asked only where all of it is written', () => {
  expect(said(either, { door: { $: 'event.door' } })).toEqual([])
  expect(said(either, { door: { $: 'event.door' }, wide: 'yes' })).toEqual([
    "does not fit the actor 'shoot': must be boolean",
  ])
  expect(said(either, {})).not.toEqual([])
})

test('an actor that takes nothing takes nothing', () => {
  expect(said(false, { door: 'a' })).not.toEqual([])
})
