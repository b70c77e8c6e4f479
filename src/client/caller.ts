/**
 * Requests that outlive a daemon which restarts. What never reached it is asked again; what may have reached it only
 * when being done twice is being done once. What a daemon refuses for now is asked again too. All within `retry`.
 */
import type { Clock } from '../kernel/clock.js'
import { HoldfastError } from '../model/errors.js'
import { jsonText } from '../model/json.js'
import { Answer, bad } from './answer.js'
import { type Halts, throwIfHalted, whenHalted } from './halt.js'
import type { ClientSettings } from './options.js'
import { isLasting, type Opened, type Sent, type Transport } from './transport.js'

export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
  /** Done twice it is as if done once. Default: GET, PUT and DELETE. */
  readonly safe?: boolean
  /** A refusal may come when a part of it was done. */
  readonly partial?: boolean
  /** What it takes away may have gone with a request whose answer did not come. */
  readonly gone?: boolean
  /** It waits for as long as the daemon is there, whatever that refuses. */
  readonly patient?: boolean
  /** How long the daemon is asked to wait, milliseconds. */
  readonly waitMs?: number
  readonly signal?: AbortSignal | undefined
}

/** Nothing was done, and later it may be. */
const REFUSALS: readonly string[] = ['ERR_NOT_STARTED', 'ERR_STOPPED', 'ERR_DEGRADED', 'ERR_OVERLOADED']
/** What may have been done all the same. */
const DOUBTS: readonly string[] = ['ERR_NO_ANSWER', 'ERR_COMMIT_UNKNOWN']
const FIRST_DELAY_MS = 20
const LONGEST_DELAY_MS = 1_000

export class Caller {
  readonly clock: Clock
  readonly #transport: Transport
  readonly #settings: ClientSettings
  readonly #closing = new AbortController()

  constructor(transport: Transport, settings: ClientSettings, clock: Clock) {
    this.#transport = transport
    this.#settings = settings
    this.clock = clock
  }

  /** Connections for requests at a time. */
  get connections(): number {
    return this.#settings.connections
  }

  close(): void {
    const hint = 'A closed client does not open again: make another one.'
    this.#closing.abort(new HoldfastError('ERR_STOPPED', 'the client is closed', { hint }))
    this.#transport.close()
  }

  /** The answer to a request. @throws what the problem of a refusal says; ERR_NO_DAEMON, ERR_NO_ANSWER, ERR_BAD_ANSWER */
  ask(call: Call): Promise<Answer> {
    return this.#persist(call, async (sent, halts) => {
      const opened = await this.#transport.open(sent, halts)
      opened.within(this.#settings.timeoutMs)
      return Answer.of(opened, this.#settings.answerLimit)
    })
  }

  /** The answer to a request as it comes: the caller reads it, and closes it. @throws as ask */
  stream(call: Call): Promise<Opened> {
    return this.#persist(call, async (sent, halts) => {
      const opened = await this.#transport.open({ ...sent, lane: 'waiting' }, halts)
      opened.within(this.#settings.timeoutMs)
      if (opened.response.statusCode === 200) return opened
      const answer = await Answer.of(opened, this.#settings.answerLimit)
      return answer.status >= 400 ? answer : Promise.reject(bad(`status ${answer.status}`))
    })
  }

  /** @throws the reason of the signal, ERR_STOPPED */
  async pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
    const halts = this.#halts(signal)
    await new Promise<void>((resolve, reject) => {
      const alarm = this.clock.alarm('steady', this.clock.steady() + ms, () => {
        leave()
        resolve()
      })
      const leave = whenHalted(halts, (reason) => {
        alarm.clear()
        reject(reason)
      })
    })
  }

  async #persist<Got extends Answer | Opened>(
    call: Call,
    once: (sent: Sent, halts: Halts) => Promise<Answer | Got>,
  ): Promise<Got> {
    const { method, patient = false, partial = false, safe = /^(GET|PUT|DELETE)$/.test(method) } = call
    const halts = this.#halts(call.signal)
    const sent = this.#sent(call, safe)
    let [failures, until]: [number, number | undefined] = [0, undefined]
    let doubt: HoldfastError | undefined
    for (;;) {
      throwIfHalted(halts)
      const found = await once(sent, halts).catch((error: unknown) => {
        throwIfHalted(halts)
        if (error instanceof HoldfastError) return error
        throw error
      })
      const answer = found instanceof Answer ? found : undefined
      const error = found instanceof HoldfastError ? found : refusalOf(answer)
      if (!error || (doubt && call.gone && error.code === 'ERR_NOT_FOUND')) return found as Got
      if (method !== 'GET' && DOUBTS.includes(error.code)) doubt ??= error
      const waits = patient && (REFUSALS.includes(error.code) || answer?.status === 429)
      const now = this.clock.steady()
      until = waits ? undefined : (until ?? now + this.#settings.retryMs)
      const delay = answer?.retryAfter === undefined ? delayOf(failures++) : 1_000 * answer.retryAfter
      const late = until !== undefined && now + delay > until
      if (late || this.#settings.retryMs === 0 || !mayRepeat(error, answer, { safe, partial })) throw doubt ?? error
      await this.pause(delay, call.signal)
    }
  }

  #sent({ method, path, query = {}, body, headers = {}, waitMs = 0 }: Call, safe: boolean): Sent {
    const asked = Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)] as [string, string]],
    )
    const search = asked.length === 0 ? '' : `?${new URLSearchParams(asked)}`
    return {
      method,
      path: path + search,
      headers,
      body: body === undefined ? undefined : jsonText(body, 'body', Number.POSITIVE_INFINITY),
      // A kept connection may be closed by the daemon just when it is written to: then nobody knows what was heard.
      lane: !safe ? 'fresh' : waitMs > 0 ? 'waiting' : 'kept',
      waitMs,
    }
  }

  #halts(signal: AbortSignal | undefined): Halts {
    return [this.#closing.signal, signal]
  }
}

function refusalOf(answer: Answer | undefined): HoldfastError | undefined {
  if (!answer) return undefined
  const { status } = answer
  if (status >= 200 && status < 300) return undefined
  return status >= 400 ? answer.problem() : bad(`status ${status}`)
}

function mayRepeat(
  error: HoldfastError,
  answer: Answer | undefined,
  { safe, partial }: { readonly safe: boolean; readonly partial: boolean },
): boolean {
  if (error.code === 'ERR_NO_DAEMON') return !isLasting(error)
  if (DOUBTS.includes(error.code)) return safe
  if (error.code === 'ERR_RATE_LIMITED') return answer?.retryAfter !== undefined
  return answer !== undefined && REFUSALS.includes(error.code) && (safe || !partial)
}

/** Half as long again by chance: those that were cut together do not come back together. */
function delayOf(failures: number): number {
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** failures) * (1 + Math.random() / 2)
}
