/**
 * Backups of a store that is open, one at a time: into a directory, into a tar file, or as a tar down a stream. What is
 * cut short has no summary, and is never taken for a whole one.
 */
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { type Readable, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Clock } from '../kernel/clock.js'
import { tell } from '../kernel/telemetry.js'
import { isoTime } from '../model/duration.js'
import { HoldfastError } from '../model/errors.js'
import { ownPackage } from '../model/own-package.js'
import { Backup } from '../store/backup.js'
import { writeDirectory } from '../store/backup-directory.js'
import type { Member } from '../store/backup-form.js'
import { BackupCheck } from '../store/backup-reader.js'
import { packTar, unpackTar } from '../store/backup-tar.js'
import type { Counts } from '../store/census.js'
import { exists, syncDirectory, syncFile } from '../store/durable.js'
import { FORMAT, readMark } from '../store/format.js'
import type { Store } from '../store/store.js'
import { isMissing, isRefusal, storeError } from '../store/trouble.js'
import type { OnProgress } from '../store/verify.js'
import { invalid, onlyKnown } from './checks.js'

/** Where a backup goes: a directory of its own, a tar file that is not there yet, or a stream, as a tar. */
export type BackupTarget =
  | { readonly directory: string }
  | { readonly file: string }
  | Writable
  | WritableStream<Uint8Array>

export interface BackupOptions {
  /** Gives up; what was written so far is no backup. */
  readonly signal?: AbortSignal
  /** Hears the bytes that were written so far. */
  readonly onProgress?: OnProgress
}

export interface BackupReport {
  readonly createdAt: string
  readonly entries: number
  /** Of its files; a tar has half a kilobyte more for each. */
  readonly bytes: number
  /** How many tasks it holds, by state. */
  readonly tasks: Counts
  readonly tookMs: number
}

export class Backups {
  readonly #store: Store
  readonly #clock: Pick<Clock, 'wall' | 'steady'>
  #running = false

  constructor(store: Store, clock: Pick<Clock, 'wall' | 'steady'>) {
    this.#store = store
    this.#clock = clock
  }

  /**
   * Makes a backup of the store as it is now. `begin` is awaited before the moment is chosen.
   * @throws ERR_BACKUP_RUNNING, ERR_EXISTS, ERR_INVALID_OPTION, ERR_STORE_IO, ERR_STORE_CLOSED, and why the signal was
   * aborted
   */
  async make(
    to: BackupTarget,
    { signal, onProgress }: BackupOptions = {},
    begin: () => Promise<void> = async () => undefined,
  ): Promise<BackupReport> {
    const target = targetOf(to)
    if (this.#running) throw new HoldfastError('ERR_BACKUP_RUNNING')
    this.#running = true
    try {
      signal?.throwIfAborted()
      await begin()
      const began = this.#clock.steady()
      const createdAt = isoTime(this.#clock.wall())
      const backup = new Backup(this.#store, { holdfast: ownPackage().version, format: FORMAT.number, createdAt })
      await target(heard(backup, signal, onProgress), signal, new Date(createdAt))
      const { bytes, census } = backup
      const { total: entries, tasks } = census
      const tookMs = this.#clock.steady() - began
      tell('backup.made', () => ({ entries, bytes, tookMs }))
      return { createdAt, entries, bytes, tasks, tookMs }
    } finally {
      this.#running = false
    }
  }
}

/**
 * A backup of a store that no daemon has open: it is opened for that, and closed.
 * @throws as {@link Backups.make}; ERR_NOT_FOUND where there is no store, ERR_STORE_LOCKED
 */
export async function backupClosed(
  store: Store,
  clock: Pick<Clock, 'wall' | 'steady'>,
  to: BackupTarget,
  options: BackupOptions,
): Promise<BackupReport> {
  if ((await readMark(store.location)) === 'absent' && !(await exists(join(store.location, 'db')))) {
    throw new HoldfastError('ERR_NOT_FOUND', `there is no store in ${store.location}`)
  }
  await store.open()
  try {
    return await new Backups(store, clock).make(to, options)
  } finally {
    await store.close()
  }
}

/**
 * A backup that is made elsewhere and comes as a tar: checked on its way to where it belongs.
 * @throws ERR_BACKUP_DAMAGED when it was cut short; ERR_EXISTS, ERR_INVALID_OPTION, ERR_STORE_IO
 */
export async function takeHome(
  open: () => Promise<Readable>,
  to: BackupTarget,
  { signal, onProgress }: BackupOptions,
  clock: Pick<Clock, 'wall' | 'steady'>,
): Promise<BackupReport> {
  const target = targetOf(to)
  const began = clock.steady()
  const check = new BackupCheck()
  let bytes = 0
  async function* members() {
    for await (const member of check.passing(unpackTar(await open()))) {
      bytes += member.bytes.length
      onProgress?.(bytes)
      yield member
    }
  }
  await target(members(), signal, new Date(clock.wall()))
  const { header, summary } = check.contents
  const entries = Object.values(summary.entries).reduce((sum, count) => sum + count, 0)
  return { createdAt: header.createdAt, entries, bytes, tasks: summary.tasks, tookMs: clock.steady() - began }
}

/** Takes the members, and resolves when all of them are where they belong. */
type Taker = (members: AsyncIterable<Member>, signal: AbortSignal | undefined, at: Date) => Promise<void>

/** @throws ERR_INVALID_OPTION */
function targetOf(to: BackupTarget): Taker {
  if (to instanceof Writable) return (members, signal, at) => pour(members, to, signal, at)
  if (to instanceof WritableStream) return (members, signal, at) => pour(members, Writable.fromWeb(to), signal, at)
  onlyKnown(to, ['directory', 'file'], 'backup')
  const { directory, file } = to as { directory?: unknown; file?: unknown }
  if (typeof directory === 'string' && file === undefined)
    return (members) => intoDirectory(resolve(directory), members)
  if (typeof file === 'string' && directory === undefined)
    return (members, signal, at) => intoFile(resolve(file), members, signal, at)
  throw invalid('backup', 'a stream, { directory } or { file }', to)
}

async function* heard(backup: Backup, signal: AbortSignal | undefined, onProgress: OnProgress | undefined) {
  for await (const member of backup.members(signal)) {
    onProgress?.(backup.bytes)
    yield member
  }
}

async function pour(members: AsyncIterable<Member>, to: Writable, signal: AbortSignal | undefined, at: Date) {
  const { tar, over } = packTar(members, at)
  try {
    await pipeline(tar, to, signal ? { signal } : {})
  } catch (error) {
    // What went wrong with the members says more than that their stream broke off.
    await over
    throw error
  }
  await over
}

async function intoDirectory(directory: string, members: AsyncIterable<Member>): Promise<void> {
  try {
    await writeDirectory(directory, members)
  } catch (error) {
    throw isRefusal(error) ? storeError(error, directory) : error
  }
}

/** The file has its name when all of it is on disk. */
async function intoFile(file: string, members: AsyncIterable<Member>, signal: AbortSignal | undefined, at: Date) {
  if (await exists(file)) throw new HoldfastError('ERR_EXISTS', `there is ${file} already`)
  const half = join(dirname(file), `.${basename(file)}.tmp`)
  try {
    await pour(members, createWriteStream(half, { mode: 0o600 }), signal, at)
    await syncFile(half)
    await rename(half, file)
    await syncDirectory(dirname(file))
  } catch (error) {
    await rm(half, { force: true })
    throw isRefusal(error) || isMissing(error) ? storeError(error, file) : error
  }
}
