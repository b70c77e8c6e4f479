/** What tests of threads and processes have in common. */
import { execFile } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { defineTask, type Isolate, type ModuleDefinition, type TaskLog } from '../../src/index.js'
import { facts, temporaryDirectory } from './lab.js'

export const PLACES = ['thread', 'process'] as const

export const fixture = (name: string) => new URL(`../support/isolated/${name}.mjs`, import.meta.url)

interface Input {
  readonly do: string
  readonly [key: string]: unknown
}

type Options = Partial<ModuleDefinition<string>>

/** A kind whose processor does what its input says. */
export function isolated<const Kind extends string>(kind: Kind, isolate: Isolate, options: Options = {}) {
  const definition: ModuleDefinition<Kind> = { ...options, kind, isolate, module: fixture('processor') }
  return defineTask<Kind, Input, unknown>(definition)
}

/** The facts of the threads and processes of a test. */
export function cells() {
  const started = facts('isolation.started')
  const ended = facts('isolation.ended')
  const emitted = facts('task.emitted')
  return {
    started,
    ended,
    /** The task's processor is in the middle of it; gives the id of its process. */
    here: async (id: string) => {
      const { event } = await emitted.first(
        ({ taskId, event }) => taskId === id && (event as { type: string }).type === 'here',
      )
      return (event as { pid: number }).pid
    },
    /** How many there are. */
    get there() {
      return started.seen.length - ended.seen.length
    },
  }
}

/** A pipe with a name, and the moment at which nobody holds it any more. */
export async function heldPipe(): Promise<{ readonly path: string; readonly released: Promise<unknown> }> {
  const path = join(await temporaryDirectory(), 'held')
  await promisify(execFile)('mkfifo', [path])
  const reading = createReadStream(path)
  reading.resume()
  return { path, released: new Promise<void>((resolve) => reading.on('close', () => resolve())) }
}

export interface Line {
  readonly level: keyof TaskLog
  readonly message: string
  readonly data: Readonly<Record<string, unknown>>
}

/** A log that keeps its lines. */
export function keptLog(): { readonly log: TaskLog; readonly lines: Line[] } {
  const lines: Line[] = []
  const at =
    (level: keyof TaskLog) =>
    (message: string, data: object = {}) =>
      void lines.push({ level, message, data: data as Line['data'] })
  return { lines, log: { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') } }
}
