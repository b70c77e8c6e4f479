import { type Command, Option } from 'commander'
import { hasChips } from '../../devices/gpio.js'
import { devicesText, deviceText, linesText } from '../device-text.js'
import { listed } from '../live.js'
import { act } from '../shell.js'
import { deviceVerbs } from './device-verbs.js'

interface LinesOptions {
  readonly free?: boolean
  readonly dev: string
}

export function devicesCommand(program: Command): void {
  const devices = program.command('devices').description('lines and sensors: what they are at, and what they are told')
  devices
    .command('ls', { isDefault: true })
    .description('list them')
    .option('--watch', 'draw it anew as it changes, until Ctrl-C')
    .action(
      act<{ watch?: boolean }, []>((shell) =>
        listed(shell, (client) => client.devices.list({ signal: shell.signal }), devicesText, 'device'),
      ),
    )
  devices
    .command('show')
    .argument('<device>')
    .description('one of them, and the latest of what happened to it')
    .action(
      act<object, [string]>(async (shell, id) => {
        const client = await shell.daemon()
        shell.terminal.answer(await client.devices.get(id, { signal: shell.signal }), (device) =>
          deviceText(shell.terminal, device),
        )
      }),
    )
  deviceVerbs(devices)
  devices
    .command('lines')
    .description('the GPIO lines of this machine, and who has them; no daemon is needed')
    .option('--free', 'only those that nobody has')
    .addOption(new Option('--dev <directory>', 'where the chips are').default('/dev'))
    .action(
      act<LinesOptions, []>(async ({ terminal, options: { free = false, dev } }) => {
        const all = hasChips(dev) ? await linesAt(dev) : []
        terminal.answer(
          all.filter(({ used }) => !(free && used)),
          (found) => linesText(terminal, found, all.length === 0 ? dev : undefined),
        )
      }),
    )
}

async function linesAt(directory: string) {
  // What calls the kernel is loaded by who asks for it.
  const { chardev } = await import('../../devices/chardev.js')
  const backend = await chardev({ directory })
  try {
    return backend.chips().flatMap(({ label, lines }) => lines.map((line) => ({ chip: label, ...line })))
  } finally {
    backend.close()
  }
}
