/**
 * The live connection to the daemon: one WebSocket for all views. It is opened again for as long as the page is there,
 * less and less often; whoever listens asks for the same anew and is told from the beginning.
 */
import { effect, signal } from '@preact/signals'
import { after, heard, now } from './clock.js'
import type { ActorMessage, Message, Said, Subscription } from './messages.js'
import { greet, session } from './session.js'

export interface Link {
  readonly state: 'connecting' | 'live' | 'away'
  /** Since when, at the daemon. */
  readonly since: number
  /** What the daemon said of itself: `working`, `degraded`. */
  readonly runtime: string
}

export interface Listener {
  hear(message: Message): void
  /** The daemon begins to tell from the beginning: what was heard before is to be forgotten. */
  begin?(): void
}

const PROTOCOL = 'holdfast.inspect.v1'
const DELAYS = { first: 250, longest: 10_000 } as const
/** A connection that does not come about in that time is another one's turn. */
const PATIENCE_MS = 8_000

export const link = signal<Link>({ state: 'connecting', since: now(), runtime: '' })
/** Grows with every connection after the first: what was asked before is to be asked again. */
export const returns = signal(0)

/** Everybody who was told of: of each the daemon tells once, however often somebody asks for it. */
const cast = new Map<string, ActorMessage & { readonly at: string }>()
const MOST_CAST = 20_000

const listeners = new Map<string, Listener & { readonly to: Subscription }>()
let socket: WebSocket | undefined
let delay: number = DELAYS.first
let names = 0
let connections = 0
let again = () => {}

/** An actor as it was when it was told of; what it came to since is told in snapshots. */
export const actorAt = (address: string) => cast.get(address)

export const actorsTold = (): Iterable<ActorMessage & { readonly at: string }> => cast.values()

/** Listens until the returned function is called. */
export function listen(to: Subscription, listener: Listener): () => void {
  const name = `v${++names}`
  listeners.set(name, { to, ...listener, hear: (message) => listener.hear(message) })
  if (link.value.state === 'live') begin(name)
  return () => {
    listeners.delete(name)
    say({ type: 'unsubscribe', name })
  }
}

effect(() => {
  const known = typeof session.value === 'object'
  if (known) connect()
  else disconnect()
})

function connect(): void {
  if (socket) return
  again()
  const address = new URL('/v1/inspect', location.href)
  address.protocol = address.protocol.replace('http', 'ws')
  const made = new WebSocket(address, PROTOCOL)
  socket = made
  const late = after(PATIENCE_MS, () => made.close())
  made.onmessage = ({ data }) => {
    late()
    if (typeof data === 'string') receive(JSON.parse(data))
  }
  made.onclose = () => {
    late()
    if (socket === made) lost()
  }
}

function disconnect(): void {
  const old = socket
  socket = undefined
  again()
  old?.close()
}

function lost(): void {
  socket = undefined
  if (link.peek().state !== 'away') link.value = { ...link.peek(), state: 'away', since: now() }
  const [wait] = [delay * (0.75 + Math.random() / 2)]
  delay = Math.min(DELAYS.longest, delay * 2)
  again = after(wait, () => {
    // A daemon that does not know us any more says so to a request; of a WebSocket only that it was closed is told.
    void greet().then(() => {
      if (typeof session.peek() === 'object') connect()
    })
  })
}

/** Somebody looks again, or the network is back: now rather than later. */
function hurry(): void {
  if (socket || typeof session.peek() !== 'object' || document.hidden) return
  delay = DELAYS.first
  connect()
}
addEventListener('online', hurry)
document.addEventListener('visibilitychange', hurry)

function receive(message: Said): void {
  if (message.type === 'hello') {
    cast.clear()
    heard(message.at)
    delay = DELAYS.first
    link.value = { state: 'live', since: now(), runtime: message.state }
    if (connections++ > 0) returns.value++
    for (const name of listeners.keys()) begin(name)
    return
  }
  if (!('at' in message)) return
  if (message.type === 'actor') remember(message)
  // Each message goes to all: who listens knows by the addresses what is theirs.
  for (const [name, listener] of listeners) {
    if (message.type !== 'caught-up' || message.name === name) listener.hear(message)
  }
}

function remember(actor: ActorMessage & { readonly at: string }): void {
  cast.delete(actor.id)
  cast.set(actor.id, actor)
  const [oldest] = cast.keys()
  if (cast.size > MOST_CAST) cast.delete(oldest as string)
}

function begin(name: string): void {
  const listener = listeners.get(name)
  if (!listener) return
  listener.begin?.()
  say({ type: 'subscribe', name, ...listener.to })
}

function say(message: object): void {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message))
}
