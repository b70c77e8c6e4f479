import { type Command, Option } from 'commander'
import { HoldfastError } from '../../model/errors.js'
import type { ScheduleDefinition } from '../../runtime/schedule.js'
import type { ScheduleView } from '../../runtime/schedule-view.js'
import { collected, jsonGiven, stated, wholeNumber } from '../input.js'
import { pages } from '../pages.js'
import { schedulesText, scheduleText } from '../schedule-text.js'
import { act, type Shell } from '../shell.js'
import { counted } from '../words.js'

interface PutOptions {
  readonly cron?: string
  readonly timezone?: string
  readonly every?: string
  readonly from?: string
  readonly rrule?: string
  readonly at?: string[]
  readonly overlap?: ScheduleDefinition['overlap']
  readonly missed?: string
  readonly jitter?: string
  readonly until?: string
  readonly count?: number
  readonly paused?: boolean
  readonly definition?: string
}

export function schedulesCommand(program: Command): void {
  const schedules = program.command('schedules').description('what makes tasks at points in time')
  schedules
    .command('ls', { isDefault: true })
    .description('list them, with their next and last ticks')
    .action(act(list))
  schedules
    .command('show')
    .argument('<id>')
    .description('one of them, and what happened to it')
    .action(
      act<object, [string]>(async (shell, id) => {
        const client = await shell.daemon()
        const schedule = await client.schedules.get(id, { signal: shell.signal })
        if (!schedule) throw new HoldfastError('ERR_NOT_FOUND', `no schedule '${id}'`)
        shell.terminal.answer(schedule, (view) => scheduleText(shell.terminal, view))
      }),
    )
  putCommand(schedules)
  verbCommands(schedules)
  schedules
    .command('backfill')
    .argument('<id>')
    .argument('<from>', 'a time: 2027-01-01T06:00:00Z')
    .argument('<to>', 'a time, itself not in it')
    .description('make the tasks of past ticks that made none')
    .action(
      act<object, [string, string, string]>(async (shell, id, from, to) => {
        const client = await shell.daemon()
        const count = await client.schedules.backfill(id, from, to, { signal: shell.signal })
        shell.terminal.answer({ count }, () => `${counted(count, 'task')} made`)
      }),
    )
}

async function list(shell: Shell): Promise<void> {
  const { terminal, signal } = shell
  const client = await shell.daemon()
  const items: ScheduleView[] = []
  for await (const page of pages((from) => client.schedules.list({ limit: 1_000, ...from }, { signal })))
    items.push(...page.items)
  terminal.answer(items, (all) => schedulesText(terminal, all))
}

function putCommand(schedules: Command): void {
  schedules
    .command('put')
    .argument('<id>')
    .argument('[kind]', 'the kind of its tasks')
    .argument('[input]', 'their input: JSON, @FILE, or - for stdin')
    .description('make a schedule, or change it')
    .option('--cron <pattern>', "minute hour day month weekday: '*/5 * * * *'")
    .option('--timezone <zone>', 'of the pattern: Europe/Rome')
    .option('--every <duration>', "'10m'")
    .option('--from <time>', 'the time from which --every counts')
    .option('--rrule <text>', 'RFC 5545: DTSTART and RRULE')
    .option('--at <time>', 'a point in time; several times for several', collected)
    .addOption(new Option('--overlap <what>', 'while its task runs').choices(['skip', 'queue', 'allow', 'replace']))
    .addOption(
      new Option('--missed <what>', 'ticks of the time without power').choices(['skip', 'first', 'last', 'all']),
    )
    .option('--jitter <duration>', 'start each within this time')
    .option('--until <time>', 'no tick after it')
    .addOption(new Option('--count <count>', 'end after so many tasks').argParser(wholeNumber))
    .option('--paused', 'begin paused')
    .option('--definition <json>', 'all of it at once: JSON, @FILE, or - for stdin')
    .action(
      act<PutOptions, [string, string | undefined, string | undefined]>(async (shell, id, kind, input) => {
        const definition = await definitionOf(shell.options, kind, input)
        const client = await shell.daemon()
        const put = await client.schedules.put(id, definition, { signal: shell.signal })
        shell.terminal.answer(put, (view) => scheduleText(shell.terminal, view))
      }),
    )
}

async function definitionOf(options: PutOptions, kind?: string, input?: string): Promise<ScheduleDefinition> {
  const { cron, timezone, every, from, rrule, at, overlap, missed, jitter, until, count, paused, definition } = options
  if (definition !== undefined) return (await jsonGiven(definition, 'the definition')) as ScheduleDefinition
  if (kind === undefined)
    throw new HoldfastError('ERR_USAGE', 'which kind of tasks?', { hint: 'holdfast kinds lists them.' })
  if ([cron, every, rrule, at].every((each) => each === undefined)) {
    const hint = 'Give --cron, --every, --rrule or --at, with the points in time.'
    throw new HoldfastError('ERR_USAGE', 'when?', { hint })
  }
  const given = { cron, timezone, every, from, rrule, at, overlap, missed, jitter, until, count, paused }
  const task = { kind, ...(input === undefined ? {} : { input: await jsonGiven(input, 'the input') }) }
  return { ...stated(given), task } as ScheduleDefinition
}

function verbCommands(schedules: Command): void {
  for (const [verb, says, done] of [
    ['pause', 'no ticks until it is resumed, over restarts too', 'paused'],
    ['resume', 'tick again; what passed meanwhile is skipped', 'resumed'],
    ['trigger', 'make a task now, outside of the ticks', ''],
    ['remove', 'take a schedule out; its tasks stay', 'removed'],
  ] as const) {
    schedules
      .command(verb === 'remove' ? 'rm' : verb)
      .argument('<id>')
      .description(says)
      .action(
        act<object, [string]>(async (shell, id) => {
          const { terminal, signal } = shell
          const client = await shell.daemon()
          const answer = await client.schedules[verb](id, { signal })
          if (verb === 'trigger') return terminal.answer({ id: (answer as { id: string }).id }, ({ id }) => id)
          terminal.answer({ schedule: id, [done]: true }, () => `schedule ${id} ${done}`)
        }),
      )
  }
}
