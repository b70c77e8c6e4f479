import type { Command } from 'commander'
import { HoldfastError } from '../../model/errors.js'
import type { Quarantined } from '../../runtime/quarantine.js'
import { act, type Shell } from '../shell.js'
import { table } from '../table.js'
import type { Terminal } from '../terminal.js'
import { whenOf } from '../words.js'

export function quarantineCommand(program: Command): void {
  const quarantine = program.command('quarantine').description('records that could not be restored, and why')
  quarantine
    .command('ls', { isDefault: true })
    .description('list them')
    .action(
      act(async (shell) => shell.terminal.answer(await all(shell), (items) => quarantineText(shell.terminal, items))),
    )
  quarantine
    .command('export')
    .argument('[id]', 'one of them; all unless told')
    .description('the records as they were found, a line of JSON each')
    .action(
      act<object, [string | undefined]>(async (shell, id) => {
        const items = (await all(shell)).filter((each) => id === undefined || each.id === id)
        if (id !== undefined && items.length === 0) {
          throw new HoldfastError('ERR_NOT_FOUND', `nothing called '${id}' is in quarantine`)
        }
        for (const each of items) shell.terminal.line(JSON.stringify(each))
      }),
    )
  quarantine
    .command('retry')
    .argument('<id...>')
    .description('put records back, if what they lacked is there now')
    .action(
      act<object, [string[]]>(async (shell, ids) => {
        const client = await shell.daemon()
        for (const id of ids) {
          const restored = await client.quarantine.retry(id, { signal: shell.signal })
          shell.terminal.answer({ id, restored }, () => (restored ? `${id} goes on` : `${id} cannot be restored yet`))
          if (!restored) process.exitCode = 1
        }
      }),
    )
}

async function all(shell: Shell): Promise<Quarantined[]> {
  return (await shell.daemon()).quarantine.list({ signal: shell.signal })
}

function quarantineText(terminal: Terminal, items: readonly Quarantined[]): string {
  if (items.length === 0) return 'nothing is in quarantine'
  return table(terminal, items, [
    { title: 'ID', of: ({ id }) => id, least: 12 },
    { title: 'SINCE', of: ({ at }) => whenOf(at) },
    { title: 'CODE', of: ({ code }) => code, style: terminal.colors.red },
    { title: 'WHY', of: ({ reason }) => reason, least: 20 },
  ])
}
