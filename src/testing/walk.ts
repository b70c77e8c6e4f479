/**
 * Walks a machine as a task: every path through it is played on a board, in one go and with power cuts. A machine is
 * fit for a board when nobody can tell the two apart.
 */
import { AssertionError } from 'node:assert'
import { inspect, isDeepStrictEqual } from 'node:util'
import type { AnyMachineSnapshot, AnyStateMachine, EventObject } from 'xstate'
import { HoldfastError } from '../model/errors.js'
import { whole } from '../runtime/checks.js'
import type { AnyDefinition, Definition } from '../runtime/define.js'
import type { BoardOptions } from './board-options.js'
import { type FakeCall, waits } from './fake.js'
import { fakeActors } from './fake-actors.js'
import { happeningInWords, inWords, type Path, pathsOf } from './paths.js'
import { type Cut, type Played, play, type Stage } from './play.js'

export interface WalkOptions {
  readonly input?: unknown
  /** The events that come from outside. Timers of the machine are part of its paths without being named. */
  readonly events?: readonly EventObject[]
  /**
   * Actors of the machine that are faked, by their names, with the outcomes that each can have: values, or Errors to fail
   * with. Each outcome leads to paths of its own. Actors that are not here are what they are.
   */
  readonly actors?: Readonly<Record<string, readonly unknown[]>>
  /** Names of those that may be asked twice without a key: they change nothing. */
  readonly repeatable?: readonly string[]
  /** With a power cut before every event, too. Default true. */
  readonly restart?: boolean
  /** With a power cut in every commit, too: once torn, once just after it reached the disk. Default false. */
  readonly cuts?: boolean
  /** Puts the world outside back to its beginning; called before each play. */
  before?(): void | Promise<void>
  /** What the world outside has come to, asked after each play: files, a counter, what a server was told. */
  outside?(): unknown
  /** What makes two snapshots the same place. Default: their value, context and children. */
  place?(snapshot: AnyMachineSnapshot): unknown
  /** At most so many places, paths, and plays. Default 1,000. */
  readonly limit?: number
  /** Other kinds, and whatever else its runtime is told. */
  readonly runtime?: Partial<BoardOptions>
}

export interface Walked {
  /** The paths in words. */
  readonly paths: readonly string[]
  readonly plays: number
}

interface Told extends Played {
  readonly outside: unknown
}

/**
 * Plays every path of a machine kind, and plays it again with power cuts. Nothing may come out differently: not the
 * states, context, timers, result, emitted events and other tasks, not what its actors were asked to do, and not the
 * world outside.
 * @throws AssertionError that says which path differs, and in what; ERR_TOO_MANY
 * @example
 * await walk(visit, {
 *   input: { door: 'front' },
 *   events: [{ type: 'LEAVE' }],
 *   actors: { takePicture: ['front.jpg', new Error('too dark')] },
 * })
 */
export async function walk(definition: AnyDefinition, options: WalkOptions = {}): Promise<Walked> {
  const { machine, kind } = definition as Definition
  if (!machine) {
    throw new HoldfastError('ERR_NO_MACHINE', `walk: '${kind}' is not played by a machine`)
  }
  const { input = null, events = [], actors = {}, place = placeOf } = options
  const limit = whole(options.limit ?? 1_000, 'walk.limit', 1, 1_000_000)
  const names = Object.keys(actors)
  const faked = fakeActors(definition, Object.fromEntries(names.map((name) => [name, waits]))).task as Definition
  const ground = { machine: faked.machine as AnyStateMachine, input, events, outcomes: actors, place, limit }
  const paths = pathsOf(ground)
  const stage = { definition, input, actors: names, options: { tasks: [], ...options.runtime } }
  let plays = 0
  const played = async (path: Path, cut: Cut, reference?: Told): Promise<Told> => {
    if (++plays > limit) throw tooMany(limit)
    await options.before?.()
    const told = await play(stage as Stage, path, cut, reference?.looks)
    return { ...told, outside: structuredClone(await options.outside?.()) }
  }
  for (const path of paths) {
    const reference = await played(path, { at: 'never' })
    for (const cut of cutsOf(options, reference))
      compare(path, cut, reference, await played(path, cut, reference), options)
  }
  return { paths: paths.map((path) => inWords(path)), plays }
}

