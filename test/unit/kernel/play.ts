/** A machine on a stage of its own, and a test that says when a step is on disk. */
import type { AnyStateMachine, EventObject } from 'xstate'
import { durable } from '../../../src/kernel/durable.js'
import { type Ending, Stage, type Step, type StoredMachine } from '../../../src/kernel/stage.js'

type From = { input: unknown } | { stored: StoredMachine }

export class Play {
  /** Steps that no commit has taken yet. */
  readonly waiting: Step[] = []
  /** The names of the effects that were played. */
  readonly played: string[] = []
  ending: Ending | undefined
  now: number
  readonly stage: Stage
  readonly #machine: AnyStateMachine

  constructor(machine: AnyStateMachine, from: From = { input: undefined }, now = 1_000) {
    this.#machine = machine
    this.now = now
    const host = {
      id: 'task',
      steady: () => this.now,
      stepped: (step: Step) => void this.waiting.push(step),
      ended: (ending: Ending, step: Step) => {
        this.ending = ending
        this.waiting.push(step)
      },
    }
    this.stage = new Stage(durable(machine), host, from)
  }

  start(): this {
    this.stage.start()
    return this
  }

  send(...events: (string | EventObject)[]): this {
    for (const event of events) this.stage.send(typeof event === 'string' ? { type: event } : event)
    return this
  }

  /** The steps so far are on disk: what they held is played, in their order, and then what they start begins. */
  commit(): this {
    for (const { held, starts } of this.waiting.splice(0)) {
      try {
        for (const each of held) this.#play(each)
      } catch (error) {
        this.stage.fail(error)
        return this
      }
      for (const each of starts) this.#play(each)
    }
    return this
  }

  /** The same play in another process, from what was kept. */
  restored(now = this.now): Play {
    this.stage.close()
    return new Play(this.#machine, { stored: this.stored }, now)
  }

  get stored(): StoredMachine {
    return JSON.parse(this.stage.text) as StoredMachine
  }

  get value(): unknown {
    return (this.stored.snapshot as { value: unknown }).value
  }

  get context(): unknown {
    return (this.stored.snapshot as { context: unknown }).context
  }

  /** What the steps that wait would play. */
  get held(): string[] {
    return this.waiting.flatMap(({ held, starts }) => [...held, ...starts].map(({ name }) => name))
  }

  #play({ name, run }: { readonly name: string; readonly run: () => void }): void {
    this.played.push(name)
    run()
  }
}

/** The turns that settled promises need. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => void setImmediate(resolve))
}
