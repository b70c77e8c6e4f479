/**
 * Random flows with random ends, retries by hand and cuts of the power in the middle of a commit, against a model that
 * knows nothing of edges and notices: who depends on whom, who has ended how, and what that means for the others.
 */
import { channel } from 'node:diagnostics_channel'
import { expect, test } from 'vitest'
import { HoldfastError } from '../../src/model/errors.js'
import { defineTask } from '../../src/runtime/define.js'
import type { TaskLog } from '../../src/runtime/log.js'
import { Runtime } from '../../src/runtime/runtime.js'
import { PowerLossStore } from '../../src/testing/power-loss-store.js'
import { Quiet } from '../../src/testing/quiet.js'
import { SimulatedClock } from '../../src/testing/simulated-clock.js'
import fc, { runs } from '../support/fast-check.js'

type Policy = 'cancel' | 'run' | 'wait'

/** A task of a flow: whom it waits for among those before it, and how each of its tries ends. */
interface Node {
  readonly needs: readonly number[]
  readonly failed: Policy
  readonly paused: boolean
  readonly ends: readonly boolean[]
}

type Deed = { readonly do: 'resume' | 'retry' | 'cancel'; readonly pick: number } | { readonly do: 'restart' }
/** The power goes, or the disk, with the n-th commit of a deed; torn, that commit is lost. */
interface Cut {
  readonly commit: number
  readonly tear: boolean
  readonly what: 'power' | 'disk'
}

interface Flow {
  readonly nodes: readonly Node[]
  /** Made one by one, or all in one call, the last first. */
  readonly atOnce: boolean
  readonly deeds: readonly { readonly deed: Deed; readonly cut: Cut | undefined }[]
}

