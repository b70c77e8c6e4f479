import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { checkMachines } from '../../index.js'
import { HoldfastError } from '../../model/errors.js'
import type { StateView } from '../../runtime/machine-view.js'
import { checkText } from '../check-text.js'
import { findConfig, loadConfig } from '../config.js'
import { machineText } from '../machine-text.js'
import { act } from '../shell.js'
import { table } from '../table.js'
import { lintCommand } from './machines-lint.js'

/** What draws is loaded by who asks for a picture. */
const FORMATS = {
  mermaid: async (machine: StateView) => (await import('../../pictures/mermaid.js')).mermaidOf(machine),
  svg: async (machine: StateView) => (await import('../../pictures/svg.js')).svgOf(machine),
  json: async (machine: StateView) => (await import('../../pictures/config.js')).configOf(machine),
  stately: async (machine: StateView) => (await import('../../pictures/config.js')).statelyOf(machine),
} as const

interface ShowOptions {
  readonly format?: keyof typeof FORMATS
  readonly output?: string
}

export function machinesCommand(program: Command): void {
  const machines = program.command('machines').description('the statecharts: those of the kinds, and those of holdfast')
  machines
    .command('ls', { isDefault: true })
    .description('list them')
    .action(
      act(async (shell) => {
        const { terminal, signal } = shell
        const client = await shell.daemon()
        terminal.answer(await client.machines.list({ signal }), (all) =>
          table(terminal, all, [
            { title: 'MACHINE', of: ({ id }) => id, least: 8 },
            { title: 'VERSION', of: ({ version }) => version, align: 'right' },
            { title: 'OF', of: ({ own }) => (own ? 'holdfast' : 'a kind') },
          ]),
        )
      }),
    )
  machines
    .command('check')
    .description('what would become of the stored tasks with the definitions of the config; the daemon is stopped')
    .option('--path <directory>', "another store than the config's, as one restored from a backup")
    .allowExcessArguments()
    .hook('preAction', takesNoFile)
    .action(
      act<{ path?: string }, []>(async (shell) => {
        const { terminal, options, signal } = shell
        const file = findConfig(options.config)
        if (file === undefined) throw new HoldfastError('ERR_USAGE', 'there is no config here: name one with --config')
        const config = (await loadConfig(file)).options
        const path = options.path === undefined ? config.path : resolve(options.path)
        const check = await checkMachines({ ...config, path, signal })
        terminal.answer(check, (found) => checkText(terminal, found))
        if (check.versions.some(({ quarantined }) => quarantined > 0)) process.exitCode = 1
      }),
    )
  machines
    .command('show')
    .argument('<id>', 'a kind, or holdfast:task')
    .description('its states, what happens in them, and what leaves them; or a picture of them')
    .addOption(new Option('--format <format>', 'another form than text for people').choices(Object.keys(FORMATS)))
    .option('-o, --output <file>', 'write it there')
    .action(
      act<ShowOptions, [string]>(async (shell, id) => {
        const { terminal, signal, options } = shell
        const client = await shell.daemon()
        const machine = await client.machines.get(id, { signal })
        const { format, output } = options
        const made = format === undefined ? undefined : await FORMATS[format](machine.definition)
        const text = made === undefined ? machineText(terminal, machine.definition) : textOf(made)
        if (output === undefined) terminal.answer(made ?? machine, () => text)
        else await writeFile(output, `${text}\n`)
      }),
    )
  lintCommand(machines)
}

/** @throws ERR_USAGE */
function takesNoFile({ args }: Command): void {
  if (args.length === 0) return
  const hint = '`holdfast machines lint FILE` checks a file.'
  throw new HoldfastError('ERR_USAGE', `it checks what is stored, and takes no '${args[0]}'`, { hint })
}

const textOf = (made: unknown) => (typeof made === 'string' ? made : JSON.stringify(made, null, 2)).trimEnd()
