import type { Command } from 'commander'
import type { Client } from '../../client/index.js'
import { HoldfastError } from '../../model/errors.js'
import { type InspectedView, inspectedText, overviewText } from '../inspect-text.js'
import { live } from '../live.js'
import { act, type Shell } from '../shell.js'

/** Running tasks on a screen. */
const MOST_RUNNING = 20
const LATEST_EVENTS = 1_000

export function inspectCommand(program: Command): void {
  program
    .command('inspect')
    .argument('[id]', 'a task: its chart with the state that it is in lit, and its timeline')
    .description('what the daemon does, drawn anew as it changes, until Ctrl-C; in a pipe once')
    .action(
      act<object, [string | undefined]>(async (shell, id) => {
        const client = await shell.daemon()
        if (id === undefined) await drawn(shell, client, () => overview(shell, client), overviewOf)
        else await drawn(shell, client, () => inspected(shell, client, id), inspectedText)
      }),
    )
}

/** Again and again where somebody looks, else once. */
async function drawn<View>(
  shell: Shell<object>,
  client: Client,
  read: () => Promise<View>,
  textOf: (terminal: Shell<object>['terminal'], view: View) => string,
): Promise<void> {
  const { terminal } = shell
  if (terminal.interactive && !terminal.json) return live(shell, client, async () => textOf(terminal, await read()))
  terminal.answer(await read(), (view) => textOf(terminal, view))
}

async function overview({ signal }: Shell<object>, client: Client) {
  const [minutes, { items }] = await Promise.all([
    client.history({ signal }),
    client.find({ state: 'RUNNING', limit: MOST_RUNNING }, { signal }),
  ])
  return { ...minutes, running: items }
}

function overviewOf(terminal: Shell<object>['terminal'], view: Awaited<ReturnType<typeof overview>>): string {
  return overviewText(terminal, view, view.running)
}

async function inspected({ signal }: Shell<object>, client: Client, id: string): Promise<InspectedView> {
  const task = await client.get(id, { signal })
  if (!task) throw new HoldfastError('ERR_NOT_FOUND', `no task '${id}'`)
  const { machine, kind } = task
  const name = machine ? `${kind}@${machine.version}` : 'holdfast:task'
  const [{ definition }, events] = await Promise.all([
    client.machines.get(name, { signal }),
    client.events({ taskId: id, limit: LATEST_EVENTS }, { signal }),
  ])
  return { task, definition, events }
}
