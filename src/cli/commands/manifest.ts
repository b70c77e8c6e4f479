import { type Command, Option } from 'commander'
import type { TaskView } from '../../runtime/task-view.js'
import { wholeNumber } from '../input.js'
import { pages } from '../pages.js'
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
        let next: string | undefined
        for await (const page of pages((from) => client.manifest({ limit: PAGE, ...from }, { signal }))) {
          items.push(...page.items.filter(({ retryAt }) => !options.dead || retryAt === undefined))
          next = page.cursor
          if (items.length >= limit) break
        }
        terminal.answer(items.slice(0, limit), (all) =>
          all.length === 0 ? 'nothing failed' : tasksTable(terminal, all),
        )
        const more = next !== undefined || items.length > limit
        if (more && !terminal.json) terminal.note(`the first ${limit}; -n for more`)
      }),
    )
}
