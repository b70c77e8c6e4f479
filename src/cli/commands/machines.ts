import type { Command } from 'commander'
import { machineText } from '../machine-text.js'
import { act } from '../shell.js'
import { table } from '../table.js'
import { lintCommand } from './machines-lint.js'

export function machinesCommand(program: Command): void {
  const machines = program.command('machines').description('the statecharts: those of the kinds, and those of holdfast')
  machines
    .command('ls', { isDefault: true })
    .description('list them')
    .action(
      act(async (shell) => {
        const { terminal, signal } = shell
        const client = await shell.daemon()
        terminal.answer(await client.machines.list({ signal }), (all) =>
          table(terminal, all, [
            { title: 'MACHINE', of: ({ id }) => id, least: 8 },
            { title: 'VERSION', of: ({ version }) => version, align: 'right' },
            { title: 'OF', of: ({ own }) => (own ? 'holdfast' : 'a kind') },
          ]),
        )
      }),
    )
  machines
    .command('show')
    .argument('<id>', 'a kind, or holdfast:task')
    .description('its states, what happens in them, and what leaves them')
    .action(
      act<object, [string]>(async (shell, id) => {
        const { terminal, signal } = shell
        const client = await shell.daemon()
        const machine = await client.machines.get(id, { signal })
        terminal.answer(machine, ({ definition }) => machineText(terminal, definition))
      }),
    )
  lintCommand(machines)
}
