/**
 * Random machines in JSON as tasks of the real runtime, on a disk that forgets what was not synced. Each is played twice
 * with the same events: undisturbed, and with the power going in the middle of commits. Both have to come to the same.
 */
import { isDeepStrictEqual } from 'node:util'
import { beforeAll, expect, test, vi } from 'vitest'
import { loadMachine } from '../../src/configs/index.js'
import { Board } from '../../src/testing/index.js'
import fc, { runs } from '../support/fast-check.js'
import { fileOf, partsOf, plan, RACE, told } from './random-machine.js'

const { PROPERTY_PATH } = process.env

// XState's development build warns when a machine is set up while an action of another one runs.
beforeAll(() => void vi.spyOn(console, 'warn').mockImplementation(() => undefined))

type Told = { readonly type: string } | number

/** The power goes with the `commit`-th commit after one thing began to happen. */
interface Cut {
  readonly commit: number
  readonly torn: boolean
}

interface Played {
  /** The task after each thing that happened. */
  readonly looks: readonly unknown[]
  /** What was told to the world, over all lives. */
  readonly said: readonly string[]
  readonly cuts: number
}

const ID = 'm'

class Play {
  readonly #board: Board
  readonly #said: string[] = []
  #cuts = 0

  constructor(file: object) {
    this.#board = new Board({
      tasks: [
        loadMachine(
          file,
          partsOf((fact) => void this.#said.push(fact)),
        ),
      ],
    })
  }

  async through(events: readonly Told[], cuts: ReadonlyMap<number, Cut>): Promise<Played> {
    const looks: unknown[] = []
    await this.#board.start()
    try {
      for (const [n, event] of [undefined, ...events].entries()) {
        const end = this.#board.clock.wall() + (typeof event === 'number' ? event : 0)
        const happen = () => this.#happen(event, n, end)
        const cut = cuts.get(n)
        if (cut) await this.#cut(cut, happen)
        else await happen()
        await this.#board.settled()
        looks.push(await this.#look())
      }
      return { looks, said: this.#said, cuts: this.#cuts }
    } finally {
      await this.#board.close()
    }
  }

  /** What was asked for and not answered is asked for again, as whoever asked would do. */
  async #cut(how: Cut, happen: () => Promise<void>): Promise<void> {
    const board = this.#board
    const begun = board.commits
    const cut = board.crash(how)
    // In a dead life calls are refused, or never answered.
    const whole = happen()
      .then(() => board.settled())
      .catch(async (error) => {
        await board.settled()
        if (board.on) throw error
        await cut
      })
    await Promise.race([cut, whole])
    if (!board.on || board.commits - begun >= how.commit) await cut
    // There were not so many commits: it goes while nothing moves.
    else await board.crash()
    this.#cuts++
    await board.restart()
    await board.settled()
    await happen()
  }

  async #happen(event: Told | undefined, n: number, end: number): Promise<void> {
    const { runtime } = this.#board
    if (event === undefined) await runtime.enqueue('m', { wait: 3 }, { id: ID })
    else if (typeof event === 'number') await this.#until(end)
    else if ((await runtime.get(ID))?.endedAt === undefined) await runtime.send(ID, event, { once: `${n}` })
  }

  /** From one due time to the next: in a dead life no time passes. */
  async #until(end: number): Promise<void> {
    const board = this.#board
    while (board.on && board.clock.wall() < end) {
      await board.advance(Math.min(Math.max(1, board.clock.next), end - board.clock.wall()))
    }
  }

  async #look(): Promise<unknown> {
    const { runtime } = this.#board
    const { state, attempt, result, error, machine } = (await runtime.get(ID)) ?? {}
    const emitted = (await runtime.events(ID)).map(({ event }) => event)
    // Timers without a name are counted, so one more digit is one more byte of a state that is too large.
    const failed = error && { name: error.name, message: error.message.replace(/\d+ bytes/, 'bytes') }
    // In which order timers of one moment are listed means nothing, and nothing how those without a name are counted.
    const timers = machine?.timers.map(({ id, due }) => `${due} ${id.replace(/\.timer\.\d+/, '')}`).sort()
    return { state, attempt, result, failed, value: machine?.value, context: machine?.context, timers, emitted }
  }
}

/** How often each was said. */
function counted(said: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const each of said) counts.set(each, (counts.get(each) ?? 0) + 1)
  return counts
}

const cut = fc.record({ commit: fc.integer({ min: 1, max: 4 }), torn: fc.boolean() })

test('random machines come to the same, wherever the power goes', { timeout: 3_600_000 }, async () => {
  let [played, raced, ended, cuts, marks, looks, alive] = [0, 0, 0, 0, 0, 0, 0]
  const property = fc.asyncProperty(
    fc.array(plan, { minLength: 2, maxLength: 4 }),
    fc.array(fc.nat(1_000), { minLength: 24, maxLength: 24 }),
    fc.array(fc.tuple(told, fc.option(cut)), { minLength: 3, maxLength: 12 }),
    async (plans, first, happenings) => {
      const file = fileOf(plans, first)
      const events = happenings.map(([event]) => event)
      const at = happenings.flatMap(([, each], i) => (each ? [[i + 1, each] as const] : []))
      const whole = await new Play(file).through(events, new Map())
      const torn = await new Play(file).through(events, new Map(at))
      played++
      if (whole.said.includes(RACE) && !isDeepStrictEqual(torn.looks, whole.looks)) {
        // Which of two outcomes comes first is promised by nobody, and all that follows may hang on it.
        raced++
        return
      }
      expect(torn.looks).toEqual(whole.looks)
      const [before, after] = [counted(whole.said), counted(torn.said)]
      for (const [fact, count] of after) {
        // A plain action is played at most once.
        if (fact.startsWith('mark')) expect(count, fact).toBeLessThanOrEqual(before.get(fact) ?? 0)
      }
      for (const fact of before.keys()) {
        // What is invoked begins at least once.
        if (!fact.startsWith('mark') && fact !== RACE) expect(after.get(fact) ?? 0).toBeGreaterThan(0)
      }
      cuts += torn.cuts
      looks += whole.looks.length
      marks += whole.said.filter((fact) => fact.startsWith('mark')).length
      const last = whole.looks.at(-1) as { state: string }
      if (last.state === 'RUNNING') alive++
      else ended++
    },
  )
  await fc.assert(property, {
    timeout: 60_000,
    numRuns: runs(15, 3_000),
    endOnFailure: true,
  })
  // The power goes, and the machines do something: otherwise this would say nothing.
  if (PROPERTY_PATH !== undefined) return
  expect(cuts).toBeGreaterThan(0)
  // What a few runs have by chance many have for sure.
  if (played < 100) return
  for (const count of [ended, marks, looks, alive]) expect(count).toBeGreaterThan(0)
  expect(raced).toBeLessThanOrEqual(2 + played / 20)
})
