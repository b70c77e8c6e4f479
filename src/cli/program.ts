/** The command line: what can be said, and what each command is for. */
import tab from '@bomb.sh/tab/commander'
import { Command } from 'commander'
import { ownPackage } from '../model/own-package.js'
import { backupCommand } from './commands/backup.js'
import { devicesCommand } from './commands/devices.js'
import { doctorCommand } from './commands/doctor.js'
import { enqueueCommand } from './commands/enqueue.js'
import { gatesCommand } from './commands/gates.js'
import { initCommand } from './commands/init.js'
import { kindsCommand } from './commands/kinds.js'
import { lsCommand } from './commands/ls.js'
import { machinesCommand } from './commands/machines.js'
import { manifestCommand } from './commands/manifest.js'
import { quarantineCommand } from './commands/quarantine.js'
import { repairCommand } from './commands/repair.js'
import { rescheduleCommand } from './commands/reschedule.js'
import { restoreCommand } from './commands/restore.js'
import { routesCommand } from './commands/routes.js'
import { schedulesCommand } from './commands/schedules.js'
import { sendCommand } from './commands/send.js'
import { showCommand } from './commands/show.js'
import { startCommand } from './commands/start.js'
import { systemdCommand } from './commands/systemd.js'
import { tokensCommand } from './commands/tokens.js'
import { verbCommands } from './commands/verbs.js'
import { watchCommand } from './commands/watch.js'
import { workersCommand } from './commands/workers.js'

const AFTER = `
The daemon that is meant: --socket or --url; HOLDFAST_SOCKET or HOLDFAST_URL; the config; the only socket in /run.
A token for --url comes from HOLDFAST_TOKEN.
exit: 0 ok, 1 the work failed, 2 wrong usage, 3 no daemon`

/** All commands; nothing happens before parseAsync(). */
export function program(): Command {
  const holdfast = new Command('holdfast')
    .description('durable tasks for the daemon on this board')
    .version(ownPackage().version, '-v, --version', 'the version')
    .option('--socket <path>', 'the unix socket of the daemon')
    .option('--url <url>', 'where it listens on TCP')
    .option('-c, --config <file>', 'its config (default: ./holdfast.config.js)')
    .option('--json', 'for programs: JSON, one value a line where there is no end')
    .option('--no-color', 'no colours')
    .helpOption('-h, --help', 'this text')
    .helpCommand(false)
    .addHelpText('after', AFTER)
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: false, sortSubcommands: false })
  holdfast.commandsGroup('The daemon:')
  initCommand(holdfast)
  startCommand(holdfast)
  systemdCommand(holdfast)
  holdfast.commandsGroup('Tasks:')
  enqueueCommand(holdfast)
  lsCommand(holdfast)
  showCommand(holdfast)
  watchCommand(holdfast)
  verbCommands(holdfast)
  rescheduleCommand(holdfast)
  sendCommand(holdfast)
  holdfast.commandsGroup('What decides when they run:')
  schedulesCommand(holdfast)
  routesCommand(holdfast)
  gatesCommand(holdfast)
  kindsCommand(holdfast)
  machinesCommand(holdfast)
  holdfast.commandsGroup('The board:')
  devicesCommand(holdfast)
  holdfast.commandsGroup('What went wrong:')
  manifestCommand(holdfast)
  quarantineCommand(holdfast)
  doctorCommand(holdfast)
  holdfast.commandsGroup('Its store:')
  backupCommand(holdfast)
  restoreCommand(holdfast)
  repairCommand(holdfast)
  holdfast.commandsGroup('Who else is here:')
  workersCommand(holdfast)
  tokensCommand(holdfast)
  holdfast.commandsGroup('For the shell:')
  tab(holdfast, { completionCommandName: 'completion' })
  return holdfast
}
