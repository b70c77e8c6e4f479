import type { Command } from 'commander'
import { HoldfastError } from '../../model/errors.js'
import { act } from '../shell.js'
import { taskText } from '../task-text.js'

export function showCommand(program: Command): void {
  program
    .command('show')
    .argument('<id>', 'the id of a task')
    .description('all that is known of a task')
    .action(
      act<object, [string]>(async (shell, id) => {
        const client = await shell.daemon()
        const task = await client.get(id, { signal: shell.signal })
        if (!task) throw new HoldfastError('ERR_NOT_FOUND', `no task '${id}'`)
        shell.terminal.answer(task, (view) => taskText(shell.terminal, view))
      }),
    )
}
