/**
 * Leases: the runs of remote tasks. A lease is an ordinary run whose processor is a worker in another process: it has
 * the time limit, the heartbeat, the retries and the durability of one. A worker is answered with tasks when their
 * RUNNING is on disk, and with its own outcome likewise. A lease lives as long as this process does: after a restart
 * its task was interrupted, is leased anew, and what its first worker says comes too late.
 */
import { nanoid } from 'nanoid'
import { HoldfastError } from '../model/errors.js'
import { jsonText } from '../model/json.js'
import type { Kinds } from './kinds.js'
import { checkedRequest, failureError, type LeasedTask, type LeaseFailure, type LeaseRequest } from './lease-request.js'
import type { Ledger } from './ledger.js'
import { snooze } from './outcome.js'
import type { Routes } from './routes.js'
import type { RunningTask } from './running-task.js'
import type { TaskUnit } from './unit.js'
import { Workers, type WorkerView } from './workers.js'

interface Lease {
  readonly id: string
  readonly worker: string
  readonly task: RunningTask
  resolve(value: unknown): void
  reject(error: unknown): void
  /** Its answer is being committed. */
  closing?: Answer
}

interface Answer {
  /** Word by word. */
  readonly said: string
  /** Where the answer takes the task, if it comes in time. */
  readonly to: 'FINISHED' | 'FAILED'
  readonly done: Promise<void>
  resolve(): void
  reject(error: unknown): void
}

interface Expected {
  readonly worker: string
  opened(lease: LeasedTask | undefined): void
}

interface LeasesHost {
  readonly dispatch: { start(unit: TaskUnit): boolean }
  readonly runs: { of(taskId: string): { readonly wanted: boolean } | undefined }
  /** Work is taken just now. */
  working(): boolean
}

/** Workers that wait at a time. */
const MOST_WAITING = 1_000
/** Answered leases that are remembered: a worker that did not hear may say the same again. */
const MOST_ANSWERED = 1_000

export class Leases {
  readonly #ledger: Ledger
  readonly #routes: Routes
  readonly #kinds: Kinds
  readonly #host: LeasesHost
  readonly #workers: Workers
  readonly #leases = new Map<string, Lease>()
  readonly #byTask = new Map<string, Lease>()
  readonly #expected = new Map<string, Expected>()
  readonly #answered = new Map<string, Answer>()
  #waiting = 0

  constructor(ledger: Ledger, routes: Routes, kinds: Kinds, host: LeasesHost) {
    this.#ledger = ledger
    this.#routes = routes
    this.#kinds = kinds
    this.#host = host
    this.#workers = new Workers(ledger.clock)
  }

  /** Workers that have asked for work since the start, with those that are gone. */
  workers(): WorkerView[] {
    return this.#workers.list()
  }

