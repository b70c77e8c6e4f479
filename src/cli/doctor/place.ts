/** The board as the checks see it: the config, where its daemon keeps and listens, who asks, how the system is. */
import { resolve } from 'node:path'
import type { Client } from '../../client/index.js'
import type { RuntimeOptions } from '../../index.js'
import { loadConfig } from '../config.js'
import { withMachines } from '../machine-folder.js'
import { inTime } from './time-limit.js'
import { thisUser, type User } from './user.js'

/** Where a system says how it is; tests have trees of their own. */
export interface Roots {
  readonly proc: string
  readonly sys: string
  readonly etc: string
  readonly dev: string
  readonly run: string
}

const ROOTS: Roots = { proc: '/proc', sys: '/sys', etc: '/etc', dev: '/dev', run: '/run' }

/** How the config was read. */
export interface ConfigReading {
  readonly file: string
  readonly tookMs: number
  readonly error?: unknown
}

export interface Place {
  /** `undefined`: there is none here. */
  readonly config: ConfigReading | undefined
  /** What the config says, right or wrong; `undefined` when it says nothing. */
  readonly options: RuntimeOptions | undefined
  /** The directory of the store. */
  readonly path: string | undefined
  readonly socket: string | undefined
  /** @throws ERR_NO_DAEMON, ERR_USAGE: nobody knows whom to ask */
  readonly daemon: () => Promise<Client>
  readonly roots: Roots
  readonly user: User
  /** All is read, however long it takes. */
  readonly deep: boolean
}

export interface Asked {
  /** The config file. */
  readonly file?: string | undefined
  /** Of the store, before what the config says. */
  readonly path?: string | undefined
  /** Of the daemon, before what the config says. */
  readonly socket?: string | undefined
  readonly daemon: () => Promise<Client>
  readonly deep?: boolean | undefined
  readonly roots?: Partial<Roots>
}

/** Reads the config, for `limitMs` at most. What is wrong with it is told by its check. */
export async function placeOf(asked: Asked, limitMs: number): Promise<Place> {
  const { file, path, socket, daemon, deep = false, roots } = asked
  const { reading, options } = file === undefined ? {} : await read(file, limitMs)
  const store = path === undefined ? options?.path : resolve(path)
  const api = options?.api || undefined
  return {
    config: reading,
    options: options && store !== undefined ? { ...options, path: store } : options,
    path: typeof store === 'string' && store !== '' ? store : undefined,
    socket: socket ?? api?.socket,
    daemon,
    roots: { ...ROOTS, ...roots },
    user: thisUser(),
    deep,
  }
}

async function read(file: string, limitMs: number): Promise<{ reading?: ConfigReading; options?: RuntimeOptions }> {
  const begun = Date.now()
  const reading = () => ({ file, tookMs: Date.now() - begun })
  try {
    const options = await inTime(
      loadConfig(file).then((config) => withMachines(file, config)),
      limitMs,
    )
    return { reading: reading(), options }
  } catch (error) {
    return { reading: { ...reading(), error } }
  }
}
