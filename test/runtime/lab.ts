/** A runtime on a real LevelDB for one test, and the ways to wait for what it does. */
import { channel } from 'node:diagnostics_channel'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { expect, onTestFinished } from 'vitest'
import {
  type AnyDefinition,
  createRuntime,
  type HoldfastError,
  type Runtime,
  type RuntimeOptions,
  type TaskLog,
} from '../../src/index.js'
import type { Point } from '../../src/kernel/telemetry.js'
import { temporaryDirectory } from '../support/stores.js'

export { temporaryDirectory }

const nothing = () => undefined
/** A delay that a start reads back into memory, and that no test lives to see the end of. */
export const NEAR = '9s'
export const silent: TaskLog = { debug: nothing, info: nothing, warn: nothing, error: nothing }

type Given<Tasks extends readonly AnyDefinition[]> = Omit<RuntimeOptions<Tasks>, 'path'> & { readonly path?: string }

/** A started runtime, in a directory of its own unless told where; it stops with the test. */
export async function boot<const Tasks extends readonly AnyDefinition[]>(
  options: Given<Tasks>,
): Promise<Runtime<Tasks>> {
  const path = options.path ?? (await temporaryDirectory())
  const runtime = createRuntime<Tasks>({ log: silent, ...options, path } as RuntimeOptions<Tasks>)
  // A runtime that escalated has stopped already, and says so once more.
  onTestFinished(() => runtime.stop().catch((error) => expect(error.code).toBe('ERR_ESCALATED')))
  return await runtime.start()
}

type Fact = Readonly<Record<string, unknown>>

/** Every fact of a telemetry point from now on, and the wait for the next that holds. */
export function facts(point: Point) {
  const seen: Fact[] = []
  const waiting: { holds: (fact: Fact) => boolean; resolve: (fact: Fact) => void }[] = []
  const heard = (fact: unknown) => {
    seen.push(fact as Fact)
    for (const each of waiting.splice(0)) {
      if (each.holds(fact as Fact)) each.resolve(fact as Fact)
      else waiting.push(each)
    }
  }
  const source = channel(`holdfast:${point}`)
  source.subscribe(heard)
  onTestFinished(() => void source.unsubscribe(heard))
  /** The first fact that holds, be it one that was seen already. */
  const first = (holds: (fact: Fact) => boolean = () => true): Promise<Fact> => {
    const found = seen.find(holds)
    return found ? Promise.resolve(found) : next(holds)
  }
  /** The next fact that holds. */
  const next = (holds: (fact: Fact) => boolean = () => true): Promise<Fact> =>
    new Promise((resolve) => void waiting.push({ holds, resolve }))
  return { seen, first, next }
}

/** A promise that others settle. */
export function deferred<T = void>() {
  let resolve!: (value: T) => void
  let reject!: (error: unknown) => void
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  promise.catch(nothing)
  return { promise, resolve, reject }
}

type Deferred = ReturnType<typeof deferred<void>>

/** Waits that are told apart by name: `reach` says one is there, `pass` lets it go on. */
export function stations() {
  const reached = new Map<string, Deferred>()
  const passed = new Map<string, Deferred>()
  const of = (map: Map<string, Deferred>, name: string) => {
    const there = map.get(name) ?? deferred<void>()
    map.set(name, there)
    return there
  }
  return {
    stop: (name: string) => {
      of(reached, name).resolve()
      return of(passed, name).promise
    },
    reached: (name: string) => of(reached, name).promise,
    pass: (name: string) => of(passed, name).resolve(),
  }
}

/** What a call was refused with; a call that was not refused fails the test. */
export async function refusal(call: Promise<unknown> | (() => unknown)): Promise<HoldfastError> {
  try {
    await (typeof call === 'function' ? call() : call)
  } catch (error) {
    return error as HoldfastError
  }
  throw new Error('it was not refused')
}

/** What lies on disk, read and changed while no runtime has it open. */
export async function onDisk<T>(path: string, work: (database: ClassicLevel) => Promise<T>): Promise<T> {
  const database = new ClassicLevel(join(path, 'db'))
  await database.open()
  try {
    return await work(database)
  } finally {
    await database.close()
  }
}