function placeOf(snapshot: AnyMachineSnapshot): unknown {
  const { status, value, context, children, error } = snapshot
  return [status, value, context, Object.keys(children), error === undefined ? null : String(error)]
}

function cutsOf({ restart = true, cuts = false }: WalkOptions, { commits }: Played): Cut[] {
  const each = Array.from({ length: cuts ? commits : 0 }, (_, i) => [true, false].map((torn) => ({ n: i + 1, torn })))
  return [
    ...(restart ? [{ at: 'events' } as const] : []),
    ...each.flat().map((cut) => ({ at: 'commit', ...cut }) as const),
  ]
}

function compare(path: Path, cut: Cut, whole: Told, restarted: Told, { repeatable = [] }: WalkOptions): void {
  for (const [n, look] of whole.looks.entries()) {
    const other = restarted.looks[n]
    if (isDeepStrictEqual(look, other)) continue
    const after = n === 0 ? 'its start' : happeningInWords(path[n - 1] as Path[number])
    throw differs(path, cut, `After ${after}, ${difference(look, other)}.`, look, other)
  }
  const twice = askedTwice(whole.calls, restarted.calls, repeatable)
  if (twice) throw differs(path, cut, twice, effects(whole.calls, repeatable), effects(restarted.calls, repeatable))
  if (!isDeepStrictEqual(whole.outside, restarted.outside)) {
    throw differs(
      path,
      cut,
      `Outside, ${difference(whole.outside, restarted.outside)}.`,
      whole.outside,
      restarted.outside,
    )
  }
}

/** What the other side was told, as it counts it: calls of one key are one, and what the key says is of no interest. */
function effects(calls: readonly FakeCall[], repeatable: readonly string[]) {
  const seen = new Set<string>()
  return calls.flatMap(({ name, key, input }) => {
    const known = JSON.stringify([name, key])
    if (repeatable.includes(name) || (key !== undefined && seen.has(known))) return []
    seen.add(known)
    return [{ name, keyed: key !== undefined, input: JSON.parse(withoutKey(input, key)) as unknown }]
  })
}

function withoutKey(input: unknown, key = ''): string {
  const text = JSON.stringify(input ?? null)
  return key === '' ? text : text.replaceAll(JSON.stringify(key).slice(1, -1), 'KEY')
}

function askedTwice(whole: readonly FakeCall[], restarted: readonly FakeCall[], repeatable: readonly string[]) {
  const [once, again] = [effects(whole, repeatable), effects(restarted, repeatable)]
  if (isDeepStrictEqual(once, again)) return undefined
  const count = (calls: typeof once, of: string) => calls.filter(({ name }) => name === of).length
  const more = again.find(({ name }) => count(again, name) > count(once, name))
  if (!more) return `its actors were asked for something else: ${difference(once, again)}.`
  const key = more.keyed ? 'another idempotency key at each start' : 'no idempotency key in its input'
  return `'${more.name}' did its work ${count(again, more.name)} times instead of ${count(once, more.name)}: what a cut interrupts is started again, with ${key}.`
}

/** The first place at which two values differ, in words. */
function difference(one: unknown, other: unknown, at = ''): string {
  if (isParted(one) && isParted(other)) {
    for (const key of new Set([...Object.keys(one), ...Object.keys(other)])) {
      if (isDeepStrictEqual(one[key], other[key])) continue
      return difference(one[key], other[key], Array.isArray(one) ? `${at}[${key}]` : at === '' ? key : `${at}.${key}`)
    }
  }
  return `${at === '' ? 'it' : at} is ${shown(other)} instead of ${shown(one)}`
}

function isParted(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function shown(value: unknown): string {
  return inspect(value, { depth: 4, breakLength: Number.POSITIVE_INFINITY })
}

function differs(path: Path, cut: Cut, what: string, expected: unknown, actual: unknown): AssertionError {
  const when =
    cut.at === 'commit'
      ? `a power cut ${cut.torn ? 'in' : 'just after'} commit ${cut.n}`
      : 'a power cut before every event'
  const message = `With ${when} it is another story.\n  path: ${inWords(path)}\n  ${what}`
  return new AssertionError({ message, expected, actual, operator: 'walk' })
}

function tooMany(limit: number): HoldfastError {
  return new HoldfastError('ERR_TOO_MANY', `walk: more than ${limit} plays`, {
    hint: 'Give fewer events, leave out `cuts`, or raise `limit`.',
  })
}
