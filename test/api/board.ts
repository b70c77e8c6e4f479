/** The built daemon with its API, in a process of its own, and those who talk to it: node:http and curl. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { type IncomingMessage, type RequestOptions, request } from 'node:http'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'
import type { ApiOptions } from '../../src/index.js'
import { daemon } from '../e2e/daemon.js'

const CONFIG = fileURLToPath(new URL('board.config.mjs', import.meta.url))
const run = promisify(execFile)

export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: what came, as it is
  readonly json: any
}

export interface Ask {
  readonly body?: unknown
  /** The body as it is, instead of JSON. */
  readonly raw?: string
  readonly headers?: Record<string, string>
  readonly signal?: AbortSignal
}

export class Board {
  readonly directory: string
  readonly socket: string
  readonly api: ApiOptions
  readonly #env: NodeJS.ProcessEnv
  readonly #config: string
  life!: ReturnType<typeof daemon>

  constructor(directory: string, api: ApiOptions, env: NodeJS.ProcessEnv, config = CONFIG) {
    this.#config = config
    this.directory = directory
    this.socket = join(directory, 'run', 'holdfast.sock')
    this.api = { socket: this.socket, ...api }
    this.#env = env
  }

  async start(): Promise<this> {
    const env = {
      BOARD_STORE: join(this.directory, 'store'),
      BOARD_API: JSON.stringify(this.api),
      ...this.#env,
    }
    this.life = daemon(['start', this.#config], { env })
    await this.life.printed('holdfast is ready')
    return this
  }

  get pid(): number {
    return this.life.pid
  }

  stop() {
    return this.life.kill('SIGTERM')
  }

  /** The daemon and all that it left are gone. */
  async end(): Promise<void> {
    await this.life?.kill('SIGKILL')
    await rm(this.directory, { recursive: true, force: true, maxRetries: 3 })
  }

  call(method: string, path: string, given: Ask = {}): Promise<Answer> {
    return ask({ socketPath: this.socket, method, path }, given)
  }

  get(path: string, given?: Ask): Promise<Answer> {
    return this.call('GET', path, given)
  }

  post(path: string, body: unknown, given: Ask = {}): Promise<Answer> {
    return this.call('POST', path, { body, ...given })
  }

  async curl(...args: readonly string[]): Promise<string> {
    const { stdout } = await run('curl', ['-sS', '--unix-socket', this.socket, ...args])
    return stdout
  }

  /** A task made and waited for. */
  async done(kind: string, input?: unknown, options: object = {}) {
    const { json } = await this.post('/v1/tasks', { kind, ...(input === undefined ? {} : { input }), ...options })
    return (await this.get(`/v1/tasks/${json.id}?wait=30s`)).json
  }
}

/** For a daemon of all tests of a file: `afterAll(() => b.end())` stands beside the `beforeAll` that makes it. */
export const byHand = () => undefined

export interface BoardOptions {
  readonly env?: NodeJS.ProcessEnv
  readonly end?: (undo: () => Promise<void>) => void
  /** The file of its config; that of the API's tests unless told. */
  readonly config?: string | undefined
}

/** A daemon for one test, unless its end is a matter of somebody else. */
export async function board(
  api: ApiOptions = {},
  { env = {}, end = onTestFinished, config }: BoardOptions = {},
): Promise<Board> {
  const made = new Board(await mkdtemp(join(tmpdir(), 'holdfast-api-')), api, env, config)
  end(() => made.end())
  return made.start()
}

/** A port that nobody has just now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A connection on which a test speaks by itself; what came until its end. */
export function rawConnection(socket: string) {
  const connection = connect(socket)
  let came = ''
  connection.setEncoding('utf8').on('data', (chunk: string) => {
    came += chunk
  })
  connection.on('error', () => undefined)
  const closed = new Promise<string>((resolve) => connection.once('close', () => resolve(came)))
  return { connection, closed }
}

export function ask(to: RequestOptions, { body, raw, headers = {}, signal }: Ask): Promise<Answer> {
  const text = raw ?? (body === undefined ? undefined : JSON.stringify(body))
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        ...to,
        agent: false,
        ...(signal ? { signal } : {}),
        headers: {
          ...(text === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
          ...headers,
        },
      },
      (response) => {
        let came = ''
        response.setEncoding('utf8').on('data', (chunk: string) => {
          came += chunk
        })
        response.on('error', reject)
        response.on('end', () => {
          const { statusCode: status = 0, headers: got } = response
          const json = came !== '' && /json/.test(got['content-type'] ?? '') ? JSON.parse(came) : undefined
          resolve({ status, headers: got, text: came, json })
        })
      },
    )
    sent.on('error', reject)
    sent.end(text)
  })
}
