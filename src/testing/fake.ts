/** A fake: it stands where something acts on the world, answers as it is told, and remembers how it was asked. */
import { AssertionError } from 'node:assert'

/** An outcome: no answer until the test gives one with `resolve` or `reject`. */
export const waits: unique symbol = Symbol('waits')

/**
 * What a fake answers: a value, an Error (it rejects with it), a function of the call, or `waits`.
 */
export type FakeOutcome = unknown

/** How a fake was asked. */
export interface FakeCall {
  /** The name of the actor that it stands for, or the kind whose processor it is. */
  readonly name: string
  /** The id of the task. */
  readonly task: string
  /** The id of the invoke; not there where the fake is a processor. */
  readonly actor?: string
  readonly input: unknown
  /** Aborted when the invoke or the run is stopped. */
  readonly signal: AbortSignal
  /**
   * The idempotency key, where the input has one: its `idempotencyKey` or `key`, or the header `idempotency-key` in its
   * `headers`. Else that of the invocation, where a ready-made actor has one, or the id of the task of a processor.
   */
  readonly key: string | undefined
  /** Counts the calls of this fake: 1 for the first. */
  readonly n: number
}

interface Waiting {
  readonly call: FakeCall
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/** Counts the calls of all fakes: they are told in their order. */
let asked = 0
const orders = new WeakMap<FakeCall, number>()

export class Fake {
  readonly name: string
  /** All calls, over all lives of the process, in their order. */
  readonly calls: FakeCall[] = []
  #outcome: FakeOutcome
  #waiting: Waiting[] = []

  constructor(name: string, outcome: FakeOutcome = undefined) {
    this.name = name
    this.#outcome = outcome
  }

  /** Another answer from the next call on. */
  answers(outcome: FakeOutcome): void {
    this.#outcome = outcome
  }

  /** The calls that wait for an answer. */
  get waiting(): readonly FakeCall[] {
    return this.#waiting.map(({ call }) => call)
  }

  /** Answers the call that waits longest, or the one given. @throws AssertionError when none waits */
  resolve(value?: unknown, call?: FakeCall): void {
    this.#next(call).resolve(value)
  }

  /** Rejects the call that waits longest, or the one given. @throws AssertionError when none waits */
  reject(error: unknown, call?: FakeCall): void {
    this.#next(call).reject(error)
  }

  /** The calls as the other side counts them: of those with the same key only the first. */
  get effects(): FakeCall[] {
    const seen = new Set<string>()
    return this.calls.filter(({ key }) => key === undefined || (!seen.has(key) && seen.add(key)))
  }

  /** The process that asked is gone: nobody waits for these answers. */
  forget(): void {
    this.#waiting = []
  }

  /** `own` is the key that a call has by itself. */
  async ask({ own, ...asking }: Omit<FakeCall, 'n' | 'key' | 'name'> & { readonly own?: string }): Promise<unknown> {
    const key = keyOf(asking.input) ?? own
    const call: FakeCall = { ...asking, name: this.name, key, n: this.calls.length + 1 }
    orders.set(call, asked++)
    this.calls.push(call)
    const outcome = this.#outcome
    if (outcome === waits) return this.#wait(call)
    if (outcome instanceof Error) throw outcome
    return typeof outcome === 'function' ? outcome(call) : outcome
  }

  #wait(call: FakeCall): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const waiting = { call, resolve, reject }
      this.#waiting.push(waiting)
      const left = () => {
        this.#waiting = this.#waiting.filter((each) => each !== waiting)
        // Nobody hears it any more; what runs as a function has to settle before its slot is free.
        reject(call.signal.reason)
      }
      call.signal.addEventListener('abort', left, { once: true })
    })
  }

  #next(call: FakeCall | undefined): Waiting {
    const at = call ? this.#waiting.findIndex((each) => each.call === call) : 0
    const [waiting] = at < 0 ? [] : this.#waiting.splice(at, 1)
    if (waiting) return waiting
    const message = `No call of the fake '${this.name}' waits for an answer; it was called ${this.calls.length} times.`
    throw new AssertionError({ message, operator: 'resolve' })
  }
}

/** The calls of fakes in the order they were made. */
export function inOrder(calls: readonly FakeCall[]): FakeCall[] {
  return [...calls].sort((a, b) => (orders.get(a) as number) - (orders.get(b) as number))
}

interface Keyed {
  readonly idempotencyKey?: unknown
  readonly key?: unknown
  readonly headers?: Readonly<Record<string, unknown>>
}

function keyOf(input: unknown): string | undefined {
  const { idempotencyKey, key, headers = {} } = (input ?? {}) as Keyed
  const header = Object.entries(headers).find(([name]) => name.toLowerCase() === 'idempotency-key')
  const found = idempotencyKey ?? key ?? header?.[1]
  return found === undefined || found === null ? undefined : String(found)
}
