import type { Command } from 'commander'
import type { RepairReport } from '../../runtime/repair.js'
import { Progress } from '../progress.js'
import { act } from '../shell.js'
import { storePath } from '../store-path.js'
import { plain } from '../terminal.js'
import { counted } from '../words.js'

/** Of a list so much is shown; --json has more. */
const MOST_SHOWN = 20

export function repairCommand(program: Command): void {
  program
    .command('repair')
    .description('check all of a store, and mend what is damaged; its daemon has to be stopped')
    .option('--path <directory>', 'the store, where no config says')
    .action(
      act<{ path?: string }, []>(async (shell) => {
        const { terminal, options } = shell
        const path = await storePath(options)
        const progress = new Progress('checksums')
        const { repair } = await import('../../index.js')
        const onProgress = (done: number, total?: number) => progress.at(done, total)
        const report = await repair({ path, onProgress }).finally(() => progress.end())
        terminal.answer({ path, ...report }, () => textOf(path, report))
      }),
    )
}

function textOf(path: string, report: RepairReport): string {
  const tasks = Object.values(report.tasks).reduce<number>((sum, each) => sum + (each ?? 0), 0)
  if (!report.changed) return `${path}: sound, ${counted(tasks, 'task')}; nothing was changed`
  const { damage, kept, rebuilt, dropped, quarantined, quarantinedCount, lost, lostCount } = report
  return [
    `${path}: repaired, ${counted(tasks, 'task')}`,
    ...damage.map(({ file, reason }) => `damaged: ${file} ${reason}`),
    ...changesOf('made anew', rebuilt),
    ...changesOf('led nowhere', dropped),
    ...listOf('set aside', quarantined.map(({ id, reason }) => `${id}: ${reason}`), quarantinedCount),
    ...listOf('lost', lost, lostCount),
    ...(kept === undefined ? [] : [`the store before is kept: ${kept}`]),
  ].map(plain).join('\n') // biome-ignore format: a list
}

function changesOf(what: string, counts: Readonly<Record<string, number>>): string[] {
  const all = Object.entries(counts).map(([name, count]) => `${count} ${name}`)
  return all.length === 0 ? [] : [`${what}: ${all.join(', ')}`]
}

function listOf(what: string, items: readonly string[], count: number): string[] {
  const shown = items.slice(0, MOST_SHOWN).map((item) => `${what}: ${item}`)
  return count > shown.length ? [...shown, `${what}: and ${count - shown.length} more`] : shown
}
