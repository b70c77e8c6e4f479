import { PassThrough } from 'node:stream'
import type { Command } from 'commander'
import { HoldfastError } from '../../model/errors.js'
import type { BackupReport, BackupTarget } from '../../runtime/backups.js'
import { Progress } from '../progress.js'
import { act, type Shell } from '../shell.js'
import { storePath } from '../store-path.js'
import { bytesOf, counted } from '../words.js'

interface Options {
  readonly path?: string
}

export function backupCommand(program: Command): void {
  program
    .command('backup')
    .argument('[target]', 'a directory, FILE.tar, or - for stdout (default: holdfast-DATE.tar here)')
    .description('take the whole store home, while the daemon works or when it does not')
    .option('--path <directory>', 'this store, which no daemon has open')
    .action(
      act<Options, [string | undefined]>(async (shell, named) => {
        const { terminal } = shell
        const target = named ?? `holdfast-${new Date().toISOString().replace(/[:.]/g, '-')}.tar`
        const progress = new Progress('backup')
        const report = await take(shell, targetOf(target), (done) => progress.at(done)).finally(() => progress.end())
        const text = `${target}: ${counted(tasksOf(report), 'task')}, ${bytesOf(report.bytes)}`
        if (target === '-') terminal.note(terminal.json ? terminal.jsonOf(report) : text)
        else terminal.answer({ target, ...report }, () => text)
      }),
    )
}

/** By the daemon when it answers; else nobody has the store open, or that is said. */
async function take(
  shell: Shell<Options>,
  to: BackupTarget,
  onProgress: (done: number) => void,
): Promise<BackupReport> {
  const { options, signal } = shell
  if (options.path === undefined) {
    try {
      return await (await shell.daemon()).backup(to, { signal, onProgress })
    } catch (error) {
      const away = error instanceof HoldfastError && error.code === 'ERR_NO_DAEMON'
      const elsewhere = options.socket !== undefined || options.url !== undefined
      if (!away || elsewhere) throw error
      shell.terminal.note('no daemon answers: the store is read as it lies there')
    }
  }
  const path = await storePath(options)
  const { backup } = await import('../../index.js')
  return backup({ path, to, signal, onProgress })
}

function targetOf(target: string): BackupTarget {
  if (target === '-') {
    const out = new PassThrough()
    out.pipe(process.stdout)
    return out
  }
  return target.endsWith('.tar') ? { file: target } : { directory: target }
}

function tasksOf({ tasks }: BackupReport): number {
  return Object.values(tasks).reduce<number>((sum, count) => sum + (count ?? 0), 0)
}
