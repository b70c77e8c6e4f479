import type { Command } from 'commander'
import type { RestoreReport } from '../../runtime/restore.js'
import { Progress } from '../progress.js'
import { act } from '../shell.js'
import { storePath } from '../store-path.js'
import { counted, whenOf } from '../words.js'

interface Options {
  readonly path?: string
  readonly force?: boolean
}

export function restoreCommand(program: Command): void {
  program
    .command('restore')
    .argument('<from>', 'the directory or the tar of a backup, or - for stdin')
    .description('put a backup in the place of a store; its daemon has to be stopped')
    .option('--path <directory>', 'the store, where no config says')
    .option('--force', 'though a store is there: that is kept beside it, as replaced-N')
    .action(
      act<Options, [string]>(async (shell, from) => {
        const { terminal, options, signal } = shell
        const path = await storePath(options)
        const progress = new Progress('restore')
        const { restore } = await import('../../index.js')
        const report = await restore({
          from: from === '-' ? process.stdin : from,
          path,
          force: options.force === true,
          signal,
          onProgress: (done) => progress.at(done),
        }).finally(() => progress.end())
        terminal.answer({ path, ...report }, () => textOf(path, report))
      }),
    )
}

function textOf(path: string, { createdAt, tasks, replaced }: RestoreReport): string {
  const count = Object.values(tasks).reduce<number>((sum, each) => sum + (each ?? 0), 0)
  const text = `${path}: ${counted(count, 'task')}, as they were ${whenOf(createdAt)}`
  return replaced === undefined ? text : `${text}\nthe store before is kept: ${replaced}`
}
