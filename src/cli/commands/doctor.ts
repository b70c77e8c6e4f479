import type { Command } from 'commander'
import { findConfig } from '../config.js'
import { examine, LIMIT_MS } from '../doctor/examination.js'
import type { Finding } from '../doctor/finding.js'
import { placeOf } from '../doctor/place.js'
import { findingText, summaryText } from '../doctor/report.js'
import { act } from '../shell.js'

export function doctorCommand(program: Command): void {
  program
    .command('doctor')
    .description('look at the board, the store and the daemon, and say what to do')
    .option('--path <directory>', 'the store, where no config says')
    .option('--deep', 'read all of the store, however long it takes')
    .action(
      act<{ path?: string; deep?: boolean }, []>(async (shell) => {
        const { terminal, signal } = shell
        const { config, socket, path, deep } = shell.options
        const asked = { file: findConfig(config), path, socket, deep, daemon: () => shell.daemon() }
        const place = await placeOf(asked, LIMIT_MS)
        const findings: Finding[] = []
        for await (const finding of examine(place, { signal })) {
          findings.push(finding)
          // Each as it is found: a slow disk is slow for the doctor, too.
          if (!terminal.json) terminal.line(findingText(terminal, finding))
        }
        terminal.answer(findings, (all) => summaryText(terminal, all))
        if (findings.some(({ level }) => level === 'fault')) process.exitCode = 1
      }),
    )
}