const node = fc.record({
  needs: fc.array(fc.nat({ max: 30 }), { maxLength: 4 }),
  failed: fc.constantFrom<Policy>('cancel', 'run', 'wait'),
  paused: fc.boolean(),
  ends: fc.array(fc.boolean(), { minLength: 1, maxLength: 3 }),
})
const deed = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('resume' as const), pick: fc.nat({ max: 30 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('retry' as const), pick: fc.nat({ max: 30 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), pick: fc.nat({ max: 30 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
)
const cut = fc.option(
  fc.record({
    commit: fc.integer({ min: 1, max: 6 }),
    tear: fc.boolean(),
    what: fc.constantFrom('power' as const, 'disk' as const),
  }),
  {
    nil: undefined,
    freq: 2,
  },
)
const flow: fc.Arbitrary<Flow> = fc.record({
  nodes: fc
    .array(node, { minLength: 2, maxLength: 9 })
    .map((nodes) =>
      nodes.map((each, i) => ({ ...each, needs: i === 0 ? [] : [...new Set(each.needs.map((need) => need % i))] })),
    ),
  atOnce: fc.boolean(),
  deeds: fc.array(fc.record({ deed, cut }), { maxLength: 16 }),
})

/** What the words of the guide mean, and nothing else. */
class Model {
  readonly tasks: { state: string; paused: boolean; awaits: Set<number>; tries: number; runs: number }[] = []
  readonly #nodes: readonly Node[]

  constructor(nodes: readonly Node[]) {
    this.#nodes = nodes
  }

  make(i: number): void {
    const { needs, failed, paused } = this.#nodes[i] as Node
    const task = { state: 'SPOOLED', paused, awaits: new Set<number>(), tries: 0, runs: 0 }
    this.tasks[i] = task
    for (const need of needs) {
      const { state } = this.of(need)
      if (state === 'SPOOLED' || (state !== 'FINISHED' && failed === 'wait')) task.awaits.add(need)
      else if (state !== 'FINISHED' && failed === 'cancel') task.state = 'TERMINATED'
    }
    if (task.state !== 'SPOOLED') task.awaits.clear()
    this.goOn()
  }

  of(i: number) {
    return this.tasks[i] as (typeof this.tasks)[number]
  }

  /** Whoever may run runs to its end, until nobody may. */
  goOn(): void {
    for (;;) {
      const next = this.tasks.findIndex((each) => each?.state === 'SPOOLED' && !each.paused && each.awaits.size === 0)
      if (next < 0) return
      const task = this.of(next)
      const { ends } = this.#nodes[next] as Node
      task.runs++
      this.end(next, ends[Math.min(task.tries, ends.length - 1)] ? 'FINISHED' : 'FAILED')
    }
  }

  end(i: number, state: string): void {
    this.of(i).state = state
    this.of(i).awaits.clear()
    for (const [child, task] of this.tasks.entries()) {
      if (!task?.awaits.has(i)) continue
      const { failed } = this.#nodes[child] as Node
      if (state === 'FINISHED' || failed === 'run') task.awaits.delete(i)
      else if (failed === 'cancel') this.end(child, 'TERMINATED')
    }
  }

  /** False when the task is in no state for it. */
  verb(verb: 'resume' | 'retry' | 'cancel', i: number): boolean {
    const task = this.of(i)
    const waits = task.state === 'SPOOLED'
    if (verb === 'resume' ? !waits || !task.paused : verb === 'cancel' ? !waits : waits || task.state === 'FINISHED')
      return false
    if (verb === 'cancel') this.end(i, 'TERMINATED')
    else task.paused = false
    if (verb === 'retry') {
      task.state = 'SPOOLED'
      task.tries++
    }
    this.goOn()
    return true
  }
}

const nothing = () => undefined
const silent: TaskLog = { debug: nothing, info: nothing, warn: nothing, error: nothing }

class Board {
  store = new PowerLossStore()
  clock = new SimulatedClock()
  runtime!: Runtime
  readonly complaints: string[] = []
  readonly model: Model
  readonly #nodes: readonly Node[]
  readonly #quiet = new Quiet()

  constructor(nodes: readonly Node[]) {
    this.#nodes = nodes
    this.model = new Model(nodes)
  }

  async start(): Promise<void> {
    const { store } = this
    const work = defineTask({
      kind: 'work',
      run: async (task) => {
        const i = Number(task.id.slice(1))
        const { ends, failed } = this.#nodes[i] as Node
        const { tries } = this.model.of(i)
        // By hand a task runs whatever it waited for.
        const early = tries > 0 ? [] : (await task.dependencies()).filter(({ state }) => !isOver(state, failed))
        if (early.length > 0 && store === this.store)
          this.complaints.push(`${task.id} ran before ${early.map(({ id, state }) => `${id} ${state}`)}`)
        if (!ends[Math.min(tries, ends.length - 1)]) throw new Error('no')
      },
    })
    const options = { path: 'memory', tasks: [work], log: silent, interruptions: 1_000, limits: { live: 3 } }
    this.runtime = new Runtime(options, { store, clock: this.clock }) as unknown as Runtime
    await this.runtime.start()
  }

  settled(): Promise<void> {
    return this.#quiet.settled(() => this.store.inFlight > 0)
  }

  /** Does something; the power goes on the way when `cut` says so. What was lost with it is done again. */
  async does(deed: () => Promise<unknown>, cut: Cut | undefined, lost: () => Promise<boolean>): Promise<void> {
    const refused = (error: unknown) => void (error instanceof HoldfastError || this.complaints.push(String(error)))
    if (!cut) {
      await deed().catch(refused)
      return this.settled()
    }
    let left = cut.commit
    const begun = channel('holdfast:commit.begin')
    await new Promise<void>((resolve) => {
      const hold = () => {
        if (--left > 0) return
        begun.unsubscribe(hold)
        this.store.hold()
        setImmediate(resolve)
      }
      void begun.subscribe(hold)
      deed().catch(nothing)
      // A deed may come to rest before that commit: then the power goes when nothing moves.
      void this.settled().then(() => {
        begun.unsubscribe(hold)
        resolve()
      })
    })
    if (cut.what === 'power') await this.dies(cut.tear)
    else await this.fails(cut.tear)
    if (!(await lost())) return
    await deed().catch(refused)
    await this.settled()
  }

  async dies(tear: boolean): Promise<void> {
    const dead = this.store
    dead.powerCut({ tear })
    this.store = dead.successor()
    this.clock = this.clock.restart()
    await this.start()
    await this.settled()
  }

  /** The disk fails under what is in flight, and is back when it is tried again. */
  async fails(tear: boolean): Promise<void> {
    if (this.store.inFlight === 0) return
    this.store.powerCut({ tear })
    this.store.release()
    await this.settled()
    for (let tries = 0; tries < 20; tries++) {
      const back = await this.runtime.count().then(
        () => true,
        () => false,
      )
      if (back) return this.settled()
      this.clock.advance(1_000)
      await this.settled()
    }
  }

  async compare(): Promise<void> {
    const shown: object[] = []
    for (const i of this.model.tasks.keys()) {
      const view = await this.runtime.get(`t${i}`)
      shown.push({
        id: i,
        state: view?.state,
        paused: view?.paused,
        pending: view?.pending ?? 0,
        needs: view?.dependsOn,
      })
    }
    const expected = this.model.tasks.map(({ state, paused, awaits }, i) => {
      const { needs } = this.#nodes[i] as Node
      const dependsOn = needs.length === 0 ? undefined : needs.map((need) => `t${need}`)
      return { id: i, state, paused, pending: awaits.size, needs: dependsOn }
    })
    expect(shown).toEqual(expected)
    expect(this.complaints).toEqual([])
  }

  async close(): Promise<void> {
    await this.runtime.stop()
    this.#quiet.close()
  }
}

function isOver(state: string | undefined, failed: Policy): boolean {
  return state === 'FINISHED' || (failed === 'run' && (state === 'FAILED' || state === 'TERMINATED'))
}

function task(nodes: readonly Node[], i: number) {
  const { needs, failed, paused } = nodes[i] as Node
  const dependsOn = { tasks: needs.map((need) => `t${need}`), failed }
  return { kind: 'work', id: `t${i}`, paused, dependsOn }
}

async function play({ nodes, atOnce, deeds }: Flow): Promise<void> {
  const board = new Board(nodes)
  await board.start()
  try {
    const all = nodes.map((_, i) => task(nodes, i))
    if (atOnce) {
      for (const i of nodes.keys()) board.model.make(i)
      await board.does(
        () => board.runtime.enqueueMany([...all].reverse()),
        undefined,
        async () => false,
      )
    } else {
      for (const [i, { kind, ...options }] of all.entries()) {
        board.model.make(i)
        await board.does(
          () => board.runtime.enqueue(kind, undefined, options),
          undefined,
          async () => false,
        )
      }
    }
    await board.compare()
    for (const { deed, cut } of deeds) {
      await tell(board, deed, cut, nodes.length)
      await board.compare()
    }
  } finally {
    await board.close()
  }
}

async function tell(board: Board, deed: Deed, cut: Cut | undefined, count: number): Promise<void> {
  if (deed.do === 'restart') return board.dies(false)
  const i = deed.pick % count
  const id = `t${i}`
  const before = await board.runtime.get(id)
  const legal = board.model.verb(deed.do, i)
  const lost = async () => {
    const view = await board.runtime.get(id)
    if (!legal || !view) return false
    return deed.do === 'retry'
      ? view.attempt === before?.attempt
      : view.history.length === before?.history.length && view.paused === before?.paused
  }
  await board.does(() => board.runtime[deed.do](id), cut, lost)
}

test('flows do what their policies say, over cuts in the middle of every commit', async () => {
  await fc.assert(fc.asyncProperty(flow, play), { numRuns: runs(150, 3_000) })
}, 3_600_000)
