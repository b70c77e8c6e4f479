/** The form of the file: the one source of the JSON Schema and of what is checked of a file's shape. */
import { data, dataMap, eventShape, expressionOnly } from './data-shape.js'
import { STEPS } from './migration.js'
import {
  anyObject,
  byType,
  defined,
  definedSchemas,
  either,
  flag,
  jsonSchema,
  listOf,
  mapOf,
  number,
  oneOf,
  record,
  type Shape,
  several,
  text,
} from './shape.js'
import { STATE_PATH } from './state-paths.js'

const LONGEST_MS = 100 * 365 * 86_400_000
const name = text('a name of 1 to 128 characters', 128, '^[A-Za-z0-9][A-Za-z0-9._:@/+-]*$')
const milliseconds = number('milliseconds', 0, LONGEST_MS, false)
const duration = either("a duration: milliseconds, or text such as '10m'", milliseconds, text('text', 99))
/** In a machine a duration may be an expression, and text the name of one. */
const delay = either(
  'a duration, the name of a delay, or an expression',
  milliseconds,
  text('text', 200),
  expressionOnly,
)

const retry = record('an object', {
  attempts: number('a whole number of 1 or more', 1, 1_000_000),
  delay: duration,
  backoff: oneOf('exponential', 'linear', 'constant'),
  maxDelay: duration,
  jitter: number('a number from 0 to 1', 0, 1, false),
})
const rateLimit = record(
  'an object',
  { limit: number('1 to 1,000,000', 1, 1_000_000), per: duration, burst: number('1 to 1,000,000', 1, 1_000_000) },
  ['limit', 'per'],
)
const concurrency = either(
  'a number, or { limit, by }',
  number('1 to 10,000', 1, 10_000),
  record('an object', { limit: number('1 to 10,000', 1, 10_000), by: expressionOnly }),
)

const named = text('a name', 200)
const description = text('text')

const typed = (params: Shape) => record('an object', { type: named, params }, ['type', 'params'])

const guard: Shape = defined('guard', () =>
  either('the name of a guard, an expression, or { type, params }', named, expressionOnly, guardObject),
)
const guards = record(
  'an object',
  { type: named, guards: listOf(guard, 'a list of one guard or more', { least: 1 }) },
  ['type', 'guards'],
)
const compares = typed(record('an object', { left: data, right: data }, ['left', 'right']))
const guardObject: Shape = byType(
  'an object',
  {
    and: guards,
    or: guards,
    not: record('an object', { type: named, guard }, ['type', 'guard']),
    eq: compares,
    ne: compares,
    lt: compares,
    le: compares,
    gt: compares,
    ge: compares,
    in: typed(record('an object', { value: data, list: data }, ['value', 'list'])),
    exists: typed(record('an object', { value: data }, ['value'])),
    matches: typed(record('an object', { value: data, pattern: text('a pattern', 1_000) }, ['value', 'pattern'])),
  },
  record('an object', { type: named, params: data }, ['type']),
)

/** An event as data: its type is written out. */
const event = eventShape('an event: an object of data with a type')
const later = { delay, id: text('an id', 200) } as const
const actionObject: Shape = byType(
  'an object',
  {
    assign: typed(dataMap),
    emit: typed(event),
    log: typed(record('an object', { message: data, label: text('text', 200) }, ['message'])),
    raise: typed(record('an object', { event, ...later }, ['event'])),
    sendTo: typed(record('an object', { to: text('the id of an invoke', 200), event, ...later }, ['to', 'event'])),
    cancel: typed(record('an object', { id: text('the id of a raise or sendTo', 200) }, ['id'])),
  },
  record('an object', { type: named, params: data }, ['type']),
)
const actions = several(either('the name of an action, or { type, params }', named, actionObject))

const target = text('the name of a state', 1_000)
const transitionObject: Shape = defined('transition', () =>
  record('an object', {
    target: [several(target), "A state beside this one, '.child', or '#id.child'."],
    guard: [guard, 'It is taken when this holds.'],
    actions: [actions, 'What is done on the way.'],
    reenter: [flag, 'True leaves and enters the state anew, though the target is within it.'],
    description,
    meta: anyObject,
  }),
)
const transition = either(
  'a state, a transition, or a list of transitions',
  target,
  transitionObject,
  listOf(transitionObject, 'a list of transitions'),
)
const transitions = (what: string, names?: string) => mapOf(transition, what, names)

