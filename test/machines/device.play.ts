/** A device on a clock of its own: what it tells and asks for, and restarts with what it remembers. */
import { type AnyActor, type AnyStateMachine, createActor, type EventObject } from 'xstate'
import type { DeviceContext, News } from '../../machines/index.js'
import { viaDisk } from './walk.js'

type AnyContext = DeviceContext<unknown, unknown>
const WALL = 1_700_000_000_000

/** Timers fire when they are due, in order: one that is set on the way may fire on the way. */
class ExactClock {
  at = 0
  readonly #waits = new Set<{ due: number; fire: () => void }>()
  setTimeout(fire: () => void, ms: number) {
    const wait = { due: this.at + ms, fire }
    this.#waits.add(wait)
    return wait
  }
  clearTimeout(wait: { due: number; fire: () => void }) {
    this.#waits.delete(wait)
  }
  advance(ms: number) {
    const end = this.at + ms
    for (;;) {
      const [next] = [...this.#waits].sort((a, b) => a.due - b.due)
      if (!next || next.due > end) break
      this.#waits.delete(next)
      this.at = next.due
      next.fire()
    }
    this.at = end
  }
}

export class Played {
  /** What it told, all in all. */
  readonly told: News[] = []
  /** What went out through its ports. */
  readonly asked: [port: string, params: unknown][] = []
  /** How often what is kept became another. */
  commits = 0
  #clock = new ExactClock()
  #offset = 0
  #actor: AnyActor
  readonly #machine: AnyStateMachine
  readonly #options: object

  constructor(machine: AnyStateMachine, options: object, memory: unknown = null) {
    const actions = Object.fromEntries(
      Object.keys(machine.implementations.actions).map((port) => [
        port,
        (_: unknown, params: unknown) => void this.asked.push([port, params ?? null]),
      ]),
    )
    this.#machine = machine.provide({ actions } as never)
    this.#options = options
    this.#actor = this.#start(memory)
  }

  get now() {
    const steady = this.#offset + this.#clock.at
    return { wall: WALL + steady, steady }
  }

  get context(): AnyContext & Record<string, never> {
    return this.#actor.getSnapshot().context
  }

  get memory(): Record<string, never> | null {
    return this.context.memory as Record<string, never> | null
  }

  /** Where it is, as a path. */
  get state(): string {
    const path = (value: unknown): string =>
      typeof value === 'string' ? value : (Object.entries(value as object).map(([k, v]) => `${k}.${path(v)}`)[0] ?? '')
    return path(this.#actor.getSnapshot().value)
  }

  /** What it told since the last look: the types. */
  news(): string[] {
    return this.full().map(({ type, whileAway }) => (whileAway ? `${type} whileAway` : type))
  }

  /** The same, whole. */
  full(): News[] {
    const from = this.#seen
    this.#seen = this.told.length
    return this.told.slice(from)
  }
  #seen = 0

  /** What it asked for since the last look, as `port` or `port {...}`. */
  ports(): string[] {
    return this.asked
      .splice(0)
      .map(([port, params]) => (params && Object.keys(params).length > 0 ? `${port} ${JSON.stringify(params)}` : port))
  }

  send(type: string, more: object = {}): void {
    const before = this.context.memory
    this.#actor.send({ type, now: this.now, ...more } as EventObject)
    if (this.context.memory !== before) this.commits++
  }

  can(command: object): boolean {
    return this.#actor.getSnapshot().can({ type: 'command', command, now: this.now })
  }

  found = (...levels: boolean[]) => this.send('found', { levels })
  edge = (level: boolean, ago = 0) => this.send('edge', { level, at: this.now.wall - ago })
  resync = (level: boolean, missed = 1) => this.send('resync', { level, missed })
  command = (type: string, more: object = {}) => this.send('command', { command: { type, ...more } })
  lose = (message = 'gpiochip0 is gone') =>
    this.send('lost', { error: { code: 'ERR_LINE_GONE', message, hint: '' }, random: 0.5 })

  pass(ms: number): void {
    const before = this.context.memory
    this.#clock.advance(ms)
    if (this.context.memory !== before) this.commits++
  }

  /** The power goes for some time; what it remembers comes back from disk. */
  restart(awayMs = 0): void {
    const memory = viaDisk(this.context.memory)
    this.#actor.stop()
    this.#offset = this.now.steady + awayMs
    this.#clock = new ExactClock()
    this.asked.length = 0
    this.#actor = this.#start(memory)
  }

  #start(memory: unknown): AnyActor {
    const input = { name: 'it', options: this.#options, memory, now: this.now }
    const actor = createActor(this.#machine, { clock: this.#clock, input })
    actor.on('*', (news) => void this.told.push(news as News))
    return actor.start()
  }
}
