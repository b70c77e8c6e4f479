/** Whatever opens, closes, crashes and fails when: no task starts while a gate of it is closed, none is lost, none fails. */
import { channel } from 'node:diagnostics_channel'
import { expect, test } from 'vitest'
import { POINTS } from '../../src/kernel/telemetry.js'
import { defineTask } from '../../src/runtime/define.js'
import { every } from '../../src/runtime/gates/combined.js'
import type { RunningTask } from '../../src/runtime/running-task.js'
import { Runtime } from '../../src/runtime/runtime.js'
import { door } from '../../src/testing/door.js'
import { PowerLossStore } from '../../src/testing/power-loss-store.js'
import { SimulatedClock } from '../../src/testing/simulated-clock.js'
import fc, { runs } from '../support/fast-check.js'

const DOORS = ['net', 'power'] as const
type Door = (typeof DOORS)[number]
/** What has to be open for a kind to start: by its route, by itself, by a gate made of gates. */
const NEEDS: Readonly<Record<string, readonly Door[]>> = {
  upload: ['net'],
  heavy: ['power'],
  careful: ['net', 'power'],
  plain: [],
}
const KINDS = Object.keys(NEEDS)

type Word =
  | { readonly do: 'door'; readonly name: Door; readonly open: boolean }
  | { readonly do: 'enqueue'; readonly kind: string; readonly priority: number }
  | { readonly do: 'finish'; readonly nth: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'crash' | 'disk'; readonly tear: boolean }
  | { readonly do: 'settle' }

const words: fc.Arbitrary<Word> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('door'), name: fc.constantFrom(...DOORS), open: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('enqueue'), kind: fc.constantFrom(...KINDS), priority: fc.nat(9) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('finish'), nth: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pass'), ms: fc.constantFrom(500, 5_000, 60_000, 600_000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('crash', 'disk'), tear: fc.boolean() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('settle') }) },
) as fc.Arbitrary<Word>

