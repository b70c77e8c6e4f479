#!/usr/bin/env node
/** The command line. Exit codes: 0 ok, 1 the work failed, 2 wrong usage, 3 no daemon. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { report } from './report.js'
import { start } from './start.js'

const OK = 0
const FAILED = 1
const WRONG_USAGE = 2

const HELP = `usage: holdfast start [config]

  start [config]   run the daemon of a config until SIGTERM or SIGINT;
                   the default config is ./holdfast.config.js

  -h, --help       this text
  -v, --version    the version

The config is an ES module whose default export is the options of createRuntime, or a JSON file of them.
A module may also export setup(runtime): it is called after the start, and what it returns before the stop.
exit: 0 ok, 1 the work failed, 2 wrong usage
`

function version(): string {
  const file = createRequire(import.meta.url).resolve('holdfast/package.json')
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

function wrongUsage(message: string): number {
  process.stderr.write(`error ERR_USAGE: ${message}\nhint: holdfast --help\n`)
  return WRONG_USAGE
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean', short: 'v' } },
    })
  } catch (error) {
    return (error as Error).message
  }
}

async function main(args: string[]): Promise<number> {
  const line = parsed(args)
  if (typeof line === 'string') return wrongUsage(line)
  const { values, positionals } = line
  const [command, ...rest] = positionals
  if (values.version) {
    process.stdout.write(`${version()}\n`)
    return OK
  }
  if (values.help) {
    process.stdout.write(HELP)
    return OK
  }
  if (command === undefined) return wrongUsage('no command')
  if (command !== 'start') return wrongUsage(`unknown command '${command}'`)
  if (rest.length > 1) return wrongUsage('start takes one config')
  const file = resolve(rest[0] ?? 'holdfast.config.js')
  if (!existsSync(file)) return wrongUsage(`there is no config ${file}`)
  try {
    await start(file)
    return OK
  } catch (error) {
    report(error)
    return FAILED
  }
}

// Not only the exit code: whatever a config left running must not keep a stopped daemon alive.
process.exit(await main(process.argv.slice(2)))
