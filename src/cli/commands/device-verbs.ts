import { type Command, Option } from 'commander'
import type { DeviceCommand } from '../../runtime/devices.js'
import { deviceLine } from '../device-text.js'
import { aNumber, stated, wholeNumber } from '../input.js'
import { act, type Shell } from '../shell.js'

interface SimulateOptions {
  readonly for?: string
  readonly bounces?: number
  readonly fault?: string | false
}

/** A verb for each command of devices: which device takes which is for the daemon to say. */
export function deviceVerbs(devices: Command): void {
  verb('on', 'switch it on; of an interlock, the output that is meant')
    .argument('[output]')
    .action(act<object, [string, string?]>((shell, id, output) => tell(shell, id, { type: 'on', output })))
  verb('off', 'switch it off').action(act<object, [string]>((shell, id) => tell(shell, id, { type: 'off' })))
  verb('toggle', 'switch it over').action(act<object, [string]>((shell, id) => tell(shell, id, { type: 'toggle' })))
  verb('pulse', 'switch it on for a time')
    .argument('<duration>', "'2s'")
    .action(act<object, [string, string]>((shell, id, length) => tell(shell, id, { type: 'pulse', for: length })))
  verb('blink', 'switch it on and off')
    .option('--on <duration>', 'how long it is lit (default: 500ms)')
    .option('--off <duration>', 'how long it is dark (default: as long as it is lit)')
    .addOption(new Option('--count <count>', 'how often (default: until another command)').argParser(wholeNumber))
    .action(
      act<{ on?: string; off?: string; count?: number }, [string]>((shell, id) => {
        const { on, off, count } = shell.options
        return tell(shell, id, { type: 'blink', on, off, count })
      }),
    )
  verb('set', 'bring it to a value')
    .argument('<value>', 'from 0 to 1', aNumber)
    .action(act<object, [string, number]>((shell, id, value) => tell(shell, id, { type: 'set', value })))
  verb('fade', 'bring it to a value, little by little')
    .argument('<value>', 'from 0 to 1', aNumber)
    .argument('<duration>', "'3s'")
    .action(act<object, [string, number, string]>((shell, id, to, over) => tell(shell, id, { type: 'fade', to, over })))
  verb('read', 'take a reading of a sensor now').action(
    act<object, [string]>(async (shell, id) => {
      const client = await shell.daemon()
      shell.terminal.answer(await client.devices.read(id, { signal: shell.signal }), deviceLine)
    }),
  )
  verb('simulate', 'move what is outside, where devices are simulated')
    .argument('[to]', 'a state (open, pressed, motion, high …), or what a sensor reads')
    .option('--for <duration>', 'and back after that')
    .addOption(new Option('--bounces <count>', 'bounce so often on the way').argParser(wholeNumber))
    .option('--fault <what>', 'it fails')
    .option('--no-fault', 'it fails no more')
    .action(
      act<SimulateOptions, [string, string?]>((shell, id, to) => {
        const { for: length, bounces, fault } = shell.options
        const failing = fault === undefined ? {} : { fault: fault === false ? null : fault }
        const command = { type: 'simulate', ...movedTo(to), for: length, bounces, ...failing }
        // What comes of it is heard a moment later, as it would be of a real one.
        return tell(shell, id, command, () => `${id} simulated`)
      }),
    )

  function verb(name: string, says: string): Command {
    return devices.command(name).argument('<device>').description(says)
  }
}

async function tell(shell: Shell, id: string, command: DeviceCommand, says = deviceLine): Promise<void> {
  const client = await shell.daemon()
  const device = await client.devices.command(id, stated(command), { signal: shell.signal })
  shell.terminal.answer(device, says)
}

function movedTo(to: string | undefined): object {
  if (to === undefined) return {}
  return to.trim() !== '' && Number.isFinite(Number(to)) ? { value: Number(to) } : { to }
}
