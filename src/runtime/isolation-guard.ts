/**
 * The guard of child processes. A child whose loop is free ends itself when its channel closes; one that computes
 * notices nothing. So a shell of some 1 MB holds the other end of a pipe: when the daemon is gone, however it went, the
 * pipe closes, and the guard kills what the daemon had, each with all that it started. It is there while children are.
 */
import { type ChildProcess, spawn } from 'node:child_process'

const SCRIPT = `
trap '' HUP INT TERM
held=
while read -r does pid; do
  rest=
  for each in $held; do [ "$each" = "$pid" ] || rest="$rest $each"; done
  held=$rest
  [ "$does" = hold ] && held="$held $pid"
done
for each in $held; do kill -s KILL -- "-$each"; done
`

export class Guard {
  readonly #failed: (error: unknown) => void
  readonly #held = new Set<number>()
  #shell: ChildProcess | undefined

  /** @param failed is told when there is no shell to be had */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed
  }

  /** From now on the process (and its group) does not outlive this one. */
  hold(pid: number): void {
    this.#held.add(pid)
    if (this.#shell) this.#tell('hold', pid)
    else this.#start()
  }

  free(pid: number): void {
    if (!this.#held.delete(pid)) return
    this.#tell('free', pid)
    if (this.#held.size > 0) return
    this.#shell?.stdin?.end()
    this.#shell = undefined
  }

  #start(): void {
    const shell = spawn('/bin/sh', ['-c', SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'], detached: true, cwd: '/' })
    this.#shell = shell
    shell.unref()
    shell.stdin.on('error', () => undefined)
    const lost = (error: unknown) => {
      if (this.#shell !== shell) return
      this.#shell = undefined
      this.#failed(error)
    }
    shell.on('error', lost)
    // Somebody killed it: the next child gets another one, which holds all that are there.
    shell.on('exit', (code, signal) => lost(`it ended with ${signal ?? code}`))
    for (const pid of this.#held) this.#tell('hold', pid)
  }

  #tell(does: 'hold' | 'free', pid: number): void {
    this.#shell?.stdin?.write(`${does} ${pid}\n`)
  }
}
