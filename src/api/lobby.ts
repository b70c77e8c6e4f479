/** Where guests are received: made with the first of them, and gone with the API. */
import type { Guest, Invitation, Visit } from './guests.js'

type Host = Parameters<Invitation>[0]

export class Lobby {
  readonly #invite: Invitation
  readonly #host: Host
  #guest: Promise<Guest> | undefined
  #made: Guest | undefined
  #closed = false

  constructor(invite: Invitation, host: Host) {
    this.#invite = invite
    this.#host = host
  }

  get size(): number {
    return this.#made?.size ?? 0
  }

  /** Before the request has left HTTP: what makes the guest may fail. */
  async open(): Promise<Guest> {
    this.#guest ??= this.#invite(this.#host)
    this.#made = await this.#guest
    return this.#made
  }

  receive(visit: Visit): void {
    if (this.#made && !this.#closed) this.#made.receive(visit)
    else visit.socket.destroy()
  }

  /** Who comes from now on finds nobody. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#made?.close()
  }
}
