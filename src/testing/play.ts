/**
 * One play of a path: a task with the machine on a board of its own, and what happens to it, one thing after the other.
 * The power goes never, before every event, or once in the middle of a commit; what was asked for and not answered is
 * then asked for again, as whoever asked would do.
 */
import type { AnyDefinition, Definition } from '../runtime/define.js'
import { Board } from './board.js'
import type { BoardOptions } from './board-options.js'
import { type FakeCall, inOrder, waits } from './fake.js'
import { type Faked, fakeActors } from './fake-actors.js'
import type { Happening, Path } from './paths.js'

/** When the power goes. */
export type Cut =
  | { readonly at: 'never' }
  | { readonly at: 'events' }
  | { readonly at: 'commit'; readonly n: number; readonly torn: boolean }

/** What can be seen of a task, and of what it made, after something happened. */
export type Look = Readonly<Record<string, unknown>>

export interface Played {
  /** One at the start, and one after each thing that happened. */
  readonly looks: readonly Look[]
  /** How the actors were asked whose outcomes were given. */
  readonly calls: readonly FakeCall[]
  readonly commits: number
}

export interface Stage {
  readonly definition: AnyDefinition
  readonly input: unknown
  readonly actors: readonly string[]
  /** The other kinds that it needs, and whatever else a runtime is told. */
  readonly options: BoardOptions
}

/** The same in every play: an id may be part of an idempotency key. */
const ID = 'walked'

export async function play(stage: Stage, path: Path, cut: Cut, seen: readonly Look[] = []): Promise<Played> {
  const faked = fakeActors(stage.definition, Object.fromEntries(stage.actors.map((name) => [name, waits])))
  const { options } = stage
  const board = new Board({ ...options, tasks: [faked.task, ...options.tasks] })
  const run = new Run(board, faked, stage, seen)
  await board.start()
  const begun = board.commits
  try {
    await (cut.at === 'commit' ? run.cutOnce(path, cut) : run.from(path, 0, cut.at === 'events'))
    const calls = inOrder(Object.values(faked.fakes).flatMap((fake) => fake.calls))
    return { looks: run.looks, calls, commits: cut.at === 'never' ? board.commits - begun : 0 }
  } finally {
    await board.close()
  }
}

type Fakes = Faked<AnyDefinition, string>

class Run {
  readonly looks: Look[] = []
  readonly #board: Board
  readonly #faked: Fakes
  readonly #stage: Stage
  /** What was seen when nothing went wrong. */
  readonly #seen: readonly Look[]
  #life = 0
  /** What was under way when the power went. */
  #again: number | undefined

  constructor(board: Board, faked: Fakes, stage: Stage, seen: readonly Look[]) {
    this.#board = board
    this.#faked = faked
    this.#stage = stage
    this.#seen = seen
  }

  /** All that happens, from the n-th on: the start is 0. */
  async from(path: Path, first: number, restarting: boolean): Promise<void> {
    const life = this.#life
    for (let n = first; n <= path.length; n++) {
      const happening = path[n - 1]
      if (restarting && n > 0) {
        await this.#board.crash()
        await this.#board.restart()
      }
      if (happening) await this.#happen(happening, n)
      else await this.#begin()
      await this.#board.settled()
      // A play whose power went goes on in another life.
      if (life !== this.#life) return
      this.looks.push(await this.look())
    }
  }

  async cutOnce(path: Path, { n, torn }: { readonly n: number; readonly torn: boolean }): Promise<void> {
    const life = this.#life
    const cut = this.#board.crash({ commit: n, torn }).then(() => void this.#life++)
    // In a dead life calls are refused, or never answered.
    const whole = this.from(path, 0, false).catch(async (error) => {
      await this.#board.settled()
      if (this.#board.on) throw error
      await cut
    })
    await Promise.race([cut, whole])
    if (life === this.#life) return
    await this.#board.restart()
    this.#again = this.looks.length
    await this.from(path, this.#again, false)
  }

  async look(): Promise<Look> {
    const { runtime } = this.#board
    const view = await runtime.get(ID)
    const { state, attempt, machine, result, error, reason } = view ?? {}
    const others = (await this.#board.tasks()).filter(({ id }) => id !== ID)
    return {
      state,
      attempt,
      ...machine,
      result,
      error: error && { name: error.name, message: error.message },
      reason,
      emitted: (await runtime.events(ID)).map(({ event }) => event),
      tasks: others
        .map((each) => JSON.stringify({ kind: each.kind, state: each.state, input: each.input, result: each.result }))
        .sort(),
    }
  }

  async #begin(): Promise<void> {
    const { definition, input } = this.#stage
    await this.#board.runtime.enqueue((definition as Definition).kind, input as never, { id: ID })
  }

  /** What cannot happen, because the machine is elsewhere than was thought, does not. */
  async #happen(happening: Happening, n: number): Promise<void> {
    const { runtime } = this.#board
    if (happening.type === 'event') {
      if ((await runtime.get(ID))?.endedAt !== undefined) return
      await runtime.send(ID, happening.event, { once: `${n}` })
      return
    }
    // It may have been in the commit with which the power went.
    if (n === this.#again && JSON.stringify(await this.look()) === JSON.stringify(this.#seen[n])) return
    if (happening.type === 'timer') {
      const timer = (await this.#board.timers(ID)).find(({ id }) => id === happening.id)
      if (timer) await this.#board.advance(Math.max(0, Date.parse(timer.due) - this.#board.clock.wall()))
      return
    }
    const fake = this.#faked.fakes[happening.name]
    const call = fake?.waiting.find(({ actor }) => actor === happening.actor)
    if (!fake || !call) return
    if (happening.value instanceof Error) fake.reject(happening.value, call)
    else fake.resolve(happening.value, call)
  }
}
