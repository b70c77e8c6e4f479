import { type Command, Option } from 'commander'
import type { Client, WatchQuery } from '../../client/index.js'
import type { TaskView } from '../../runtime/task-view.js'
import { newsText } from '../device-text.js'
import { wholeNumber } from '../input.js'
import { act, type Shell } from '../shell.js'
import { plain } from '../terminal.js'
import { stateStyle, timeOf } from '../words.js'

interface Options {
  readonly type?: NonNullable<WatchQuery['type']>
  readonly after?: number
}

export function watchCommand(program: Command): void {
  program
    .command('watch')
    .argument('[id]', 'a task: until it has ended')
    .description('what happens, a line each, until Ctrl-C')
    .addOption(
      new Option('--type <type>', 'only what tasks emit, only their states, or only news of devices').choices([
        'emitted',
        'task',
        'device',
      ]),
    )
    .addOption(
      new Option('--after <number>', 'emitted events after that one; 0: all that are kept').argParser(wholeNumber),
    )
    .action(
      act<Options, [string | undefined]>(async (shell, id) => {
        const client = await shell.daemon()
        if (id === undefined) return follow(shell, client, shell.signal)
        await untilEnded(shell, client, id)
      }),
    )
}

async function follow(shell: Shell<Options>, client: Client, signal: AbortSignal, task?: string): Promise<void> {
  const { terminal, options } = shell
  const { type, after } = options
  const query = { ...(task && { task }), ...(type && { type }), ...(after === undefined ? {} : { after }) }
  const style = stateStyle(terminal)
  const now = () => terminal.colors.dim(timeOf(new Date().toISOString()) ?? '')
  try {
    for await (const told of client.watch({ ...query, signal })) {
      if (told.type === 'open') continue
      if (terminal.json) terminal.line(JSON.stringify(told))
      else if (told.type === 'task') {
        const { id, kind, from, to } = told
        terminal.line(`${now()}  ${id}  ${plain(kind)}  ${from === to ? '' : `${from} → `}${style(to, to)}`)
      } else if (told.type === 'device') {
        terminal.line(newsText(terminal, told.news, true))
      } else {
        const { at, taskId, kind, event } = told
        const time = terminal.colors.dim(timeOf(at) ?? '')
        terminal.line(`${time}  ${taskId}  ${plain(kind)}  ${plain(JSON.stringify(event))}`)
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

/** What it came to decides the exit code, as if it had been waited for. */
async function untilEnded(shell: Shell<Options>, client: Client, id: string): Promise<void> {
  const over = new AbortController()
  const signal = AbortSignal.any([shell.signal, over.signal])
  const following = follow(shell, client, signal, id)
  try {
    await Promise.race([client.handle(id).finished({ signal }), following.then(() => new Promise(() => undefined))])
  } finally {
    over.abort()
    await following
    const view = await client.get(id)
    if (view && !shell.terminal.json) shell.terminal.note(endOf(view))
  }
}

function endOf({ id, state, reason, error }: TaskView): string {
  return `${id} ${state}${reason ? `: ${reason}` : error ? `: ${plain(error.message)}` : ''}`
}
