/** A runtime with short retention, and a naive model of it: a list of ends, and what each of them allows and demands. */
import { expect } from 'vitest'
import { setup } from 'xstate'
import { decodeRecord } from '../../src/model/record.js'
import { defineTask } from '../../src/runtime/define.js'
import type { TaskLog } from '../../src/runtime/log.js'
import { decodeMark } from '../../src/runtime/mark.js'
import { Runtime } from '../../src/runtime/runtime.js'
import { PowerLossStore } from '../../src/testing/power-loss-store.js'
import { SimulatedClock } from '../../src/testing/simulated-clock.js'
import { all } from '../support/stores.js'

const HOUR = 3_600_000
const MINUTE = 60_000

export const POLICIES = {
  FINISHED: { age: HOUR, count: 5, gathering: MINUTE },
  FAILED: { age: 3 * HOUR, count: Number.POSITIVE_INFINITY, gathering: 108_000 },
  TERMINATED: { age: Number.POSITIVE_INFINITY, count: 3, gathering: HOUR },
} as const
type EndState = keyof typeof POLICIES

interface End {
  readonly id: string
  readonly state: EndState
  readonly at: number
  /** At some moment it was too old, or one too many. */
  mayGo: boolean
  /** By when it was too old. */
  readonly mustGo: number
}

const nothing = () => undefined
const silent: TaskLog = { debug: nothing, info: nothing, warn: nothing, error: nothing }

export class RetentionRig {
  clock = new SimulatedClock()
  store = new PowerLossStore()
  runtime!: Runtime
  readonly ends = new Map<string, End>()
  #made = 0

  async start(): Promise<void> {
    const work = defineTask({
      kind: 'work',
      run: ({ input }: { input: unknown }) => {
        if (input === 'fail') throw new Error('it fails')
        return input
      },
    })
    const machine = setup({}).createMachine({ initial: 'over', states: { over: { type: 'final' } } })
    const options = {
      path: 'memory',
      tasks: [work, defineTask({ kind: 'deaf', machine })],
      log: silent,
      retention: {
        finished: { age: '1h', count: 5 },
        failed: { age: '3h', count: false },
        terminated: { age: false, count: 3 },
      },
    } as const
    this.runtime = new Runtime(options, { store: this.store, clock: this.clock }) as unknown as Runtime
    await this.runtime.start()
    await this.settled()
  }

  /** Resolves when the sweeper sleeps, and nothing has been in flight for some turns. */
  async settled(): Promise<void> {
    const sweeper = this.runtime.system.get('sweeper' as never) as unknown as { getSnapshot(): { value: string } }
    for (let quiet = 0; quiet < 12; quiet++) {
      await turn()
      if (this.store.inFlight > 0) quiet = -1
      // The sweeper rests between two pages.
      if (quiet < 11 || !/^releasing/.test(sweeper.getSnapshot().value)) continue
      this.clock.advance(100)
      quiet = -1
    }
  }

  async finish(count: number, group: boolean): Promise<void> {
    const tasks = Array.from({ length: count }, () => ({
      id: this.#name(), kind: 'work', input: 'ok', ...(group ? { group: 'g' } : {}),
    })) // biome-ignore format: a line each
    await this.runtime.enqueueMany(tasks)
    await this.settled()
    for (const { id } of tasks) this.#ended(id, 'FINISHED')
  }

