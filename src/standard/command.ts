/**
 * A command in a process group of its own, without a shell. It is told to stop with SIGTERM, and a while later the whole
 * group is killed; what it leaves running when it ends is killed too, and so is all of it when this process dies.
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import type { Clock } from '../kernel/clock.js'
import { HoldfastError } from '../model/errors.js'
import type { Guard } from '../runtime/isolation-guard.js'
import type { ExecOutput } from './shapes.js'

/** From SIGTERM to SIGKILL. */
const GRACE_MS = 2_000
/** How long what it wrote may take to be read, when somebody who fled from the group keeps the pipes open. */
const DRAIN_MS = 1_000

export interface Command {
  readonly file: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly stdin: string
}

interface Terms {
  readonly clock: Clock
  readonly guard: Guard
  readonly signal: AbortSignal
  /** Of each of its outputs. */
  readonly maxBytes: number
}

/**
 * Runs a command; resolves or rejects when nothing of it is left.
 * @throws ERR_TOO_LARGE, the reason of the signal, and what the system throws (ENOENT, EACCES …)
 */
export function run({ file, args, cwd, env, stdin }: Command, terms: Terms): Promise<ExecOutput> {
  const { clock, guard, signal, maxBytes } = terms
  return new Promise((resolve, reject) => {
    signal.throwIfAborted()
    const { child, free } = guard.start((mark) => spawn(file, args, { cwd, env: { ...env, ...mark }, detached: true }))
    const { pid } = child
    let failure: unknown
    const alarms = new Set<{ clear(): void }>()
    const later = (ms: number, what: () => void) => alarms.add(clock.alarm('steady', clock.steady() + ms, what))
    const stop = (why: unknown) => {
      if (failure !== undefined) return
      failure = why
      killGroup(pid, 'SIGTERM')
      later(GRACE_MS, () => killGroup(pid, 'SIGKILL'))
    }
    const aborted = () => stop(signal.reason)
    signal.addEventListener('abort', aborted, { once: true })
    const tooMuch = () => stop(new HoldfastError('ERR_TOO_LARGE', `${file} wrote more than ${maxBytes} bytes`))
    const outputs = [child.stdout, child.stderr].map((stream) => collected(stream, maxBytes, tooMuch))
    child.once('error', (error) => {
      failure ??= error
    })
    child.once('exit', () => {
      killGroup(pid, 'SIGKILL')
      later(DRAIN_MS, () => {
        child.stdout.destroy()
        child.stderr.destroy()
      })
    })
    child.once('close', (code, by) => {
      for (const alarm of alarms) alarm.clear()
      signal.removeEventListener('abort', aborted)
      free()
      const [stdout = '', stderr = ''] = outputs.map((text) => text())
      if (failure === undefined) resolve({ code, signal: by, stdout, stderr })
      else reject(failure)
    })
    // One that does not read closes its end.
    child.stdin?.on('error', () => undefined).end(stdin)
  })
}

/** Of a command that could not be started there is none when descriptors were short, whatever the types say. */
type Stream = ChildProcessWithoutNullStreams['stdout'] | undefined

/** What comes out of a stream, to a bound; then the rest is let go. */
function collected(stream: Stream, maxBytes: number, tooMuch: () => void): () => string {
  const chunks: Buffer[] = []
  let bytes = 0
  stream?.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= maxBytes) chunks.push(chunk)
    else tooMuch()
  })
  stream?.on('error', () => undefined)
  return () => Buffer.concat(chunks).toString('utf8')
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // It is gone.
  }
}
