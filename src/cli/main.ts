#!/usr/bin/env node
/** The command line. Exit codes: 0 ok, 1 the work failed, 2 wrong usage, 3 no daemon. */
import { type Command, CommanderError } from 'commander'
import { HoldfastError } from '../model/errors.js'
import { program } from './program.js'
import { report } from './report.js'
import { helpOf } from './shell.js'

const OK = 0
const FAILED = 1
const WRONG_USAGE = 2
const NO_DAEMON = 3

async function main(): Promise<number> {
  const holdfast = program()
  for (const each of commandsOf(holdfast)) {
    each.exitOverride((error) => usage(error, each)).configureOutput({ outputError: () => undefined })
  }
  try {
    await holdfast.parseAsync()
    return Number(process.exitCode ?? OK)
  } catch (error) {
    // A help, or the version: what was asked for is said.
    if (error instanceof CommanderError) return OK
    report(error)
    return codeOf(error)
  }
}

function commandsOf(command: Command): Command[] {
  return [command, ...command.commands.flatMap(commandsOf)]
}

function usage(error: CommanderError, command: Command): never {
  if (error.exitCode === OK) throw error
  const { code, message } = error
  const text = code === 'commander.help' ? 'no command' : message.replace(/^error: /, '').replaceAll('\n', ' ')
  throw new HoldfastError('ERR_USAGE', text, { hint: helpOf(command) })
}

function codeOf(error: unknown): number {
  const code = error instanceof HoldfastError ? error.code : undefined
  return code === 'ERR_USAGE' ? WRONG_USAGE : code === 'ERR_NO_DAEMON' ? NO_DAEMON : FAILED
}

// A reader that had enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? OK : FAILED))

const code = await main()
// Not only the exit code: whatever a config left running must not keep a stopped daemon alive. What was written is out first.
process.stdout.write('', () => process.exit(code))
