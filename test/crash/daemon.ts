/** Lives of the daemon that is killed: it runs in a process of its own and says what it does in a file of its own. */
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** One fact of the witness: what happened, to which task. */
export interface Fact {
  readonly fact: string
  readonly id: string
  readonly [key: string]: unknown
}

export interface Life {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

/** Called with each line that a daemon prints. */
type Hear = (line: string) => void

/** Runs a program of this folder to its end, whichever that is. */
function live(program: string, args: readonly string[], hear: Hear): Promise<Life> {
  const child = spawn(process.execPath, [fileURLToPath(new URL(program, import.meta.url)), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // Not how a test ends, but how it says that a daemon hangs.
    timeout: 60_000,
    killSignal: 'SIGTERM',
  })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.split('\n')) if (line) hear(line)
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, out, err }))
  })
}

/** A directory with a store in it and the witness beside it. */
export class Board {
  readonly path: string
  readonly log: string

  constructor(directory: string) {
    this.path = join(directory, 'store')
    this.log = join(directory, 'witness')
  }

  /** One life of a program on this board. */
  live(program: string, args: readonly string[], hear: Hear = () => undefined): Promise<Life> {
    return live(program, [this.path, this.log, ...args], hear)
  }

  /** A life that has to end by itself, and well. */
  async finish(program: string, args: readonly string[] = [], hear?: Hear): Promise<string> {
    const { code, signal, out, err } = await this.live(program, args, hear)
    if (code !== 0) throw new Error(`${program} ended with ${signal ?? code}: ${err || out}`)
    return out
  }

  /** A life that has to be killed. */
  async dies(program: string, args: readonly string[]): Promise<void> {
    const { code, signal, out, err } = await this.live(program, args)
    if (signal !== 'SIGKILL')
      throw new Error(`${program} was to be killed and ended with ${signal ?? code}: ${err || out}`)
  }

  /** All that the witness was told so far. */
  async facts(): Promise<Fact[]> {
    const text = await readFile(this.log, 'utf8').catch(() => '')
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Fact)
  }
}

/** Does the work `at` most so many at a time: the board has two cores. */
export async function inTurns<In, Out>(
  all: readonly In[],
  at: number,
  work: (one: In) => Promise<Out>,
): Promise<Out[]> {
  const results: Out[] = []
  let next = 0
  const worker = async () => {
    for (let i = next++; i < all.length; i = next++) results[i] = await work(all[i] as In)
  }
  await Promise.all(Array.from({ length: at }, worker))
  return results
}
