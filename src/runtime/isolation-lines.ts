/** A stream of text cut into lines, each of at most `limit` characters: what is longer is not kept. */
export class Lines {
  readonly #limit: number
  readonly #line: (text: string, whole: boolean) => void
  readonly #overflow: (() => void) | undefined
  #rest = ''
  #cut = false

  /** `line` is told each line, and whether it is all of it; `overflow` that one is too long, before its end is there. */
  constructor(limit: number, line: (text: string, whole: boolean) => void, overflow?: () => void) {
    this.#limit = limit
    this.#line = line
    this.#overflow = overflow
  }

  push(chunk: string): void {
    let from = 0
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', from)) {
      this.#add(chunk.slice(from, end))
      this.#tell()
      from = end + 1
    }
    this.#add(chunk.slice(from))
  }

  /** The stream is over: what is left is a line too. */
  end(): void {
    if (this.#rest !== '' || this.#cut) this.#tell()
  }

  #add(text: string): void {
    const room = this.#limit - this.#rest.length
    if (text.length > room && !this.#cut) {
      this.#cut = true
      this.#overflow?.()
    }
    this.#rest += text.length > room ? text.slice(0, room) : text
  }

  #tell(): void {
    const [text, whole] = [this.#rest, !this.#cut]
    this.#rest = ''
    this.#cut = false
    this.#line(text, whole)
  }
}
