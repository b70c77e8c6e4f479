import { type Command, Option } from 'commander'
import type { FileFinding, Finding } from '../../configs/index.js'
import { findConfig, loadConfig } from '../config.js'
import { act } from '../shell.js'
import { plain, type Terminal } from '../terminal.js'

/** `holdfast machines lint`, which needs no daemon. */
export function lintCommand(machines: Command): void {
  machines
    .command('lint')
    .argument('<file...>', 'machines in JSON')
    .description('all that is wrong or strange in them; exit 1 when something is wrong')
    .addOption(new Option('--quiet', 'errors alone'))
    .action(
      act<{ quiet?: boolean }, [string[]]>(async ({ terminal, options }, files) => {
        const { findingText, lintMachines } = await import('../../configs/index.js')
        // What they may name beside the standard set stands in the config.
        const config = findConfig(options.config)
        const parts = config === undefined ? undefined : (await loadConfig(config)).machines
        const all = lintMachines(files, parts)
        const told = options.quiet ? all.filter(({ severity }) => severity === 'error') : all
        terminal.answer(
          told,
          () => told.map((each) => lineOf(terminal, each, findingText)).join('\n') || 'nothing wrong',
        )
        if (all.some(({ severity }) => severity === 'error')) process.exitCode = 1
      }),
    )
}

function lineOf({ colors }: Terminal, told: FileFinding, text: (finding: Finding, file: string) => string): string {
  const severity = told.severity === 'error' ? colors.red('error') : colors.yellow('warning')
  const hint = told.hint === undefined ? '' : `\n  ${colors.dim(plain(told.hint))}`
  return `${severity} ${plain(text(told, told.file))}${hint}`
}
