/**
 * The outside witness: a file of the host to which the machine appends a line for each thing it was told.
 *
 * The machine writes through hostfs, which hands every write to the host at once; so the lines outlive the power cut
 * that the machine's own disk may lose data in. One word, then its arguments: `ACK <id>`, `RUN <id> <attempt>`.
 */
import { appendFileSync, openSync, readFileSync, readSync, truncateSync, watch, writeFileSync } from 'node:fs'

export class Witness {
  constructor(path) {
    this.path = path
    writeFileSync(path, '')
    this.fd = openSync(path, 'r')
    this.position = 0
    this.rest = ''
  }

  /** The arguments of the next line that starts with `word`; lines before it are read over. Undefined at the end of `until`. */
  async next(word, until) {
    let over = false
    let wake = () => {}
    const watcher = watch(this.path, () => wake())
    until.then(() => {
      over = true
      wake()
    })
    try {
      for (;;) {
        const changed = new Promise((resolve) => {
          wake = resolve
        })
        const last = over
        for (let line = this.#line(); line !== undefined; line = this.#line()) {
          const [first, ...words] = line.split(' ')
          if (first === word) return words
        }
        if (last) return undefined
        await changed
      }
    } finally {
      watcher.close()
    }
  }

  /** Every line so far, as words. */
  lines() {
    const text = readFileSync(this.path, 'utf8')
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(' '))
  }

  /**
   * Drops a last line that the cut tore: half an id would be taken for another id. Losing it only weakens the witness,
   * it never makes it lie. Also leaves a mark, so that a reader sees which machine said what.
   */
  mend(mark) {
    const text = readFileSync(this.path)
    const whole = text.lastIndexOf('\n') + 1
    if (whole < text.length) truncateSync(this.path, whole)
    appendFileSync(this.path, `${mark}\n`)
    this.position = whole
    this.rest = ''
  }

  #line() {
    for (;;) {
      const end = this.rest.indexOf('\n')
      if (end >= 0) {
        const line = this.rest.slice(0, end)
        this.rest = this.rest.slice(end + 1)
        return line
      }
      const chunk = Buffer.alloc(65536)
      const read = readSync(this.fd, chunk, 0, chunk.length, this.position)
      if (read === 0) return undefined
      this.position += read
      this.rest += chunk.toString('utf8', 0, read)
    }
  }
}