  /**
   * Tasks for a worker, RUNNING from now on; an empty list when none came in time. When `signal` is aborted nobody is
   * there to take them: what was leased goes back and no attempt is spent.
   */
  async take(request: LeaseRequest, signal?: AbortSignal): Promise<LeasedTask[]> {
    const { worker, kinds, max, waitMs } = checkedRequest(this.#kinds, request)
    const until = this.#ledger.clock.steady() + waitMs
    this.#workers.arrive(worker, kinds)
    try {
      for (;;) {
        const { calls } = this.#routes.remotes
        const leased = this.#host.working() ? await this.#tryNow(worker, kinds, max, until) : []
        if (signal?.aborted) {
          for (const { lease } of leased) this.#leases.get(lease)?.resolve(snooze(0))
          return []
        }
        if (leased.length > 0 || this.#ledger.clock.steady() >= until) return leased
        if (calls === this.#routes.remotes.calls) await this.#called(kinds, until, signal)
      }
    } finally {
      this.#workers.leave(worker, signal?.aborted === true)
    }
  }

  /** The worker lives and works on it. @throws ERR_LEASE_LOST: it should stop */
  heartbeat(id: string, progress?: unknown): void {
    const { task, worker } = this.#held(id)
    this.#workers.sign(worker)
    if (progress === undefined) task.heartbeat()
    else task.progress(progress)
  }

  /** The result; resolves when it is durable. Said again word by word it is answered again. @throws ERR_LEASE_LOST */
  success(id: string, result: unknown): Promise<void> {
    const text = jsonText(result, 'result', this.#ledger.settings.limits.result)
    return this.#answer(id, 'FINISHED', text, (lease) => lease.resolve(JSON.parse(text)))
  }

  /** It could not be done; retried while attempts are left. @throws ERR_LEASE_LOST */
  failure(id: string, failure: LeaseFailure): Promise<void> {
    const error = failureError(failure)
    return this.#answer(id, 'FAILED', JSON.stringify(failure), (lease) => lease.reject(error))
  }

  /** The processor of remote kinds: settles when the worker answers, or when the run is stopped. */
  open(task: RunningTask, unit: TaskUnit): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const expected = this.#expected.get(task.id)
      this.#expected.delete(task.id)
      if (!expected || task.signal.aborted) {
        expected?.opened(undefined)
        resolve(snooze(0))
        return
      }
      const lease: Lease = { id: nanoid(), worker: expected.worker, task, resolve, reject }
      this.#leases.set(lease.id, lease)
      this.#byTask.set(task.id, lease)
      this.#workers.leased(lease.worker, 1)
      task.signal.addEventListener(
        'abort',
        () => {
          this.#lose(lease)
          reject(task.signal.reason)
        },
        { once: true },
      )
      expected.opened(this.#view(lease, unit))
    })
  }

  /** A run comes to its outcome: `make` makes the step, or says when it is made. Its worker hears when it is on disk. */
  settle(unit: TaskUnit, make: () => Promise<void> | undefined): Promise<void> | undefined {
    if (!unit.kind.remote) return make()
    const wasRunning = unit.state === 'RUNNING'
    const settling = make()
    this.missed(unit.id)
    const lease = this.#byTask.get(unit.id)
    if (lease) this.#settled(lease, unit, wasRunning, settling)
    return settling
  }

  #settled(lease: Lease, unit: TaskUnit, wasRunning: boolean, settling: Promise<void> | undefined): void {
    const took = () => wasRunning && unit.state === lease.closing?.to
    const { commit } = this.#ledger
    const inTime = settling ? settling.then(took) : Promise.resolve(took())
    Promise.all([inTime, settling ? settling.then(() => commit.durable()) : commit.durable()]).then(
      ([counts]) => this.#lose(lease, counts),
      (error) => {
        // The disk failed under it. The run keeps its outcome until the disk is back: then the same answer is answered.
        const { closing } = lease
        if (!closing) return
        lease.closing = this.#remember(lease.id, closing.to, closing.said)
        closing.reject(error)
      },
    )
  }

  /** A task that a worker waits for came to nothing before it was leased. */
  missed(taskId: string): void {
    this.#expected.get(taskId)?.opened(undefined)
    this.#expected.delete(taskId)
  }

  /** Memory is forgotten; the leases go on, as runs do. */
  clear(): void {
    for (const id of [...this.#expected.keys()]) this.missed(id)
  }

  /** Work is taken again: who waits looks. What the disk does not know as running is no lease any more. */
  look(): void {
    for (const lease of [...this.#leases.values()]) if (!this.#host.runs.of(lease.task.id)?.wanted) this.#lose(lease)
    this.#routes.remotes.callAll()
  }

  /** A commit that failed leased nothing: who waits goes on waiting, until the disk is back. */
  async #tryNow(worker: string, kinds: readonly string[], max: number, until: number): Promise<LeasedTask[]> {
    try {
      return await this.#takeNow(worker, kinds, max)
    } catch (error) {
      if (this.#ledger.clock.steady() >= until) throw error
      return []
    }
  }

  async #takeNow(worker: string, kinds: readonly string[], max: number): Promise<LeasedTask[]> {
    const { directory, commit } = this.#ledger
    const ids = this.#routes.remotes.take(kinds, max, (kind, route) => this.#routes.bars(kind, route))
    if (ids.length === 0) return []
    return directory.use(ids, async (units) => {
      const opening: Promise<LeasedTask | undefined>[] = []
      for (const unit of units) {
        if (!unit || !this.#host.dispatch.start(unit)) continue
        opening.push(new Promise((opened) => this.#expected.set(unit.id, { worker, opened })))
      }
      await commit.durable()
      return (await Promise.all(opening)).filter((leased) => leased !== undefined)
    })
  }

  /** Until something is queued, the time is over, or nobody is there any more. */
  #called(kinds: readonly string[], until: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#waiting >= MOST_WAITING) throw new HoldfastError('ERR_OVERLOADED', `${MOST_WAITING} workers wait already`)
    this.#waiting++
    return new Promise<void>((resolve) => {
      const go = () => {
        leave()
        alarm.clear()
        signal?.removeEventListener('abort', go)
        resolve()
      }
      const leave = this.#routes.remotes.wait(kinds, go)
      const alarm = this.#ledger.clock.alarm('steady', until, go)
      signal?.addEventListener('abort', go, { once: true })
    }).finally(() => this.#waiting--)
  }

  async #answer(id: string, to: Answer['to'], said: string, tell: (lease: Lease) => void): Promise<void> {
    const before = this.#answered.get(id)
    if (before?.said === said && before.to === to) return before.done
    const lease = this.#held(id)
    if (before) throw lost(id)
    this.#workers.sign(lease.worker)
    lease.closing = this.#remember(id, to, said)
    tell(lease)
    return lease.closing.done
  }

  #remember(id: string, to: Answer['to'], said: string): Answer {
    let resolve = () => undefined as void
    let reject = (_: unknown) => undefined as void
    const done = new Promise<void>((yes, no) => {
      resolve = yes
      reject = no
    })
    done.catch(() => undefined)
    const answer = { said, to, done, resolve, reject }
    this.#answered.set(id, answer)
    const [oldest] = this.#answered.keys()
    if (this.#answered.size > MOST_ANSWERED) this.#answered.delete(oldest as string)
    return answer
  }

  #held(id: string): Lease {
    const lease = this.#leases.get(id)
    if (lease) return lease
    throw lost(id)
  }

  /** It is over; whoever answered it is told whether that counted. */
  #lose(lease: Lease, counted = false): void {
    if (!this.#leases.delete(lease.id)) return
    if (this.#byTask.get(lease.task.id) === lease) this.#byTask.delete(lease.task.id)
    this.#workers.leased(lease.worker, -1)
    if (counted) {
      lease.closing?.resolve()
      return
    }
    this.#answered.delete(lease.id)
    lease.closing?.reject(lost(lease.id))
  }

  #view(lease: Lease, { context, kind, extras }: TaskUnit): LeasedTask {
    const { id, input, attempt, group, cause, settings } = lease.task
    return {
      lease: lease.id,
      id,
      kind: kind.name,
      input,
      attempt,
      ...(group === undefined ? {} : { group }),
      // A worker asks over the HTTP API, like everybody there.
      ...(cause === undefined || cause.api === false ? {} : { cause }),
      settings,
      heartbeatMs: extras.heartbeatMs ?? (kind.heartbeatMs as number),
      ...(context.deadline === null ? {} : { timeoutMs: Math.max(0, context.deadline - this.#ledger.clock.steady()) }),
    }
  }
}

function lost(id: string): HoldfastError {
  return new HoldfastError('ERR_LEASE_LOST', `the lease ${JSON.stringify(id.slice(0, 40))} is over`)
}
