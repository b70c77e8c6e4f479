/** The built daemon as a child process. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))
export const MAIN = `${ROOT}dist/src/cli/main.js`

const living = new Set<ChildProcess>()

/** Kills what a failed test left behind. */
export function killAll(): void {
  for (const child of living) child.kill('SIGKILL')
}

/** Starts `holdfast ...args`. */
export function daemon(
  args: readonly string[],
  { env = {}, cwd = ROOT }: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
) {
  const child = spawn(process.execPath, [MAIN, ...args], { cwd, env: { ...process.env, ...env }, stdio: 'pipe' })
  living.add(child)
  let [out, err] = ['', '']
  const waiting: { text: string; resolve: () => void }[] = []
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    out += chunk
    for (const { text, resolve } of waiting) if (out.includes(text)) resolve()
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    err += chunk
  })
  const closed = once(child, 'close').then(([code, signal]) => {
    living.delete(child)
    return { code: code as number | null, signal: signal as string | null, out, err }
  })

  /** Resolves when the daemon has printed `text`; rejects when it ends without. */
  function printed(text: string): Promise<void> {
    const seen = new Promise<void>((resolve) => {
      if (out.includes(text)) resolve()
      else waiting.push({ text, resolve })
    })
    const over = closed.then((end) => {
      if (!end.out.includes(text)) throw new Error(`ended without '${text}': ${JSON.stringify(end)}`)
    })
    return Promise.race([seen, over])
  }

  return {
    pid: child.pid as number,
    closed,
    printed,
    said: () => out,
    kill: (signal: NodeJS.Signals) => {
      child.kill(signal)
      return closed
    },
  }
}
