import { setImmediate as turn } from 'node:timers/promises'

/** The least of a group commit: one synced batch in flight, the next one filling. */
export class Commits {
  #db
  #operations = []
  #waiting = []
  #busy = false

  constructor(db) {
    this.#db = db
  }

  /** Resolves when these operations are on disk. */
  add(operations) {
    for (const operation of operations) this.#operations.push(operation)
    const landed = new Promise((resolve) => {
      this.#waiting.push(resolve)
    })
    if (!this.#busy) void this.#flush()
    return landed
  }

  async #flush() {
    this.#busy = true
    while (this.#waiting.length > 0) {
      // A turn of the loop: whoever was just told that a batch has landed can join the next one.
      await turn()
      const [operations, waiting] = [this.#operations, this.#waiting]
      this.#operations = []
      this.#waiting = []
      await this.#write(operations)
      for (const landed of waiting) landed()
    }
    this.#busy = false
  }

  /** A chained batch: an array batch copies each operation. */
  #write(operations) {
    const batch = this.#db.batch()
    for (const { type, key, value } of operations) {
      if (type === 'put') batch.put(key, value)
      else batch.del(key)
    }
    return batch.write({ sync: true })
  }
}