class Board {
  store = new PowerLossStore()
  clock = new SimulatedClock()
  runtime!: Runtime
  doors = { net: door(false), power: door(false) }
  readonly open: Record<Door, boolean> = { net: false, power: false }
  live: { id: string; resolve: () => void }[] = []
  readonly wrong: string[] = []
  readonly ids: string[] = []
  #facts = 0
  readonly #heard = () => void this.#facts++
  readonly #step = (fact: unknown) => {
    const { id, kind, to } = fact as { id: string; kind: string; to: string }
    const shut = (NEEDS[kind] ?? []).filter((name) => !this.open[name])
    if (to === 'RUNNING' && shut.length > 0) this.wrong.push(`${id} started, and ${shut} is closed`)
  }
  readonly #channels = Object.keys(POINTS).map((point) => channel(`holdfast:${point}`))

  constructor() {
    for (const each of this.#channels) each.subscribe(this.#heard)
    channel('holdfast:task.step').subscribe(this.#step)
  }

  async start(): Promise<void> {
    this.live = []
    const live = this.live
    // The devices behind the doors are new with each process; what they measure is as before.
    for (const name of DOORS) this.doors[name] = door(this.open[name])
    const run = ({ id, signal }: RunningTask) =>
      new Promise<void>((resolve) => {
        live.push({ id, resolve })
        // Every other one stops when it is told to, the others in their own time.
        if (id.length % 2 === 0) signal.addEventListener('abort', () => resolve())
      })
    const say = () => undefined
    this.runtime = new Runtime(
      {
        path: 'memory',
        tasks: [
          defineTask({ kind: 'upload', route: 'network', run }),
          defineTask({ kind: 'heavy', gates: ['power'], onGateClose: 'interrupt', run }),
          defineTask({ kind: 'careful', gates: ['both'], run }),
          defineTask({ kind: 'plain', run }),
        ],
        routes: { network: { concurrency: 2, gates: ['net'], onGateClose: 'interrupt' }, default: { concurrency: 3 } },
        gates: { net: this.doors.net.definition, power: this.doors.power.definition, both: every('net', 'power') },
        interruptions: 1_000,
        log: { debug: say, info: say, warn: say, error: say },
      },
      { store: this.store, clock: this.clock },
    )
    await this.runtime.start()
  }

  async settled(): Promise<void> {
    for (let quiet = 0, seen = this.#facts; quiet < 6; quiet++) {
      await new Promise<void>((resolve) => void setImmediate(resolve))
      if (this.#facts === seen && this.store.inFlight === 0) continue
      quiet = -1
      seen = this.#facts
    }
  }

  set(name: Door, open: boolean): void {
    this.open[name] = open
    this.doors[name].set(open)
  }

  async follow(word: Word): Promise<void> {
    if (word.do === 'door') this.set(word.name, word.open)
    else if (word.do === 'enqueue') {
      // Ids of both parities: see who stops when told.
      const id = `${word.kind}-${'x'.repeat(this.ids.length % 2)}${String(this.ids.length).padStart(3, '0')}`
      this.ids.push(id)
      await this.insist(word.kind, id, word.priority)
    } else if (word.do === 'finish') {
      const [run] = this.live.splice(word.nth % Math.max(1, this.live.length), 1)
      run?.resolve()
    } else if (word.do === 'pass') this.clock.advance(word.ms)
    else if (word.do === 'settle') await this.settled()
    else if (word.do === 'disk') {
      // It goes under a commit in flight, and is back when the runtime tries it again.
      const id = `plain-${this.ids.length}-${word.tear}`
      this.ids.push(id)
      this.store.hold()
      this.runtime.enqueue('plain' as never, undefined, { id }).catch(() => undefined)
      while (this.store.inFlight === 0) await new Promise<void>((resolve) => void setImmediate(resolve))
      this.store.powerCut(word)
      this.store.release()
      await this.settled()
      await this.insist('plain', id, 4)
    } else {
      const dead = this.store
      dead.powerCut(word)
      this.store = dead.successor()
      await this.settled()
      this.clock = this.clock.restart()
      await this.start()
    }
  }

  /** Enqueues until it is known to be on disk: the id makes asking again harmless. */
  async insist(kind: string, id: string, priority: number): Promise<void> {
    for (;;) {
      try {
        await this.runtime.enqueue(kind as never, undefined, { id, priority })
        return
      } catch (error) {
        expect((error as { code: string }).code).toMatch(/ERR_COMMIT_UNKNOWN|ERR_DEGRADED/)
        await this.settled()
        this.clock.advance(1_000)
        await this.settled()
      }
    }
  }

  /** All is open, all runs come to their end, and time passes: what does not finish now never will. */
  async end(): Promise<number> {
    for (const name of DOORS) this.set(name, true)
    for (let i = 0; i < 200 && (await this.runtime.count({ state: 'FINISHED' })) < this.ids.length; i++) {
      await this.settled()
      for (const { resolve } of this.live.splice(0)) resolve()
      await this.settled()
      this.clock.advance(10_000)
    }
    return this.runtime.count({ state: 'FINISHED' })
  }

  close(): void {
    for (const each of this.#channels) each.unsubscribe(this.#heard)
    channel('holdfast:task.step').unsubscribe(this.#step)
  }
}

async function tell(story: readonly Word[]): Promise<void> {
  const board = new Board()
  try {
    await board.start()
    for (const word of story) await board.follow(word)
    const finished = await board.end()
    expect({ wrong: board.wrong, finished }).toEqual({ wrong: [], finished: board.ids.length })
    const views = await Promise.all(board.ids.map((id) => board.runtime.get(id)))
    expect(views.filter((view) => view?.history.some(({ state }) => state === 'FAILED'))).toEqual([])
    await board.settled()
    const states = (await board.runtime.gates.list()).map(({ state }) => state)
    expect(states).toEqual(['asleep', 'asleep', 'asleep'])
    await board.runtime.stop()
  } finally {
    board.close()
  }
}

test('arbitrary stories of doors, crashes and tasks', async () => {
  const numRuns = runs(40, 3_000)
  await fc.assert(fc.asyncProperty(fc.array(words, { minLength: 20, maxLength: 60, size: 'max' }), tell), { numRuns })
})