  async fail(count: number): Promise<void> {
    const tasks = Array.from({ length: count }, () => ({ id: this.#name(), kind: 'work', input: 'fail', key: 'one' }))
    for (const { kind, input, ...options } of tasks) {
      await this.runtime.enqueue(kind, input, options)
      await this.settled()
      this.#ended(options.id, 'FAILED')
    }
  }

  async cancel(count: number): Promise<void> {
    const ids = Array.from({ length: count }, () => this.#name())
    await this.runtime.enqueueMany(ids.map((id) => ({ id, kind: 'work', input: 'ok', paused: true })))
    await this.runtime.cancel(ids)
    await this.settled()
    for (const id of ids) this.#ended(id, 'TERMINATED')
  }

  /** A machine that ends without hearing what was sent to it: its mail stays. */
  async deaf(): Promise<void> {
    const id = this.#name()
    await this.runtime.enqueue('deaf', null, { id, in: '1d' })
    await this.runtime.send(id, { type: 'one' })
    await this.runtime.send(id, { type: 'two' })
    await this.runtime.reschedule(id, { in: 0 })
    await this.settled()
    this.#ended(id, 'FINISHED')
  }

  /** The n-th of those that did not end well goes again; it fails or is done in the end it came to. */
  async retry(n: number): Promise<void> {
    const dead = [...this.ends.values()].filter(({ state }) => state !== 'FINISHED')
    const end = dead[n % Math.max(1, dead.length)]
    if (!end || !(await this.runtime.get(end.id))) return
    await this.runtime.retry(end.id)
    await this.settled()
    this.#ended(end.id, end.state === 'FAILED' ? 'FAILED' : 'FINISHED')
  }

  async remove(n: number): Promise<void> {
    const end = [...this.ends.values()][n % Math.max(1, this.ends.size)]
    if (!end || !(await this.runtime.get(end.id))) return
    await this.runtime.remove(end.id)
    this.ends.delete(end.id)
    await this.settled()
  }

  async pass(ms: number): Promise<void> {
    this.clock.advance(ms)
    await this.settled()
  }

  async step(byMs: number): Promise<void> {
    this.clock.stepWall(byMs)
    await this.settled()
  }

  /** The disk fails under a sweep, if there is one, and comes back. */
  async stumble(ms: number, tear: boolean): Promise<void> {
    await this.#inFlight(ms)
    // Something has to be written, or nobody notices. It waits for ever, and is there afterwards or not.
    this.runtime.enqueue('work', 'ok', { id: `waits${++this.#made}`, paused: true }).catch(nothing)
    await turns()
    this.store.powerCut({ tear })
    this.store.release()
    await turns()
    this.clock.advance(40_000)
    await turns()
    this.clock.advance(40_000)
    await this.settled()
  }

  /** The process dies under a sweep, if there is one; the board is off for a while or not at all. */
  async die(ms: number, tear: boolean, offFor: number | undefined): Promise<void> {
    await this.#inFlight(ms)
    this.store.powerCut({ tear })
    this.store = this.store.successor()
    await turns()
    this.clock = offFor === undefined ? this.clock.restart() : this.clock.reboot({ offFor })
    await this.start()
  }

  async restart(): Promise<void> {
    await this.runtime.stop()
    this.store = this.store.successor()
    this.clock = this.clock.restart()
    await this.start()
  }

  /** What is there beside what has to be there, and what may be. */
  async check(): Promise<void> {
    this.#allow()
    for (const end of [...this.ends.values()]) {
      const view = await this.runtime.get(end.id)
      if (view) expect(view.state, `${end.id} is what it was`).toBe(end.state)
      else expect(end.mayGo, `${end.id}, ${end.state} since ${this.clock.steady() - end.at} ms, is gone`).toBe(true)
      if (!view) this.ends.delete(end.id)
      else expect(this.clock.steady(), `${end.id}, ${end.state}, is still there`).toBeLessThanOrEqual(end.mustGo)
    }
  }

  /** After some time without any event nothing is too many, the counts are exact, and every key belongs to somebody. */
  async finally(): Promise<void> {
    await this.pass(HOUR + 2 * MINUTE)
    await this.pass(2 * MINUTE)
    await this.check()
    await this.runtime.stop()
    const disk = this.store.successor()
    await disk.open()
    const entries = await all(disk)
    const found = { FINISHED: 0, FAILED: 0, TERMINATED: 0 }
    const owners = new Set(this.ends.keys())
    for (const [key, text] of entries) {
      if (key.startsWith('e!')) found[decodeRecord(key.slice(2), text).state as EndState]++
    }
    for (const state of Object.keys(POLICIES) as EndState[]) {
      expect(found[state], state).toBeLessThanOrEqual(POLICIES[state].count)
    }
    const { ended } = decodeMark(entries.find(([key]) => key === 'm!runtime')?.[1]) ?? {}
    expect(ended?.slice(0, 3)).toEqual([found.FINISHED, found.FAILED, found.TERMINATED])
    expect(entries.flatMap(([key, text]) => orphan(key, text, owners))).toEqual([])
    const named = Object.values({ FINISHED: 'F', FAILED: 'X', TERMINATED: 'T' }).map((letter) =>
      entries.flatMap(([key, text]) => (key.startsWith(`r!${letter}!`) ? text.split('\n') : [])),
    )
    expect(ended?.slice(3, 6)).toEqual(named.map(({ length }) => length))
    await disk.close()
  }

  #name(): string {
    return `t${++this.#made}`
  }

  #ended(id: string, state: EndState): void {
    const at = this.clock.steady()
    this.ends.delete(id)
    this.ends.set(id, { id, state, at, mayGo: false, mustGo: at + POLICIES[state].age + POLICIES[state].gathering })
    this.#allow()
  }

  #allow(): void {
    for (const end of this.ends.values()) {
      const { age, count } = POLICIES[end.state]
      const younger = [...this.ends.values()].filter(({ state, at }) => state === end.state && at >= end.at)
      if (this.clock.steady() - end.at >= age || younger.length > count) end.mayGo = true
    }
  }

  /** Time passes while commits stay in flight. */
  async #inFlight(ms: number): Promise<void> {
    this.store.hold()
    this.clock.advance(ms)
    await turns()
    this.#allow()
  }
}

const turn = () => new Promise<void>((resolve) => void setImmediate(resolve))
async function turns(): Promise<void> {
  for (let n = 0; n < 20; n++) await turn()
}

/** A key that nobody who is there needs. */
function orphan(key: string, text: string, owners: ReadonlySet<string>): string[] {
  const [kind, id = ''] = key.split('!')
  if (id.startsWith('waits')) return []
  if (kind === 'e' || kind === 'i' || kind === 'b') return owners.has(id) ? [] : [key]
  if (kind === 'g') return owners.has(key.split('!')[2] as string) ? [] : [key]
  // An entry may name some that are gone or have a younger one: it goes when it is old, or when there are many such.
  if (kind === 'r') return id !== 'F' || text.split('\n').some((each) => owners.has(each)) ? [] : [`${key} ${text}`]
  return kind === 'm' ? [] : [key]
}
