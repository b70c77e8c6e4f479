/** Boards for the doctor: real directories, and trees of files where the system of a board says how it is. */
import { execFile, execFileSync } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'
import { LIMIT_MS } from '../../src/cli/doctor/examination.js'
import type { Finding } from '../../src/cli/doctor/finding.js'
import { type Asked, type Place, placeOf, type Roots } from '../../src/cli/doctor/place.js'
import { HoldfastError } from '../../src/index.js'

const run = promisify(execFile)
const AS_NOBODY = fileURLToPath(new URL('as-nobody.mjs', import.meta.url))
/** Root sees no limits: what others may is asked as this user. */
export const NOBODY = 65534
export const isRoot = process.getuid?.() === 0

/** A directory that everybody may go through, as /var/lib is. */
export async function directory(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'holdfast-doctor-'))
  onTestFinished(() => rm(path, { recursive: true, force: true, maxRetries: 3 }))
  await chmod(path, 0o755)
  return path
}

/** Files by their paths; their directories are made. */
export async function tree(files: Readonly<Record<string, string>>, root?: string): Promise<string> {
  const top = root ?? (await directory())
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(top, path)), { recursive: true })
    await writeFile(join(top, path), text)
  }
  return top
}

/** The roots of a system of which only these files are there. */
export async function system(files: Readonly<Record<string, string>>): Promise<Roots> {
  const top = await tree(files)
  return {
    proc: join(top, 'proc'),
    sys: join(top, 'sys'),
    etc: join(top, 'etc'),
    dev: join(top, 'dev'),
    run: join(top, 'run'),
  }
}

const nobody = async () => {
  throw new HoldfastError('ERR_NO_DAEMON', 'there is none in this test')
}

export function place(asked: Partial<Asked> = {}): Promise<Place> {
  return placeOf({ daemon: nobody, ...asked }, LIMIT_MS)
}

/** What a check finds for a user who is not root. */
export async function asNobody(check: string, asked: Omit<Partial<Asked>, 'daemon'>): Promise<Finding[]> {
  const { stdout } = await run(process.execPath, [AS_NOBODY, check, JSON.stringify(asked), String(NOBODY)])
  return JSON.parse(stdout) as Finding[]
}

/** Findings without what is well. */
export function bad(findings: readonly Finding[]): string[] {
  return findings.filter(({ level }) => level !== 'ok').map(({ level, says }) => `${level}: ${says}`)
}

/** A disk in memory of its own; `undefined` where nobody may mount one. */
export async function tmpfs(options: string): Promise<string | undefined> {
  const path = await directory()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'holdfast-test', path], { stdio: 'pipe' })
  } catch (error) {
    console.warn(`SKIPPED, a disk of its own needs the right to mount a tmpfs: ${String(error)}`)
    return undefined
  }
  onTestFinished(() => void execFileSync('umount', ['-l', path]))
  return path
}
