/**
 * The guard of child processes. A child whose loop is free ends itself when its channel closes; one that computes
 * notices nothing. So a shell of some 1 MB holds the other end of a pipe: when the daemon is gone, however it went, the
 * pipe closes, and the guard kills what the daemon had, each with all that it started. It is there while children are.
 *
 * A child may kill the daemon before anybody knows its id. So it is announced first, and bears a mark in its environment
 * by which the guard finds it in /proc. It cannot look too early: until a child has become its program it has the pipe
 * open, too.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'

/** The variable that has the mark. */
const MARK = 'HOLDFAST_CHILD'

const SCRIPT = `
trap '' HUP INT TERM
held=
while read -r does mark pid; do
  rest=
  for each in $held; do [ "\${each%%:*}" = "$mark" ] || rest="$rest $each"; done
  held=$rest
  [ "$does" = hold ] && held="$held $mark:$pid"
done
for each in $held; do
  pid=\${each#*:}
  for found in \${pid:-$(grep -lF "${MARK}=\${each%:}" /proc/[0-9]*/environ)}; do
    found=\${found#/proc/}
    kill -s KILL -- "-\${found%/environ}"
  done
done
`

export class Guard {
  readonly #failed: (error: unknown) => void
  /** The ids of the children, by their marks. One that is about to start has none yet. */
  readonly #held = new Map<string, number | undefined>()
  #shell: ChildProcess | undefined

  /** @param failed is told when there is no shell to be had */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed
  }

  /**
   * Starts the leader of a process group. From its first moment until it is freed, it and its group do not outlive this
   * process.
   * @param start is given what its environment has to have
   */
  start<Child extends ChildProcess>(start: (mark: Readonly<Record<string, string>>) => Child): Held<Child> {
    const mark = randomUUID()
    const free = () => this.#free(mark)
    if (!this.#shell) this.#start()
    this.#hold(mark)
    try {
      const child = start({ [MARK]: mark })
      if (child.pid === undefined) free()
      else this.#hold(mark, child.pid)
      return { child, free }
    } catch (error) {
      free()
      throw error
    }
  }

  #hold(mark: string, pid?: number): void {
    this.#held.set(mark, pid)
    this.#tell(`hold ${mark} ${pid ?? ''}`)
  }

  #free(mark: string): void {
    if (!this.#held.delete(mark)) return
    this.#tell(`free ${mark}`)
    if (this.#held.size > 0) return
    this.#shell?.stdin?.end()
    this.#shell = undefined
  }

  #start(): void {
    const shell = spawn('/bin/sh', ['-c', SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'], detached: true, cwd: '/' })
    this.#shell = shell
    shell.unref()
    // Without a descriptor for it there is no stdin, whatever the types say; the error follows.
    shell.stdin?.on('error', () => undefined)
    const lost = (error: unknown) => {
      if (this.#shell !== shell) return
      this.#shell = undefined
      this.#failed(error)
    }
    shell.on('error', lost)
    // Somebody killed it: the next child gets another one, which holds all that are there.
    shell.on('exit', (code, signal) => lost(`it ended with ${signal ?? code}`))
    for (const [mark, pid] of this.#held) this.#hold(mark, pid)
  }

  #tell(what: string): void {
    this.#shell?.stdin?.write(`${what}\n`)
  }
}

/** A child, and what is called when nothing of it is left. */
export interface Held<Child> {
  readonly child: Child
  free(): void
}
