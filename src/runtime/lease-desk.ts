import type { LeasedTask, LeaseFailure, LeaseRequest } from './lease-request.js'
import type { Leases } from './leases.js'
import type { WorkerView } from './workers.js'

/** Tasks of remote kinds, for workers in other processes: `runtime.leases`. */
export class LeaseDesk {
  readonly #leases: Leases
  readonly #assertWorking: () => void

  constructor(leases: Leases, assertWorking: () => void) {
    this.#leases = leases
    this.#assertWorking = assertWorking
  }

  /**
   * Tasks for a worker, RUNNING from now on; waits up to `wait` when there are none, until `signal` is aborted.
   * @throws ERR_UNKNOWN_KIND, ERR_INVALID_OPTION, ERR_INVALID_ID, ERR_INVALID_DURATION, ERR_OVERLOADED
   */
  async take(request: LeaseRequest, signal?: AbortSignal): Promise<LeasedTask[]> {
    this.#assertWorking()
    return this.#leases.take(request, signal)
  }

  /** The worker lives, and how far it is. @throws ERR_LEASE_LOST: it should stop */
  heartbeat(lease: string, progress?: unknown): void {
    this.#leases.heartbeat(lease, progress)
  }

  /** The result; resolves when it is durable. Saying the same again is answered alike. @throws ERR_LEASE_LOST */
  async success(lease: string, result?: unknown): Promise<void> {
    return this.#leases.success(lease, result)
  }

  /** It could not be done; retried while attempts are left. @throws ERR_LEASE_LOST */
  async failure(lease: string, failure: LeaseFailure): Promise<void> {
    return this.#leases.failure(lease, failure)
  }

  /** The workers that asked for work since the start, and which of them are gone. At most 1,000. */
  workers(): WorkerView[] {
    return this.#leases.workers()
  }
}
