import { type Command, Option } from 'commander'
import { HoldfastError } from '../../model/errors.js'
import type { EnqueueOptions } from '../../runtime/enqueue-options.js'
import type { NewTask } from '../../runtime/runtime.js'
import { collected, jsonGiven, jsonLines, stated, wholeNumber } from '../input.js'
import { Progress } from '../progress.js'
import { act, type Shell } from '../shell.js'
import { counted } from '../words.js'

interface Options extends Omit<EnqueueOptions, 'onSuccess' | 'onFailure' | 'retry' | 'in'> {
  readonly in?: string
  readonly attempts?: number
  readonly onSuccess?: string
  readonly onFailure?: string
  readonly wait?: boolean
  readonly many?: boolean
}

/** Tasks of one request. */
const AT_ONCE = 1_000

export function enqueueCommand(program: Command): void {
  program
    .command('enqueue')
    .argument('[kind]', 'the kind of the task')
    .argument('[input]', 'its input: JSON, @FILE, or - for stdin')
    .description('make a task; its id is printed when it is on disk')
    .option('-w, --wait', 'wait for its end, and print its result')
    .option('--id <id>', 'an id of your own')
    .option('--key <key>', 'while a task of the kind with this key has not ended, that one is answered')
    .option('-g, --group <group>', 'the group it belongs to')
    .option('-r, --route <route>', 'another route than that of its kind')
    .addOption(new Option('-p, --priority <0-9>', 'what is higher goes first; 4 unless told').argParser(wholeNumber))
    .option('--in <duration>', "not before that time has passed: '10m'")
    .option('--run-at <time>', 'not before that time: 2027-01-01T06:00:00Z')
    .option('--expires-in <duration>', 'not after that time has passed')
    .option('--depends-on <id>', 'after that task has finished; several times for several', collected)
    .addOption(new Option('--attempts <count>', 'how often it is tried').argParser(wholeNumber))
    .option('--timeout <duration>', 'the time of one attempt')
    .option('--on-success <json>', 'a task that follows: {"kind":...}')
    .option('--on-failure <json>', 'a task that follows when it fails')
    .option('--paused', 'hold it until it is resumed')
    .option('--many', 'tasks from stdin, one a line: {"kind":...,"input":...}')
    .action(
      act<Options, [string | undefined, string | undefined]>(async (shell, kind, input) => {
        if (shell.options.many) return makeMany(shell, kind)
        if (kind === undefined)
          throw new HoldfastError('ERR_USAGE', 'which kind?', { hint: 'holdfast kinds lists them.' })
        await makeOne(shell, kind, input)
      }),
    )
}

async function makeOne(shell: Shell<Options>, kind: string, input: string | undefined): Promise<void> {
  const { terminal, signal } = shell
  const given = await jsonGiven(input, 'the input')
  const client = await shell.daemon()
  const task = await client.enqueue(kind, given, await enqueueOptions(shell.options), { signal })
  if (!shell.options.wait) return terminal.answer({ id: task.id, created: task.created }, ({ id }) => id)
  terminal.note(task.created ? task.id : `${task.id} was there already`)
  terminal.line(terminal.jsonOf(await task.finished({ signal })))
}

async function enqueueOptions(options: Options): Promise<EnqueueOptions> {
  const {
    id,
    key,
    group,
    route,
    priority,
    in: inside,
    runAt,
    expiresIn,
    dependsOn,
    timeout,
    paused,
    attempts,
  } = options
  const given = {
    ...{ id, key, group, route, priority, in: inside, runAt, expiresIn, dependsOn, timeout, paused },
    retry: attempts === undefined ? undefined : { attempts },
    onSuccess: await jsonGiven(options.onSuccess, '--on-success'),
    onFailure: await jsonGiven(options.onFailure, '--on-failure'),
  }
  return stated(given) as EnqueueOptions
}

/** A line that is refused ends it: what was made before stays, and how many these are is said. */
async function makeMany(shell: Shell<Options>, kind: string | undefined): Promise<void> {
  if (kind !== undefined) throw new HoldfastError('ERR_USAGE', '--many takes the kind of each task from its line')
  const { terminal, signal } = shell
  const client = await shell.daemon()
  const progress = new Progress('enqueued')
  let [made, there] = [0, 0]
  const page: NewTask[] = []
  const send = async () => {
    for (const { created } of await client.enqueueMany(page.splice(0), { signal })) created ? made++ : there++
    progress.at(made + there)
  }
  try {
    for await (const line of jsonLines('the task')) {
      page.push(line as NewTask)
      if (page.length === AT_ONCE) await send()
    }
    if (page.length > 0) await send()
  } finally {
    progress.end()
    terminal.answer({ made, there }, () => `${counted(made, 'task')} made${there > 0 ? `, ${there} were there` : ''}`)
  }
}
