/** Files that are wrong, each with all that is said of it: path, message, hint. */
import { expect, test } from 'vitest'
import { fromPromise } from 'xstate'
import { machineSchema } from '../../../src/configs/form.js'
import { lintMachine, loadMachine } from '../../../src/configs/index.js'
import { jsonSchema } from '../../../src/configs/json-schema.js'
import { refusal } from '../../runtime/lab.js'

const work = fromPromise(async () => 1)
const parts = {
  actors: {
    fetch: work,
    shoot: {
      logic: work,
      input: {
        type: 'object',
        properties: { door: { type: 'string' }, wide: { type: 'boolean' } },
        required: ['door'],
        additionalProperties: false,
      },
    },
  },
  actions: { beep: () => undefined },
  guards: { allowed: () => true },
  delays: { soon: 10 },
}

const m = (machine: object, header: object = {}) => ({ kind: 'k', ...header, machine })
const s = (states: object, more: object = {}) =>
  m({ initial: 'a', ...more, states: { b: { type: 'final' }, ...states } })
const on = (t: unknown) => s({ a: { on: { GO: t } } })

const cases: [what: string, file: object, said: string[]][] = [
  ['no kind', { machine: { initial: 'a', states: { a: { type: 'final' } } } }, ["has no 'kind'"]],
  ['no machine', { kind: 'k' }, ["has no 'machine'"]],
  ['a list', [], ['has to be an object with `kind` and `machine`, not a list']],
  ['a misspelt key of the file', m({}, { verison: 2 }), ["verison is no key here | Did you mean 'version'?"]],
  ['a kind that is no name', { kind: 'a b', machine: {} }, ['kind has to be a name of 1 to 128 characters, not "a b"']],
  ['a version of 0', m({}, { version: 0 }), ['version has to be a whole number of 1 or more, not 0']],
  ['a priority of 10', m({}, { priority: 10 }), ['priority has to be a whole number from 0 to 9, not 10']],
  ['a timeout that is none', m({}, { timeout: '10 minits' }), ["timeout is '10 minits', which is no duration | Milliseconds, or text such as '10m'."]],
  ['a retry delay that is none', m({}, { retry: { delay: 'soon' } }), ["retry.delay is 'soon', which is no duration | Milliseconds, or text such as '10m'."]],
  ['a misspelt key of retry', m({}, { retry: { atempts: 3 } }), ["retry.atempts is no key here | Did you mean 'attempts'?"]],
  ['a back-off that is none', m({}, { retry: { backoff: 'expo' } }), [`retry.backoff has to be 'exponential' or 'linear' or 'constant', not "expo"`]],
  ['a rate limit without per', m({}, { rateLimit: { limit: 3 } }), ["rateLimit has no 'per'"]],
  ['a delivery that is none', m({}, { delivery: 'once' }), [`delivery has to be 'at-least-once' or 'at-most-once', not "once"`]],
  ['another name before, and no id', m({}, { aliases: ['old'] }), ['machine.id is missing, and the kind had another name before | Stored tasks know their timers by it. Where it had none it was the kind\'s name: "id": "old".']],
  ['lazy and at most once', m({}, { durability: 'lazy', delivery: 'at-most-once' }), ["durability is not possible with delivery 'at-most-once' | Leave out one of the two."]],
  ['an input schema that is none', m({}, { input: { type: 'objct' } }), ['input is no JSON Schema: /type must be equal to one of the allowed values; /type must be array; /type must match a schema in anyOf']],
  ['an unknown keyword in an input schema', m({}, { input: { type: 'object', propertys: {} } }), ['input is no JSON Schema: strict mode: unknown keyword: "propertys"']],
  ['a settings schema that is none', m({}, { settings: { schema: { type: 'object', properties: { a: 5 } } } }), ['settings.schema is no JSON Schema: /properties/a must be object,boolean']],
  ['defaults that do not fit', m({}, { settings: { schema: { properties: { every: { type: 'number' } } }, defaults: { every: 'x' } } }), ['settings.defaults.every does not fit the schema: must be number']],
  ['a key of settings', m({}, { settings: { default: {} } }), ["settings.default is no key here | Did you mean 'defaults'?"]],
  ['a delay that is none', m({}, { delays: { long: '10 fortnights' } }), ["delays.long is '10 fortnights', which is no duration | Milliseconds, or text such as '10m'."]],
  ['a delay of the name of another from code', m({}, { delays: { soon: 5 } }), ['delays.soon is the name of a delay from code, too']],
  ['a key of concurrency that is code', m({}, { concurrency: { by: 'input.camera' } }), ['concurrency.by has to be an expression, not "input.camera"']],
  ['a concurrency key that reads the context', m({}, { concurrency: { by: { $: 'context.camera' } } }), ["concurrency.by.$ reads 'context', which is not there yet | Here it can read: input."]],
  ['a machine that is text', { kind: 'k', machine: 'machine.json' }, ['machine has to be an XState machine, not "machine.json"']],
  ['a misspelt key of the machine', m({ contxt: {}, initial: 'a', states: { a: { type: 'final' } } }), ["machine.contxt is no key here | Did you mean 'context'?"]],
  ['a misspelt key of a state', s({ a: { entyr: 'beep', on: { GO: 'b' } } }), ["machine.states.a.entyr is no key here | Did you mean 'entry'?"]],
  ['the guard of XState 4', on({ target: 'b', cond: 'allowed' }), ["machine.states.a.on.GO.cond is no key here | Did you mean 'guard'?"]],
  ['a misspelt guard key', on({ target: 'b', gaurd: 'allowed' }), ["machine.states.a.on.GO.gaurd is no key here | Did you mean 'guard'?"]],
  ['a misspelt type', s({ a: { type: 'finall' } }), [`machine.states.a.type has to be 'atomic' or 'compound' or 'parallel' or 'final' or 'history', not "finall"`]],
  ['a target that is not there', on('c'), ["machine.states.a.on.GO leads to 'c', which is no state | States there: b, a."]],
  ['a target that is nearly there', s({ a: { on: { GO: 'redy' } }, ready: { on: { GO: 'b' } } }), ["machine.states.a.on.GO leads to 'redy', which is no state | Did you mean 'ready'?"]],
  ['a target within a state', s({ a: { initial: 'x', states: { x: {}, y: {} }, on: { GO: '.z' } } }), ["machine.states.a.on.GO leads to '.z', which is no state | States there: .x, .y."]],
  ['a target deep down', s({ a: { on: { GO: 'c.x.z' } }, c: { initial: 'x', states: { x: { initial: 'y', states: { y: {} } } } } }), ["machine.states.a.on.GO leads to 'c.x.z', which is no state | States there: c.x.y."]],
  ['a target by an unknown id', on('#dne'), ["machine.states.a.on.GO leads to the unknown id '#dne' | Ids: #k."]],
  ['a target below an id', s({ a: { on: { GO: '#there.z' } }, c: { id: 'there', initial: 'y', states: { y: {} } } }), ["machine.states.a.on.GO leads to '#there.z', which is no state | States there: #there.y."]],
  ['a target of the machine without its dot', s({ a: {} }, { on: { GO: 'b' } }), ["machine.on.GO is 'b', and beside the machine itself there is no state | Did you mean '.b'?"]],
  ['the second of two targets', on({ target: ['b', 'c'] }), ["machine.states.a.on.GO.target[1] leads to 'c', which is no state | States there: b, a."]],
  ['an initial state that is not there', s({ a: { on: { GO: 'b' } } }, { initial: 'start' }), ["machine.initial leads to 'start', which is no state | States there: b, a."]],
  ['no initial state', m({ states: { a: { type: 'final' } } }), [`machine has states and no 'initial' among them | "initial": "a" begins with the first.`]],
  ['an initial in a state without states', s({ a: { initial: 'x' } }), ['machine.states.a.initial stands in a state without states']],
  ['an initial in a parallel state', s({ a: { type: 'parallel', initial: 'x', states: { x: {}, y: {} } } }), ['machine.states.a.initial stands in a parallel state, which begins in all of its states']],
  ['a parallel state without states', s({ a: { type: 'parallel' } }), ['machine.states.a is parallel and has no states']],
  ['a final state that goes on', s({ a: { type: 'final', on: { GO: 'b' } } }), ['machine.states.a.on stands in a final state, which nothing leaves']],
  ['a final state with states', s({ a: { type: 'final', states: { x: {} } } }), ['machine.states.a.states stand in a final state, which has none']],
  ['a history that is none', s({ a: { history: 'deep' } }), ["machine.states.a.history stands in a state whose type is not 'history'"]],
  ['a history that leads nowhere', s({ a: { initial: 'x', states: { x: {}, h: { type: 'history', target: 'y' } } } }), ["machine.states.a.states.h.target leads to 'y', which is no state | States there: x, h."]],
  ['a history that leads to itself', s({ a: { initial: 'x', states: { x: {}, h: { type: 'history', target: 'h' } } } }), ["machine.states.a.states.h.target leads to 'h', which is a history itself"]],
  ['the machine as history', m({ type: 'history' }), ['machine.type of the machine itself cannot be history']],
  ['an id twice', s({ a: { id: 'x' }, c: { id: 'x' } }), ["machine.states.c.id is the id 'x' of another state, too"]],
  ['a state with a dot in its name', s({ a: {}, 'c.d': {} }), ['machine.states["c.d"] cannot be named so | Names here match ^[^.#]{1,200}$.']],
  ['an unknown action', s({ a: { entry: 'bep' } }), ["machine.states.a.entry is the unknown action 'bep' | Did you mean 'beep'?"]],
  ['an unknown action with params', s({ a: { exit: [{ type: 'shout', params: {} }] } }), ["machine.states.a.exit[0] is the unknown action 'shout' | Known: assign, emit, log, raise, sendTo, cancel, beep."]],
  ['an action without a type', s({ a: { entry: { params: {} } } }), ["machine.states.a.entry has no 'type'"]],
  ['an action that is a number', s({ a: { entry: 5 } }), ['machine.states.a.entry has to be the name of an action, or { type, params }, or a list of them, not 5']],
  ['assign without params', s({ a: { entry: 'assign' } }), ["machine.states.a.entry is 'assign' without params"]],
  ['assign of a list', s({ a: { entry: { type: 'assign', params: [1] } } }), ['machine.states.a.entry.params has to be an object of data, not a list']],
  ['emit without a type', s({ a: { entry: { type: 'emit', params: { file: 'x' } } } }), ['machine.states.a.entry.params has to be an event: an object of data with a type, not an object']],
  ['a misspelt key of log', s({ a: { entry: { type: 'log', params: { mesage: 'x' } } } }), ["machine.states.a.entry.params has no 'message'", "machine.states.a.entry.params.mesage is no key here | Did you mean 'message'?"]],
  ['raise with an unknown delay', s({ a: { entry: { type: 'raise', params: { event: { type: 'X' }, delay: 'lng' } } } }), ["machine.states.a.entry.params.delay is the unknown delay 'lng' | Milliseconds, text such as '10m', or one of: soon."]],
  ['sendTo to nobody', s({ a: { entry: { type: 'sendTo', params: { to: 'camera', event: { type: 'X' } } } } }), ["machine.states.a.entry.params.to is the unknown actor id 'camera' | Known: none."]],
  ['an unknown guard', on({ target: 'b', guard: 'alowed' }), ["machine.states.a.on.GO.guard is the unknown guard 'alowed' | Did you mean 'allowed'?"]],
  ['an unknown guard within and', on({ target: 'b', guard: { type: 'and', guards: ['allowed', { type: 'not', guard: 'gone' }] } }), ["machine.states.a.on.GO.guard.guards[1].guard is the unknown guard 'gone' | Known: and, or, not, eq, ne, lt, le, gt, ge, in, exists, matches, allowed."]],
  ['and without guards', on({ target: 'b', guard: { type: 'and', guards: [] } }), ['machine.states.a.on.GO.guard.guards has to be a list of one guard or more, not a list']],
  ['eq without right', on({ target: 'b', guard: { type: 'eq', params: { left: 1 } } }), ["machine.states.a.on.GO.guard.params has no 'right'"]],
  ['eq by its name alone', on({ target: 'b', guard: 'eq' }), ["machine.states.a.on.GO.guard is 'eq' without params"]],
  ['a pattern that is none', on({ target: 'b', guard: { type: 'matches', params: { value: 'a', pattern: '(a' } } }), ['machine.states.a.on.GO.guard.params.pattern is a pattern that cannot be read: error parsing regexp: missing closing ): `(a`']],
  ['a guard that is text with a condition', on({ target: 'b', guard: 'context.count > 3' }), [`machine.states.a.on.GO.guard is the unknown guard 'context.count > 3' | An expression is { "$": "context.count > 3" }.`]],
  ['an unknown actor', s({ a: { invoke: { src: 'fetsh', onDone: 'b' } } }), ["machine.states.a.invoke.src is the unknown actor 'fetsh' | Did you mean 'fetch'?"]],
  ['actor logic inline', s({ a: { invoke: { src: { initial: 'x', states: {} } } } }), ['machine.states.a.invoke.src has to be the name of an actor, not an object']],
  ['an invoke without src', s({ a: { invoke: { onDone: 'b' } } }), ["machine.states.a.invoke has no 'src'"]],
  ['a misspelt key of an invoke', s({ a: { invoke: { src: 'fetch', onDnoe: 'b' } } }), ["machine.states.a.invoke.onDnoe is no key here | Did you mean 'onDone'?"]],
  ['the second of two invokes', s({ a: { invoke: [{ src: 'fetch', onDone: 'b' }, { src: 'gone' }] } }), ["machine.states.a.invoke[1].src is the unknown actor 'gone' | Known: http.request, fs.read, fs.write, fs.append, fs.move, fs.remove, process.exec, device.read, device.write, device.pulse, sleep, waitForTask, enqueue, emit, log, fetch, shoot."]],
  ['an input without what the actor needs', s({ a: { invoke: { src: 'shoot', input: { wide: true }, onDone: 'b' } } }), ["machine.states.a.invoke.input does not fit the actor 'shoot': has no 'door'"]],
  ['an input of another type', s({ a: { invoke: { src: 'shoot', input: { door: 5 }, onDone: 'b' } } }), ["machine.states.a.invoke.input.door does not fit the actor 'shoot': must be string"]],
  ['an input with a misspelt key beside an expression', s({ a: { invoke: { src: 'shoot', input: { door: { $: 'event.door' }, wde: true }, onDone: 'b' } } }), ["machine.states.a.invoke.input.wde is nothing that the actor 'shoot' takes | Did you mean 'wide'?"]],
  ['an input with a misspelt key', s({ a: { invoke: { src: 'shoot', input: { door: 'a', wde: true }, onDone: 'b' } } }), ["machine.states.a.invoke.input.wde is nothing that the actor 'shoot' takes | Did you mean 'wide'?"]],
  ['an input of another type beside an expression', s({ a: { invoke: { src: 'shoot', input: { door: { $: 'event.door' }, wide: 'yes' }, onDone: 'b' } } }), ["machine.states.a.invoke.input.wide does not fit the actor 'shoot': must be boolean"]],
  ['no input where one is needed', s({ a: { invoke: { src: 'shoot', onDone: 'b' } } }), ["machine.states.a.invoke does not fit the actor 'shoot': has no 'door'"]],
  ['an unknown delay', s({ a: { after: { sonn: 'b' } } }), ["machine.states.a.after.sonn is the unknown delay 'sonn' | Did you mean 'soon'?"]],
  ['a delay that is far from all', s({ a: { after: { whenever: 'b' } } }), ["machine.states.a.after.whenever is the unknown delay 'whenever' | Milliseconds, text such as '10m', or one of: soon."]],
  ['a delay beside a setting that is one', m({ initial: 'a', states: { a: { after: { lit: 'b', whenever: 'b' } }, b: { type: 'final' } } }, { settings: { defaults: { lit: '5s' } } }), ["machine.states.a.after.whenever is the unknown delay 'whenever' | Milliseconds, text such as '10m', or one of: soon, lit."]],
  ['a setting that is no duration', m({ initial: 'a', states: { a: { after: { url: 'b' } }, b: { type: 'final' } } }, { settings: { defaults: { url: 'http://x' } } }), [`machine.states.a.after.url is the setting 'url', which is no duration | Its default is "http://x": milliseconds, or text such as '10m'.`]],
  ['an unknown name in an expression', s({ a: { entry: { type: 'log', params: { message: { $: 'contxt.a' } } } } }), ["machine.states.a.entry.params.message.$ has the unknown name 'contxt' | Did you mean 'context'?"]],
  ['a member of the context that nobody sets', s({ a: { entry: { type: 'log', params: { message: { $: 'context.cuont' } } } } }, { context: { count: 0 } }), ["machine.states.a.entry.params.message.$ reads 'context.cuont', which is not there | Did you mean 'context.count'?"]],
  ['a setting without a default', s({ a: { entry: { type: 'log', params: { message: { $: 'settings.url' } } } } }), ["machine.states.a.entry.params.message.$ reads 'settings.url', which is not there | Give it a default in `settings.defaults`."]],
  ['an unknown function', on({ target: 'b', guard: { $: 'sise(event.list) > 3' } }), ["machine.states.a.on.GO.guard.$ calls the unknown function 'sise' | Did you mean 'size'?"]],
  ['too few arguments', on({ target: 'b', guard: { $: 'startsWith(event.name)' } }), ['machine.states.a.on.GO.guard.$ calls startsWith() with 1 arguments | It is startsWith(text, start).']],
  ['an expression that is cut off', on({ target: 'b', guard: { $: 'event.a >' } }), ['machine.states.a.on.GO.guard.$ cannot be read: Expected expression after >, at character 10']],
  ['an expression with an assignment', on({ target: 'b', guard: { $: 'event.a = 3' } }), ['machine.states.a.on.GO.guard.$ cannot be read: Unexpected "=", at character 9']],
  ['two expressions', on({ target: 'b', guard: { $: 'event.a event.b' } }), ['machine.states.a.on.GO.guard.$ is more than one expression | One operator or comma is missing, or too many.']],
  ['an operator that is none', on({ target: 'b', guard: { $: 'event.a & 1' } }), ['machine.states.a.on.GO.guard.$ has the operator &, which is not known | Known: + - * / % ** == != < <= > >= && || ?? ! ? :.']],
  ['an expression that is a number', on({ target: 'b', guard: { $: 5 } }), ['machine.states.a.on.GO.guard.$ has to be an expression as text, not 5']],
  ['an expression with company', s({ a: { entry: { type: 'log', params: { message: { $: '1', a: 2 } } } } }), ['machine.states.a.entry.params.message.a stands beside an expression | An object with `$` is that expression alone.']],
  ['an empty expression', s({ a: { entry: { type: 'log', params: { message: { $: ' ' } } } } }), ['machine.states.a.entry.params.message.$ is empty']],
  ['an expression without end', on({ target: 'b', guard: { $: `1${' + 1'.repeat(600)}` } }), ['machine.states.a.on.GO.guard.$ is longer than 2,000 characters']],
  ['an expression deep in brackets', on({ target: 'b', guard: { $: `${'('.repeat(60)}1${')'.repeat(60)}` } }), ['machine.states.a.on.GO.guard.$ is nested deeper than 50 levels']],
  ['an expression of many parts', on({ target: 'b', guard: { $: `[${'1,'.repeat(600)}1]` } }), ['machine.states.a.on.GO.guard.$ has more than 500 parts']],
  ['a pattern in an expression that is none', on({ target: 'b', guard: { $: "event.a.matches('[')" } }), ['machine.states.a.on.GO.guard.$ has a pattern that cannot be read: error parsing regexp: missing closing ]: `[`']],
  ['the event where there is none', s({ a: {} }, { context: { a: { $: 'event.x' } } }), ["machine.context.a.$ reads 'event', which is not there yet | Here it can read: settings, input."]],
  ['an input that is read later and declared', s({ a: { entry: { type: 'log', params: { message: { $: 'input.x' } } } } }, { context: { input: 1 } }), ["machine.context has an 'input' of its own | A machine that reads `input` later than in `context` keeps it there: choose another name."]],
  ['a member of the input that its schema does not have', m({ context: { a: { $: 'input.gmae' } }, initial: 'a', states: { a: { type: 'final' } } }, { input: { type: 'object', properties: { game: { type: 'string' } }, additionalProperties: false } }), ["machine.context.a.$ reads 'input.gmae', which is not there | Did you mean 'input.game'?"]],
  ['several at once', m({ initial: 'x', states: { a: { on: { GO: 'gone' }, entry: 'bep' } } }, { verison: 2 }), ["verison is no key here | Did you mean 'version'?", "machine.initial leads to 'x', which is no state | States there: a.", "machine.states.a.on.GO leads to 'gone', which is no state | States there: a.", "machine.states.a.entry is the unknown action 'bep' | Did you mean 'beep'?"]],
] // biome-ignore format: a table

/** What the form says, and so the JSON Schema; all else is said of names, targets and expressions. */
const FORM = /has to be|is no key here|has no '|cannot be named so|stands beside an expression/
const validate = jsonSchema(machineSchema() as never)['~standard'].validate

for (const [what, file, said] of cases) {
  test(`${what} is refused, with its path`, async () => {
    const errors = lintMachine(file, parts).filter(({ severity }) => severity === 'error')
    expect(errors.map(({ path, message, hint }) => `${path} ${message}${hint ? ` | ${hint}` : ''}`.trim())).toEqual(
      said,
    )
    const error = await refusal(() => loadMachine(file, parts))
    expect(error).toMatchObject({ code: 'ERR_INVALID_MACHINE' })
    expect(error.issues).toHaveLength(said.length)
  })

  test(`${what}: the JSON Schema says the same of its form`, () => {
    const structural = said.some(
      (each) => FORM.test(each.split(' | ')[0] as string) && !/does not fit|leads to/.test(each),
    )
    expect(validate(file)).toHaveProperty(structural ? 'issues' : 'value')
  })
}