const invoke: Shape = defined('invoke', () =>
  record(
    'an object with `src`, the name of an actor',
    {
      src: [text('the name of an actor', 200), 'An actor of the standard set, or of your own.'],
      id: text('an id', 200),
      systemId: text('an id', 200),
      input: [data, 'What the actor gets.'],
      onDone: [transition, 'event.output is what it gave.'],
      onError: [transition, 'event.error.message says what went wrong.'],
      onSnapshot: transition,
    },
    ['src'],
  ),
)

const KEY = '^[^.#]{1,200}$'
const inState = {
  id: text("an id without '.' and '#'", 200, KEY),
  type: oneOf('atomic', 'compound', 'parallel', 'final', 'history'),
  initial: either(
    'the name of a state, or { target, actions }',
    text('the name of a state', 200),
    record('an object', { target: text('the name of a state', 200), actions, description }, ['target']),
  ),
  history: oneOf('shallow', 'deep'),
  target: [text('the name of a state', 1_000), 'Of a history: where it leads the first time.'],
  states: mapOf(
    defined('state', () => state),
    'an object of states',
    KEY,
  ),
  on: [
    transitions('an object: events, and what they lead to', '^.{1,200}$'),
    'By the type of the event; `*` is any other.',
  ],
  after: [
    transitions('an object: delays, and what they lead to', '^.{1,200}$'),
    "By milliseconds, text such as '10m', or the name of a delay or a setting.",
  ],
  always: [transition, 'Taken at once, when their guard holds.'],
  onDone: [transition, 'When the states within have come to their end.'],
  entry: [actions, 'When it is entered.'],
  exit: [actions, 'When it is left.'],
  invoke: [several(invoke), 'Actors that run while it is entered.'],
  output: [data, 'Of a final state: what it gives.'],
  tags: several(text('text', 200)),
  meta: anyObject,
  description,
} as const satisfies Parameters<typeof record>[1]
const state: Shape = record('an object', inState)

const { history: _, target: __, ...inMachine } = inState
const machine = record('an XState machine', {
  ...inMachine,
  context: [data, 'What it begins with: data, with expressions over input and settings.'],
  output: [data, 'The result of the task.'],
})

const statePath = text("a state by its path, as 'work.first'", 2_000, STATE_PATH)
const step = record('an object', {
  rename: [mapOf(statePath, 'an object of states', STATE_PATH), STEPS.rename.says],
  assign: [dataMap, STEPS.assign.says],
  drop: [listOf(text('the name of a member', 200), 'a list of names'), STEPS.drop.says],
  stop: [listOf(text('the id of an actor', 200), 'a list of ids'), STEPS.stop.says],
})

/** The form of a file, as a JSON Schema and as a check. */
export const form = record(
  'an object with `kind` and `machine`',
  {
    $schema: text('text', 2_000),
    kind: [name, 'The name of the kind: what tasks are enqueued as.'],
    description,
    version: [
      number('a whole number of 1 or more', 1, 1_000_000),
      'Raise it when what is stored does not fit any more. An earlier one may stay in a file beside this one.',
    ],
    migrate: [
      mapOf(step, 'an object of steps', '^[1-9][0-9]{0,6}$'),
      'By the version that a step leads away from, to the next one.',
    ],
    aliases: listOf(name, 'a list of up to 100 names', { most: 100 }),
    route: name,
    priority: number('a whole number from 0 to 9', 0, 9),
    retry,
    timeout: [duration, 'Longest time of one attempt.'],
    heartbeat: [duration, 'Longest silence of what it invokes.'],
    delivery: oneOf('at-least-once', 'at-most-once'),
    durability: oneOf('commit', 'lazy'),
    gates: listOf(name, 'a list of up to 100 names of gates', { most: 100 }),
    onGateClose: oneOf('interrupt', 'continue'),
    concurrency,
    rateLimit,
    api: [flag, 'False hides it from the HTTP API.'],
    input: [jsonSchema, 'A JSON Schema that inputs have to fit.'],
    settings: record('an object', {
      schema: [jsonSchema, 'A JSON Schema that settings have to fit.'],
      defaults: [anyObject, 'What holds where nothing was set.'],
    }),
    delays: [mapOf(delay, 'an object of delays', '^[^0-9].{0,199}$'), 'Durations by name, for `after` and `delay`.'],
    machine: [machine, 'The statechart, as XState 5 has it.'],
  },
  ['kind', 'machine'],
)

/** The JSON Schema of a file, draft 2020-12. */
export function machineSchema(): object {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'A task of holdfast in JSON',
    ...form.schema,
    $defs: definedSchemas(),
  }
}
