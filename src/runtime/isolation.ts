/**
 * Isolation: where the processor of a kind runs when it is not run inline. What is asked for, checked, with every
 * default filled in. A closure cannot cross into a thread or process, so an isolated kind names a module.
 */
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { isAbsolute } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Duration, durationMs } from '../model/duration.js'
import { HoldfastError } from '../model/errors.js'
import { type Size, sizeBytes } from '../model/size.js'
import { invalid, onlyKnown, whole } from './checks.js'
import type { Definition } from './define.js'

/** Where a processor runs: a thread shares the daemon's memory limit and its crashes, a process shares nothing. */
export type IsolatePlace = 'thread' | 'process'

/** The isolation of one kind; what is left out comes from `multitask`. */
export type Isolate =
  | IsolatePlace
  | {
      readonly in: IsolatePlace
      /** The JavaScript heap of one thread or process; beyond it the task fails with ERR_PROCESSOR_MEMORY. */
      readonly memory?: Size
      /** From the abort of the signal until the thread or process is ended. */
      readonly grace?: Duration
    }

/** The threads and processes of a runtime, and the defaults of its isolated kinds. */
export interface MultitaskOptions {
  /** For kinds that have a `module` and no `isolate`. Default `process`: nothing in one can end the daemon. */
  readonly isolate?: IsolatePlace
  /** Threads and processes at once, 1 to 256; who comes when all are busy waits. Default: as many as there are cores. */
  readonly workers?: number
  /** The JavaScript heap of each, at least 16 MiB. Default 128 MiB. */
  readonly memory?: Size
  /** One that had nothing to do for so long is ended. Default 30 s. */
  readonly idle?: Duration
  /** From the abort of the signal until it is ended. Default 2 s. */
  readonly grace?: Duration
}

export interface Multitask {
  readonly in: IsolatePlace
  readonly workers: number
  readonly memoryMb: number
  readonly idleMs: number
  readonly graceMs: number
}

/** How the processor of one kind is isolated. */
export interface Isolation {
  readonly in: IsolatePlace
  /** The address of its module: `file:`. */
  readonly module: string
  readonly memoryMb: number
  readonly graceMs: number
}

const MOST_WORKERS = 256
const LEAST_MB = 16
const MOST_MB = 1024 * 1024
const DEFAULT_MB = 128
const DEFAULT_IDLE = '30s'
const DEFAULT_GRACE = '2s'

/** @throws ERR_INVALID_OPTION, ERR_INVALID_DURATION */
export function multitaskOf(asked: MultitaskOptions = {}): Multitask {
  onlyKnown(asked, ['isolate', 'workers', 'memory', 'idle', 'grace'], 'multitask')
  return {
    in: placeOf(asked.isolate ?? 'process', 'multitask.isolate'),
    workers: whole(asked.workers ?? Math.max(1, availableParallelism()), 'multitask.workers', 1, MOST_WORKERS),
    memoryMb: asked.memory === undefined ? DEFAULT_MB : megabytes(asked.memory, 'multitask.memory'),
    idleMs: durationMs(asked.idle ?? DEFAULT_IDLE, 'multitask.idle'),
    graceMs: durationMs(asked.grace ?? DEFAULT_GRACE, 'multitask.grace'),
  }
}

/** The isolation of a definition; `undefined` when it runs inline. @throws ERR_INVALID_DEFINITION, ERR_INVALID_OPTION */
export function isolationOf(definition: Definition, multitask: Multitask, where: string): Isolation | undefined {
  const { module, options, recover } = definition
  const asked = (options as { readonly isolate?: Isolate }).isolate
  if (module === undefined) {
    if (asked === undefined) return undefined
    throw new HoldfastError('ERR_INVALID_DEFINITION', `${where}: \`isolate\` needs a \`module\``, {
      hint: "A closure cannot cross into a thread or process: give `module: new URL('./work.js', import.meta.url)`.",
    })
  }
  if (recover) {
    throw new HoldfastError('ERR_INVALID_DEFINITION', `${where}: export \`recover\` from the module`)
  }
  const { in: place, memory, grace } = askedOf(asked === undefined ? multitask.in : asked, `${where}.isolate`)
  return {
    in: place,
    module: addressOf(module, `${where}.module`),
    memoryMb: memory === undefined ? multitask.memoryMb : megabytes(memory, `${where}.isolate.memory`),
    graceMs: grace === undefined ? multitask.graceMs : durationMs(grace, `${where}.isolate.grace`),
  }
}

function askedOf(asked: Isolate, where: string): Exclude<Isolate, string> {
  if (typeof asked === 'string') return { in: placeOf(asked, where) }
  onlyKnown(asked, ['in', 'memory', 'grace'], where)
  return { ...asked, in: placeOf(asked.in, `${where}.in`) }
}

function placeOf(value: unknown, option: string): IsolatePlace {
  if (value === 'thread' || value === 'process') return value
  throw invalid(option, "'thread' or 'process'", value)
}

/** V8 counts in MiB and needs some of them for itself. */
function megabytes(size: Size, option: string): number {
  return whole(Math.floor(sizeBytes(size, option) / (1024 * 1024)), `${option}, in MiB,`, LEAST_MB, MOST_MB)
}

/** Code comes from files that the program names, and from nowhere else. */
function addressOf(module: unknown, option: string): string {
  const url =
    module instanceof URL
      ? module
      : typeof module === 'string' && isAbsolute(module)
        ? pathToFileURL(module)
        : undefined
  if (url?.protocol !== 'file:') throw invalid(option, 'a file: URL or an absolute path', module)
  if (existsSync(fileURLToPath(url))) return url.href
  throw new HoldfastError('ERR_INVALID_DEFINITION', `${option}: there is no file ${fileURLToPath(url)}`)
}
