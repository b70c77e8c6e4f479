import { type Command, Option } from 'commander'
import type { Client } from '../../client/index.js'
import type { FindQuery } from '../../runtime/query.js'
import type { TaskView } from '../../runtime/task-view.js'
import { wholeNumber } from '../input.js'
import { live } from '../live.js'
import { pages } from '../pages.js'
import { type QueryOptions, queryOf, withQuery } from '../selection.js'
import { act, type Shell } from '../shell.js'
import { tasksTable } from '../tasks-table.js'
import { counted } from '../words.js'

interface Options extends QueryOptions {
  readonly limit?: number
  readonly all?: boolean
  readonly count?: boolean
  readonly watch?: boolean
}

const PAGE = 1_000
const DEFAULT_LIMIT = 50

export function lsCommand(program: Command): void {
  withQuery(program.command('ls').description('list tasks'))
    .addOption(
      new Option('-n, --limit <count>', `at most so many; ${DEFAULT_LIMIT} unless told`).argParser(wholeNumber),
    )
    .option('-a, --all', 'all that there are, a page at a time')
    .option('--count', 'only how many there are')
    .option('--watch', 'draw it anew as it changes, until Ctrl-C')
    .action(
      act<Options, []>(async (shell) => {
        const { options, terminal, signal } = shell
        const client = await shell.daemon()
        const query = queryOf(options)
        if (options.count) return terminal.answer(await client.count(query, { signal }), String)
        if (options.watch) return live(shell, client, () => screen(shell, client, query))
        await list(shell, client, query)
      }),
    )
}

/** What fits the screen, and how many there are. */
async function screen({ terminal }: Shell, client: Client, query: FindQuery): Promise<string> {
  const { items, cursor } = await client.find({ ...query, limit: Math.max(1, terminal.rows - 3) })
  const more = cursor === undefined ? '' : '\n…'
  return items.length === 0 ? 'no tasks' : tasksTable(terminal, items) + more
}

/** JSON is one array for a page, and a line a task for all of them. */
async function list({ options, terminal, signal }: Shell<Options>, client: Client, query: FindQuery): Promise<void> {
  const most = options.all ? Number.POSITIVE_INFINITY : (options.limit ?? DEFAULT_LIMIT)
  let shown = 0
  let next: string | undefined
  const items: TaskView[] = []
  const fetch = (from: { cursor?: string }) =>
    client.find({ ...query, limit: Math.min(PAGE, most - shown), ...from }, { signal })
  for await (const page of pages(fetch)) {
    shown += page.items.length
    next = page.cursor
    if (!options.all) items.push(...page.items)
    else if (terminal.json) for (const task of page.items) terminal.line(JSON.stringify(task))
    else if (page.items.length > 0) terminal.line(tasksTable(terminal, page.items))
    if (shown >= most) break
  }
  if (!options.all) terminal.answer(items, () => (items.length === 0 ? 'no tasks' : tasksTable(terminal, items)))
  if (next !== undefined && !terminal.json) terminal.note(`the first ${counted(shown, 'task')}; --all for the rest`)
}
