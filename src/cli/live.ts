/** A view that is drawn anew: when something happens, and every other second for what nobody tells of. */
import type { Client, WatchQuery } from '../client/index.js'
import { HoldfastError } from '../model/errors.js'
import type { Shell } from './shell.js'
import type { Terminal } from './terminal.js'

/** What makes it worth to look again. */
type Changing = 'task' | 'device'

const LATEST_MS = 2_000
/** Whoever looks cannot read faster. */
const SOONEST_MS = 200

/** A list as text: drawn anew with `--watch`, else once. */
export async function listed<Item>(
  shell: Shell<{ readonly watch?: boolean }>,
  list: (client: Client) => Promise<Item[]>,
  textOf: (terminal: Terminal, items: readonly Item[]) => string,
  changing: Changing = 'task',
): Promise<void> {
  const { terminal, options } = shell
  const client = await shell.daemon()
  if (options.watch) return live(shell, client, async () => textOf(terminal, await list(client)), changing)
  terminal.answer(await list(client), (items) => textOf(terminal, items))
}

/** Draws until Ctrl-C. @throws ERR_USAGE where nobody looks */
export async function live(
  shell: Shell,
  client: Client,
  draw: () => Promise<string>,
  changing: Changing = 'task',
): Promise<void> {
  const { terminal, signal } = shell
  if (!terminal.interactive || terminal.json) {
    throw new HoldfastError('ERR_USAGE', '--watch draws on a terminal', {
      hint: 'For programs: holdfast watch --json, a line for each event.',
    })
  }
  let wake = () => {}
  void changes(client, { type: changing, signal }, () => wake())
  while (!signal.aborted) {
    const text = await draw()
    process.stdout.write(`\x1b[H\x1b[2J\x1b[3J${text}\n`)
    await passed(SOONEST_MS, signal)
    await Promise.race([passed(LATEST_MS, signal), new Promise<void>((resolve) => (wake = resolve))])
  }
}

async function changes(client: Client, query: WatchQuery, changed: () => void): Promise<void> {
  try {
    for await (const _ of client.watch(query)) changed()
  } catch {
    // It is drawn by the clock all the same, and that says what is wrong.
  }
}

function passed(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', over)
      resolve()
    }
    const timer = setTimeout(over, ms)
    signal.addEventListener('abort', over)
  })
}
