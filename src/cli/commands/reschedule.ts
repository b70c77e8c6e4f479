import { type Command, Option } from 'commander'
import type { Reschedule } from '../../runtime/verbs.js'
import { jsonGiven, stated, wholeNumber } from '../input.js'
import { act } from '../shell.js'
import { taskText } from '../task-text.js'

interface Options extends Omit<Reschedule, 'in' | 'input'> {
  readonly in?: string
  readonly input?: string
}

export function rescheduleCommand(program: Command): void {
  program
    .command('reschedule')
    .argument('<id>', 'a task that is SPOOLED or QUEUED')
    .description('move a task to another time, priority or route, or give it another input')
    .option('--in <duration>', "not before that time has passed: '10m'")
    .option('--run-at <time>', 'not before that time: 2027-01-01T06:00:00Z')
    .addOption(new Option('-p, --priority <0-9>', 'what is higher goes first').argParser(wholeNumber))
    .option('-r, --route <route>', 'another route')
    .option('--input <json>', 'another input: JSON, @FILE, or - for stdin')
    .action(
      act<Options, [string]>(async (shell, id) => {
        const { terminal, signal, options } = shell
        const { in: inside, runAt, priority, route } = options
        const given = { in: inside, runAt, priority, route, input: await jsonGiven(options.input, '--input') }
        const client = await shell.daemon()
        await client.reschedule(id, stated(given) as Reschedule, { signal })
        terminal.answer(await client.get(id, { signal }), (view) => (view ? taskText(terminal, view) : ''))
      }),
    )
}
