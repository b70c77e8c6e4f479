import type { Command } from 'commander'
import { HoldfastError } from '../../model/errors.js'
import { jsonGiven } from '../input.js'
import { act } from '../shell.js'

export function sendCommand(program: Command): void {
  program
    .command('send')
    .argument('<id>', 'the task')
    .argument('<event>', 'the type of the event')
    .argument('[data]', 'what it carries: a JSON object, @FILE, or - for stdin')
    .description('send an event to the machine of a task; it is handled exactly once')
    .option('--once <key>', 'with the same key it is handled once, however often it is sent')
    .action(
      act<{ once?: string }, [string, string, string | undefined]>(async (shell, id, type, data) => {
        const carried = (await jsonGiven(data, 'the data')) ?? {}
        if (typeof carried !== 'object' || Array.isArray(carried)) {
          throw new HoldfastError('ERR_USAGE', 'the data of an event is a JSON object')
        }
        const { once } = shell.options
        const client = await shell.daemon()
        const options = { signal: shell.signal, ...(once === undefined ? {} : { once }) }
        await client.send(id, { ...carried, type }, options)
        shell.terminal.answer({ id, type }, () => `${type} accepted by ${id}`)
      }),
    )
}
