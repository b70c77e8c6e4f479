/** The API as a part of a runtime: it listens when everything has been read, and stops when what ran has come to its end. */
import { setMaxListeners } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'
import type { Clock } from '../kernel/clock.js'
import type { TaskLog } from '../runtime/log.js'
import type { Part } from '../runtime/part.js'
import type { Runtime } from '../runtime/runtime.js'
import { Access } from './access.js'
import { Connections } from './connections.js'
import type { Desk } from './desk.js'
import { EventHub } from './event-hub.js'
import type { Invitation } from './guests.js'
import { Lobby } from './lobby.js'
import { Meter } from './meter.js'
import { Minutes } from './minutes.js'
import type { ApiSettings } from './options.js'
import { application } from './server.js'
import { listenAt, readPair, watchPair } from './tcp.js'
import { listenOn } from './unix-socket.js'

/** What the API has from those who put a runtime together. */
export interface Around {
  readonly clock: Clock
  readonly log: TaskLog
  /** Where the store is, if it is on a disk. */
  readonly path: string | undefined
  /** Who speaks to inspectors. */
  readonly inspector: Invitation
}

/** What is being answered when the API stops has this long. */
const GRACE_MS = 2_000

export class ApiPart implements Part {
  readonly name = 'api'
  readonly #settings: ApiSettings
  readonly #around: Around
  readonly #closing = new AbortController()
  /** What stop() undoes, the last first. */
  readonly #undo: (() => Promise<void> | void)[] = []

  constructor(settings: ApiSettings, around: Around) {
    this.#settings = settings
    this.#around = around
    // As many listen as there are long polls.
    setMaxListeners(0, this.#closing.signal)
  }

  /** @throws ERR_SOCKET */
  async start(runtime: Runtime): Promise<void> {
    const settings = this.#settings
    const { clock, log, path, inspector } = this.#around
    const desk: Desk = { runtime: runtime.outside, clock, settings, log, closing: this.#closing.signal }
    const access = new Access(settings, runtime, () => clock.steady())
    const hub = new EventHub(desk, runtime)
    const lobby = new Lobby(inspector, { runtime, clock })
    const meter = new Meter(runtime, () => lobby.size)
    const minutes = new Minutes(runtime, clock, path)
    const app = await application({ desk, access, hub, meter, minutes, lobby })
    this.#undo.push(
      () => app.close(),
      () => meter.close(),
      () => minutes.close(),
    )
    if (settings.socket) {
      const connections = new Connections(settings, clock, handlerOf(app, meter))
      this.#undo.push(() => connections.close(GRACE_MS))
      this.#undo.push(await listenOn(connections.server, settings.socket))
      log.info(`the API listens on ${settings.socket.path}`)
    }
    if (settings.tcp) {
      const { tls } = settings.tcp
      const handle = handlerOf(app, meter, (request) => access.fromOutside(request))
      const connections = new Connections(settings, clock, handle, tls && (await readPair(tls)))
      this.#undo.push(() => connections.close(GRACE_MS))
      const port = await listenAt(connections.server, settings.tcp)
      log.info(`the API listens on ${settings.tcp.host}:${port}`)
      if (tls) this.#undo.push(watchPair(connections.server, tls, log))
    }
    // Connections are waited for until they are gone: the guests' go first.
    this.#undo.push(() => lobby.close())
  }

  async stop(): Promise<void> {
    this.#closing.abort()
    for (const undo of this.#undo.splice(0).reverse()) await undo()
  }
}

function handlerOf(app: FastifyInstance, meter: Meter, mark: (request: IncomingMessage) => void = () => undefined) {
  return (request: IncomingMessage, response: ServerResponse) => {
    mark(request)
    meter.request(response)
    app.routing(request, response)
  }
}
