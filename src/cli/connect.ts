/** Which daemon a command talks to: the one that is named, the one of a config, or the only one of this board. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type Client, createClient } from '../client/index.js'
import { HoldfastError } from '../model/errors.js'
import { findConfig, loadConfig, SOCKET } from './config.js'

export interface Address {
  readonly socket?: string
  readonly url?: string
  readonly config?: string
}

/** Directories of units, each with the socket of its daemon. */
const RUN = '/run'

/**
 * A client of the daemon: by `--socket` or `--url`, HOLDFAST_SOCKET or HOLDFAST_URL, the config, or the socket in /run.
 * The token of TCP comes from HOLDFAST_TOKEN: what stands on a command line, everybody on the board can read.
 * @throws ERR_USAGE when there is more than one and none is named, ERR_NO_DAEMON when there is none
 */
export async function connect(address: Address): Promise<Client> {
  const { socket, url } = await find(address)
  if (socket !== undefined) return createClient({ socket, retry: 0 })
  const token = process.env.HOLDFAST_TOKEN
  return createClient({ url: url as string, retry: 0, ...(token === undefined ? {} : { token }) })
}

async function find({ socket, url, config }: Address): Promise<{ socket?: string; url?: string }> {
  if (socket !== undefined) return { socket }
  if (url !== undefined) return { url }
  const { HOLDFAST_SOCKET, HOLDFAST_URL } = process.env
  if (config === undefined && HOLDFAST_SOCKET) return { socket: HOLDFAST_SOCKET }
  if (config === undefined && HOLDFAST_URL) return { url: HOLDFAST_URL }
  const file = findConfig(config)
  return file === undefined ? { socket: onlyOne() } : ofConfig(file)
}

async function ofConfig(file: string): Promise<{ socket?: string; url?: string }> {
  const { api } = (await loadConfig(file)).options
  if (api && api.socket !== undefined) return { socket: api.socket }
  throw new HoldfastError('ERR_NO_DAEMON', `the daemon of ${file} has no socket`, {
    hint: 'Name where it listens: --url URL, with its token in HOLDFAST_TOKEN.',
  })
}

function onlyOne(): string {
  const found = sockets()
  const [first] = found
  if (first !== undefined && found.length === 1) return first
  if (first === undefined) {
    throw new HoldfastError('ERR_NO_DAEMON', 'there is no config here, and no daemon in /run', {
      hint: 'Go to the directory of its config, or name where it listens: --socket PATH, --url URL or --config FILE.',
    })
  }
  throw new HoldfastError('ERR_USAGE', `there is more than one daemon: ${found.join(', ')}`, {
    hint: 'Name one: --socket PATH, or HOLDFAST_SOCKET in the environment.',
  })
}

function sockets(): string[] {
  const candidates = [SOCKET, ...readdirSync(RUN).map((name) => join(name, SOCKET))].map((name) => join(RUN, name))
  return candidates.filter((path) => {
    try {
      return statSync(path).isSocket()
    } catch {
      // Not there, or not for this user.
      return false
    }
  })
}
