import { type Command, Option } from 'commander'
import type { TaskView } from '../../runtime/views.js'
import { wholeNumber } from '../input.js'
import { act } from '../shell.js'
import { tasksTable } from '../tasks-table.js'

const PAGE = 1_000
const DEFAULT_LIMIT = 50

export function manifestCommand(program: Command): void {
  program
    .command('manifest')
    .description('tasks that failed: with a time they are tried again then, without one they are dead')
    .addOption(
      new Option('-n, --limit <count>', `at most so many; ${DEFAULT_LIMIT} unless told`).argParser(wholeNumber),
    )
    .option('--dead', 'only those that are not tried again')
    .action(
      act<{ limit?: number; dead?: boolean }, []>(async (shell) => {
        const { terminal, signal, options } = shell
        const client = await shell.daemon()
        const limit = options.limit ?? DEFAULT_LIMIT
        const items: TaskView[] = []
        let cursor: string | undefined
        do {
          const page = await client.manifest({ limit: PAGE, ...(cursor === undefined ? {} : { cursor }) }, { signal })
          items.push(...page.items.filter(({ retryAt }) => !options.dead || retryAt === undefined))
          cursor = page.cursor
        } while (cursor !== undefined && items.length < limit)
        terminal.answer(items.slice(0, limit), (all) =>
          all.length === 0 ? 'nothing failed' : tasksTable(terminal, all),
        )
        const more = cursor !== undefined || items.length > limit
        if (more && !terminal.json) terminal.note(`the first ${limit}; -n for more`)
      }),
    )
}
