/** What is done to tasks by hand: those named, or those of a query; of a query they are counted first. */
import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import type { Client } from '../../client/index.js'
import { HoldfastError } from '../../model/errors.js'
import type { TaskQuery } from '../../runtime/query.js'
import { pages } from '../pages.js'
import { Progress } from '../progress.js'
import { type QueryOptions, selectionOf, withQuery } from '../selection.js'
import { act, type Shell } from '../shell.js'
import { counted } from '../words.js'

interface Options extends QueryOptions {
  readonly yes?: boolean
  readonly dryRun?: boolean
}

const VERBS = {
  cancel: { name: 'cancel', done: 'cancelled', says: 'end tasks TERMINATED; what runs is told to stop' },
  pause: { name: 'pause', done: 'paused', says: 'hold tasks that are SPOOLED or QUEUED' },
  resume: { name: 'resume', done: 'resumed', says: 'let paused tasks go on' },
  retry: { name: 'retry', done: 'put back', says: 'put FAILED and TERMINATED tasks back, with all their attempts' },
  remove: { name: 'rm', done: 'removed', says: 'take ended tasks out of the store' },
} as const

type Verb = keyof typeof VERBS

/** Tasks of one request: between two of them the bar moves, and Ctrl-C leaves the rest as it is. */
const AT_ONCE = 500

export function verbCommands(program: Command): void {
  for (const [verb, { name, says }] of Object.entries(VERBS) as [Verb, (typeof VERBS)[Verb]][]) {
    withQuery(program.command(name).argument('[id...]', 'ids of tasks').description(says))
      .option('-y, --yes', 'do not ask before it is done to all of a query')
      .option('--dry-run', 'only how many tasks are selected')
      .action(
        act<Options, [string[]]>(async (shell, ids) => {
          const selection = selectionOf(ids, shell.options)
          const client = await shell.daemon()
          if (!Array.isArray(selection)) return ofQuery(shell, client, verb, selection as TaskQuery)
          if (shell.options.dryRun) throw new HoldfastError('ERR_USAGE', '--dry-run counts what a query selects')
          const count = await client[verb](ids.length === 1 ? (ids[0] as string) : ids, { signal: shell.signal })
          say(shell, verb, count, ids.length)
        }),
      )
  }
}

async function ofQuery(shell: Shell<Options>, client: Client, verb: Verb, query: TaskQuery): Promise<void> {
  const { terminal, options, signal } = shell
  const selected = await client.count(query, { signal })
  if (options.dryRun) return terminal.answer({ selected }, () => `${counted(selected, 'task')} selected`)
  if (selected > 0 && !options.yes) await agreed(shell, `${VERBS[verb].name} ${counted(selected, 'task')}?`)
  const progress = new Progress(VERBS[verb].done)
  let [seen, count] = [0, 0]
  try {
    for await (const { items } of pages((from) => client.find({ ...query, limit: AT_ONCE, ...from }, { signal }))) {
      seen += items.length
      const ids = items.map(({ id }) => id)
      if (ids.length > 0) count += await client[verb](ids, { signal })
      progress.at(seen, selected)
      // Tasks that are made meanwhile were not asked for.
      if (seen >= selected) break
    }
  } finally {
    progress.end()
    say(shell, verb, count, selected)
  }
}

function say({ terminal }: Shell, verb: Verb, count: number, of: number): void {
  terminal.answer({ count }, () => {
    const rest = of > count ? `; ${counted(of - count, 'task')} could not be or had to be no more` : ''
    return `${counted(count, 'task')} ${VERBS[verb].done}${rest}`
  })
}

/** @throws ERR_USAGE where nobody can be asked */
async function agreed({ signal }: Shell, question: string): Promise<void> {
  if (!process.stdin.isTTY) throw new HoldfastError('ERR_USAGE', `${question} Nobody is here to say so`, YES)
  const asked = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await asked.question(`${question} [y/N] `, { signal }).finally(() => asked.close())
  if (!/^y(es)?$/i.test(answer.trim())) throw new HoldfastError('ERR_USAGE', 'nothing was done', YES)
}

const YES = { hint: 'Say it with --yes; --dry-run counts what is selected.' }
