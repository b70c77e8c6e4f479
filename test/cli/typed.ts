/** The built command line as people and programs use it: from a pipe, and on a terminal of a given size. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import { MAIN, ROOT } from '../e2e/daemon.js'

export interface Said {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface Typing {
  readonly env?: NodeJS.ProcessEnv
  readonly cwd?: string
  /** All that comes from stdin. */
  readonly input?: string
}

/** A terminal is a place of its own: what the runner of the tests says of its own is not told. */
const QUIET = { NO_COLOR: undefined, FORCE_COLOR: undefined, CI: undefined, TERM: 'xterm' }

/** Runs `holdfast ...args` with pipes. */
export async function holdfast(
  args: readonly string[],
  { env = {}, cwd = ROOT, input = '' }: Typing = {},
): Promise<Said> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    env: { ...process.env, ...QUIET, ...env },
    stdio: 'pipe',
  })
  ends(child)
  let [out, err] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    out += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    err += chunk
  })
  child.stdin.on('error', () => undefined).end(input)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out, err }
}

/** Runs it on a terminal (util-linux `script`) of `columns` by 24; what it writes is heard as it comes. */
export function onTerminal(
  args: readonly string[],
  { env = {}, cwd = ROOT, columns = 80 }: Typing & { columns?: number } = {},
) {
  const command = `stty cols ${columns} rows 24; exec ${[process.execPath, MAIN, ...args].map(quoted).join(' ')}`
  const child = spawn('script', ['-qefc', command, '/dev/null'], {
    cwd,
    env: { ...process.env, ...QUIET, ...env, SHELL: '/bin/sh' },
    stdio: 'pipe',
  })
  ends(child)
  let screen = ''
  const waiting: { fact: (screen: string) => boolean; heard: () => void }[] = []
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    screen += chunk
    for (const { fact, heard } of waiting) if (fact(screen)) heard()
  })
  const closed = once(child, 'close').then(([code]) => ({
    code: code as number | null,
    screen: screen.replaceAll('\r\n', '\n'),
  }))
  const shows = (fact: (screen: string) => boolean) =>
    Promise.race([
      new Promise<void>((heard) => (fact(screen) ? heard() : waiting.push({ fact, heard }))),
      closed.then((end) => {
        if (!fact(end.screen)) throw new Error(`ended without it: ${JSON.stringify(end)}`)
      }),
    ])
  return {
    closed,
    shows: (text: string) => shows((all) => all.includes(text)),
    showsNow: shows,
    type: (keys: string) => void child.stdin.write(keys),
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

function ends(child: ChildProcess): void {
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
}
