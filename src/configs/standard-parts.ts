/** The actions and guards that every machine in JSON has. The tables are the source of docs/reference/machines-in-json.md. */
import { assign, emit, log } from 'xstate'
import { Budget } from './budget.js'
import { patternOf } from './functions.js'
import { compared, equal, kindOf } from './values.js'

interface Part {
  readonly says: string
  readonly example: object
}

export const STANDARD_ACTIONS: Readonly<Record<string, Part>> = {
  assign: {
    says: 'sets members of the context',
    example: { type: 'assign', params: { count: { $: 'context.count + 1' } } },
  },
  emit: {
    says: 'an event for whoever watches, kept with its step',
    example: { type: 'emit', params: { type: 'picture', file: { $: 'event.output.file' } } },
  },
  log: {
    says: 'a line on the standard output, after the commit',
    example: { type: 'log', params: { message: { $: "'seen ' + context.count" } } },
  },
  raise: {
    says: 'an event to this machine; with `delay` after a while, kept over a restart',
    example: { type: 'raise', params: { event: { type: 'late' }, delay: '10m', id: 'late' } },
  },
  sendTo: {
    says: 'an event to an actor that is invoked, by the `id` of its invoke',
    example: { type: 'sendTo', params: { to: 'camera', event: { type: 'shoot' } } },
  },
  cancel: {
    says: 'takes back what a raise or sendTo with that `id` has delayed',
    example: { type: 'cancel', params: { id: 'late' } },
  },
}

const pair = (type: string): object => ({ type, params: { left: { $: 'context.count' }, right: 3 } })

export const STANDARD_GUARDS: Readonly<Record<string, Part>> = {
  and: { says: 'all of them hold', example: { type: 'and', guards: ['a', { $: 'context.count > 3' }] } },
  or: { says: 'one of them holds', example: { type: 'or', guards: ['a', 'b'] } },
  not: { says: 'it does not hold', example: { type: 'not', guard: { $: 'context.done' } } },
  eq: { says: 'both are the same, as JSON', example: pair('eq') },
  ne: { says: 'they are not the same', example: pair('ne') },
  lt: { says: 'left is less; numbers, or text', example: pair('lt') },
  le: { says: 'left is less, or the same', example: pair('le') },
  gt: { says: 'left is greater', example: pair('gt') },
  ge: { says: 'left is greater, or the same', example: pair('ge') },
  in: {
    says: 'the value is one of the list',
    example: { type: 'in', params: { value: { $: 'event.output.status' }, list: [200, 204] } },
  },
  exists: {
    says: 'the value is not null',
    example: { type: 'exists', params: { value: { $: 'event.output?.file' } } },
  },
  matches: {
    says: 'the pattern (RE2) is found in the text',
    example: { type: 'matches', params: { value: { $: 'event.file' }, pattern: '\\.jpe?g$' } },
  },
}

type Params = Readonly<Record<string, unknown>>
type Guard = (args: unknown, params: Params) => boolean

const ordered =
  (holds: (order: number) => boolean): Guard =>
  (_, { left, right }) =>
    holds(compared(left, right))

/** What the guards do with their params; and, or and not are XState's own. */
export const guards: Readonly<Record<string, Guard>> = {
  eq: (_, { left, right }) => equal(left, right, new Budget()),
  ne: (_, { left, right }) => !equal(left, right, new Budget()),
  lt: ordered((order) => order < 0),
  le: ordered((order) => order <= 0),
  gt: ordered((order) => order > 0),
  ge: ordered((order) => order >= 0),
  in: (_, { value, list }) => {
    if (!Array.isArray(list)) throw new Error(`list has to be a list, not ${kindOf(list)}`)
    const budget = new Budget()
    return list.some((each) => equal(each, value, budget))
  },
  exists: (_, { value }) => (value ?? null) !== null,
  matches: (_, { value, pattern }) => {
    if (typeof value !== 'string') throw new Error(`value has to be text, not ${kindOf(value)}`)
    new Budget().step(value.length)
    return patternOf(pattern as string)
      .matcher(value)
      .find()
  },
}

/** Actions that work on their params; raise, sendTo and cancel are made for each place. */
export const actions: Readonly<Record<string, unknown>> = {
  assign: assign((_, params) => params as never),
  emit: emit((_, params) => params as never),
  log: log((_, params) => (params as unknown as { message: unknown }).message),
}
