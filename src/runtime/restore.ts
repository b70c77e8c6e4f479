/**
 * A store out of a backup, for a runtime that goes on from it: tasks that were running when it was made are taken up
 * again like after a cut, and the marks of a clean stop and of the boot do not come along.
 */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { addAbortSignal, Readable } from 'node:stream'
import { tell } from '../kernel/telemetry.js'
import { readDirectory } from '../store/backup-directory.js'
import { damaged, type Member } from '../store/backup-form.js'
import { unpackTar } from '../store/backup-tar.js'
import type { Counts } from '../store/census.js'
import { restoreStore } from '../store/restore.js'
import { isMissing, storeError } from '../store/trouble.js'
import type { OnProgress } from '../store/verify.js'
import { invalid, onlyKnown } from './checks.js'
import { MARK_KEY, restoredMark } from './mark.js'

export interface RestoreOptions {
  /** The directory or the tar file of a backup, or a tar as it comes. */
  readonly from: string | Readable
  /** The directory of the store. */
  readonly path: string
  /** A store that is there is replaced, and kept as `replaced-<n>`, the newest two. Default false: ERR_EXISTS. */
  readonly force?: boolean
  readonly signal?: AbortSignal
  /** Hears the bytes that were read so far. */
  readonly onProgress?: OnProgress
}

export interface RestoreReport {
  readonly createdAt: string
  /** The version of holdfast that made the backup. */
  readonly holdfast: string
  readonly entries: number
  /** How many tasks it holds, by state. */
  readonly tasks: Counts
  /** Where the store before is. */
  readonly replaced?: string
}

/**
 * Puts a backup in the place of a store, when all of it was checked and is on disk; no daemon may have that open. A power
 * cut leaves the store before or the one of the backup. Tasks that ended after the backup was made run again.
 * @throws ERR_BACKUP_DAMAGED, ERR_EXISTS, ERR_FORMAT_NEWER, ERR_STORE_LOCKED, ERR_STORE_IO, ERR_INVALID_OPTION, and why
 * the signal was aborted
 * @example await restore({ from: '/mnt/usb/2026-05-01.tar', path: '/var/lib/portal' })
 */
export async function restore(options: RestoreOptions): Promise<RestoreReport> {
  onlyKnown(options, ['from', 'path', 'force', 'signal', 'onProgress'], 'restore')
  const { path, force = false, signal } = options
  if (typeof path !== 'string' || path === '') throw invalid('restore.path', 'the directory of the store', path)
  const passed = (step: string) => tell('restore.step', () => ({ step }))
  const restoring = restoreStore({
    path,
    members: told(await membersOf(options), options),
    force,
    passed,
    change: ([key, value]) => [key, key === MARK_KEY ? restoredMark(value) : value],
  })
  const { header, summary, kept } = await restoring.catch((error) => {
    // A stream that was broken off on purpose is no trouble of the store.
    throw signal?.aborted ? signal.reason : error
  })
  return {
    createdAt: header.createdAt,
    holdfast: header.holdfast,
    entries: Object.values(summary.entries).reduce((sum, count) => sum + count, 0),
    tasks: summary.tasks,
    ...(kept === undefined ? {} : { replaced: kept }),
  }
}

async function membersOf({ from, signal }: RestoreOptions): Promise<AsyncIterable<Member>> {
  if (from instanceof Readable) return unpackTar(signal ? addAbortSignal(signal, from) : from)
  if (typeof from !== 'string') throw invalid('restore.from', 'a directory, a tar file, or a stream', from)
  const place = resolve(from)
  try {
    return (await stat(place)).isDirectory() ? readDirectory(place) : readFile(place)
  } catch (error) {
    throw isMissing(error) ? damaged(`there is no ${place}`) : storeError(error, place)
  }
}

/** The file is opened when somebody reads. */
async function* readFile(place: string): AsyncGenerator<Member> {
  yield* unpackTar(createReadStream(place))
}

async function* told(members: AsyncIterable<Member>, { signal, onProgress }: RestoreOptions): AsyncGenerator<Member> {
  let done = 0
  for await (const member of members) {
    signal?.throwIfAborted()
    done += member.bytes.length
    onProgress?.(done)
    yield member
  }
}
