/** What can be said of the input of an actor while some of it is worked out only when the task runs. */
import { expect, test } from 'vitest'
import { checkInput } from '../../../src/configs/actor-input.js'
import { Findings } from '../../../src/configs/finding.js'
import { standardActors } from '../../../src/standard/index.js'

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

const inputs = Object.fromEntries(Object.entries(standardActors({})).map(([name, { input }]) => [name, input]))

function saidOf(src: string, input: object): string[] {
  const findings = new Findings()
  checkInput(src, inputs[src] as never, input, ['a'], findings)
  return findings.all.map(({ at, message }) => `${at.join('.')} ${message}`)
}

test.for([
  ['http.request', { url: 'ftp://nas/photo' }, 'url is no address of http or https without user and password'],
  ['http.request', { url: 'the station' }, 'url is no address of http or https without user and password'],
  ['http.request', { url: 'https://me:word@nas/' }, 'url is no address of http or https without user and password'],
  [
    'http.request',
    { url: 'http://nas/', timeout: '3 fortnights' },
    'timeout is no duration: milliseconds, or text such as',
  ],
  ['process.exec', { command: 'true', timeout: '101 years' }, 'timeout is no duration: milliseconds, or text such as'],
  ['process.exec', { command: 'true', timeout: -1 }, 'timeout must be >= 0'],
  ['sleep', { for: '' }, 'for is no duration: milliseconds, or text such as'],
  ['device.pulse', { device: 'lamp', for: 'long' }, 'for is no duration: milliseconds, or text such as'],
] as const)('%s refuses %j before it runs', ([src, input, message]) => {
  const [name, ...rest] = message.split(' ')
  expect(saidOf(src, input)).toEqual([
    expect.stringContaining(`a.input.${name} does not fit the actor '${src}': ${rest.join(' ')}`),
  ])
})

test('what is right, and what is worked out later, is let by', () => {
  const url = 'HTTP://nas:8080/x?y=%20#z'
  for (const timeout of ['1.5h', '10 Minutes', 0, 250, { $: 'context.timeout' }])
    expect(saidOf('http.request', { url, timeout })).toEqual([])
  expect(saidOf('http.request', { url: { $: 'context.url' } })).toEqual([])
})
