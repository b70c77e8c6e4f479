import { type Command, Option } from 'commander'
import { LEVELS } from '../../daemon/log-level.js'
import { HoldfastError } from '../../model/errors.js'
import { findConfig } from '../config.js'
import { assertNode } from '../node-floor.js'
import type { StartOptions } from '../start.js'

export function startCommand(program: Command): void {
  program
    .command('start')
    .argument('[config]', 'a module whose default export is the options of createRuntime, or a JSON file of them')
    .description('run the daemon of a config until SIGTERM or SIGINT')
    .addOption(new Option('--log-level <level>', 'from which level on is logged; or HOLDFAST_LOG').choices(LEVELS))
    .addHelpText('after', SETUP)
    .action(async (named: string | undefined, _: object, command: Command) => {
      // Before what a daemon is made of is loaded: an older one may fail at that.
      assertNode(process.versions.node)
      const options = command.optsWithGlobals() as StartOptions & { config?: string }
      const file = findConfig(named ?? options.config)
      if (file === undefined) throw new HoldfastError('ERR_USAGE', 'there is no holdfast.config.js here', NEW)
      // All other commands talk to a daemon: they do not load what it is made of.
      const { start } = await import('../start.js')
      await start(file, options)
    })
}

const NEW = { hint: 'Name a config: holdfast start FILE; or make a daemon with holdfast init.' }
const SETUP = `
A module may also export setup(runtime): it is called after the start, and what it returns before the stop.`
