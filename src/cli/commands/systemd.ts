import type { Command } from 'commander'
import { HoldfastError } from '../../model/errors.js'
import { findConfig } from '../config.js'
import { act } from '../shell.js'
import { type SystemdOptions, unitFor } from '../systemd.js'

export function systemdCommand(program: Command): void {
  program
    .command('systemd')
    .argument('[config]', 'the config of the daemon')
    .description('print a unit for systemd: started at boot, watched, shut in')
    .option('--name <name>', "of the service and its directories (default: the name of the config's directory)")
    .option('--user <name>', 'a user that is there (default: one that systemd makes)')
    .option('--group <name>', 'whose devices and sockets it may use; again for more', gathered)
    .option('--writable <directory>', 'a directory of your own that it may write to; again for more', gathered)
    .option('--device <device>', 'as /dev/i2c-1 or char-ttyUSB; again for more', gathered)
    .option('--memory <size>', 'the most it may take, as 256M or 20%')
    .addHelpText('after', NEXT)
    .action(
      act<SystemdOptions, [string | undefined]>(async ({ terminal, options }, named) => {
        const config = findConfig(named ?? options.config)
        if (config === undefined) throw new HoldfastError('ERR_USAGE', 'there is no holdfast.config.js here', NAME)
        terminal.answer({ unit: unitFor(config, options) }, ({ unit }) => unit.trimEnd())
      }),
    )
}

const gathered = (value: string, before: string[] = []) => [...before, value]
const NAME = { hint: 'Name a config: holdfast systemd FILE.' }
const NEXT = `
It is printed, not installed: look at it, then put it into /etc/systemd/system.`
