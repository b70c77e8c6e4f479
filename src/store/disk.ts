/**
 * The store of a daemon: LevelDB in `<path>/db`, beside it the mark of its format, and what a repair kept.
 * Opening ends in one of three ways: a store, a store with a report of what was repaired and where the damaged files
 * are, or an error that says what to do. It ends the same way at the next start: there is no loop of repairs.
 */
import { copyFile, readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Level } from 'level'
import { HoldfastError } from '../model/errors.js'
import { forgetClean, readClean, signClean } from './clean.js'
import { create, holdsData } from './creation.js'
import { type Damage, findDamage, logsAmong } from './damage.js'
import { openDatabase } from './database.js'
import { exists, makeDirectory, syncDirectory, syncFile } from './durable.js'
import { assertReadable, FORMAT, type Format, markFile, OLDEST, readMark, upgrade, writeMark } from './format.js'
import { levelStore, type Opened } from './level.js'
import { assertFree } from './lock.js'
import { finishMending, leaveWord, mend, unrepairable } from './mend.js'
import { finishReplacement, restoredIn } from './replacement.js'
import { LogRoom } from './room.js'
import type { OpenReport, Store } from './store.js'
import { isDamage, isLocked, storeError } from './trouble.js'

/** The store in a directory. `format` is for tests of upgrades. */
export function diskStore(path: string, format: Format = FORMAT): Store {
  const location = resolve(path)
  return levelStore({
    location,
    open: async () => {
      try {
        return await new Opening(location, format).run()
      } catch (error) {
        throw storeError(error, location)
      }
    },
  })
}

class Opening {
  readonly #path: string
  readonly #database: string
  readonly #format: Format
  #repaired: OpenReport['repaired']

  constructor(path: string, format: Format) {
    this.#path = path
    this.#database = join(path, 'db')
    this.#format = format
  }

  async run(): Promise<Opened> {
    await makeDirectory(this.#path, 0o700)
    if (await exists(restoredIn(this.#path))) {
      await assertFree(this.#database)
      await finishReplacement(this.#path)
    }
    const mark = await readMark(this.#path)
    assertReadable(mark, this.#format, this.#path)
    await assertFree(this.#database)
    if (mark === 'absent' && !(await this.#isOld())) {
      const { opened, created } = await create(
        this.#path,
        this.#database,
        () => openDatabase(this.#database, true),
        this.#format,
      )
      return this.#opened(opened, created)
    }
    await this.#care()
    const opened = await this.#openExisting()
    try {
      await this.#remark(mark, opened)
    } catch (error) {
      await opened.close()
      throw error
    }
    return this.#opened(opened, false)
  }

  /** A store whose mark is gone is no new one. */
  async #isOld(): Promise<boolean> {
    return (await holdsData(this.#database)) || (await exists(join(this.#path, 'mended')))
  }

  /** Finds damage and does what it asks for, before LevelDB changes a file. */
  async #care(): Promise<void> {
    const kept = await finishMending(this.#path, this.#database)
    if (kept) this.#repaired = { kept, reason: 'a repair was cut short, and is finished now' }
    if (!(await exists(this.#database))) {
      throw new HoldfastError('ERR_STORE_CORRUPT', `the store ${this.#path} has lost its database, ${this.#database}`, {
        hint: `Restore a backup; or delete ${markFile(this.#path)} to start with an empty store.`,
      })
    }
    const damage = await findDamage(this.#database, await readClean(this.#path))
    if (damage) await this.#treat(damage)
    await forgetClean(this.#path)
  }

  async #treat(damage: Damage): Promise<void> {
    // Files in use change under our eyes: what looked like damage may be another daemon at work.
    await assertFree(this.#database)
    await this.#mend(damage)
  }

  async #mend(damage: Damage): Promise<void> {
    const kept = await mend(this.#path, this.#database, damage, leaveWord(damage)).catch((cause) => {
      throw unrepairable(this.#path, damage.reason, cause)
    })
    this.#repaired = { kept: kept as string, reason: damage.reason }
  }

  async #openExisting(): Promise<Level> {
    let opened: Level
    try {
      opened = await openDatabase(this.#database, false)
    } catch (error) {
      if (isLocked(error) || !isDamage(error)) throw error
      const reason = storeError(error, this.#path).message
      await this.#mend({ reason, files: new Map(), remedy: 'repair', tables: new Map(), live: undefined })
      opened = await openDatabase(this.#database, false)
    }
    // LevelDB renames CURRENT and starts a log without syncing the directory.
    await syncDirectory(this.#database)
    return opened
  }

  /** Writes the mark anew where it is missing, unreadable or of an older format. */
  async #remark(mark: Awaited<ReturnType<typeof readMark>>, opened: Level): Promise<void> {
    if (typeof mark === 'number') return upgrade(opened, this.#path, mark, this.#format)
    if (mark === 'unreadable') {
      const kept = `${markFile(this.#path)}.damaged`
      await copyFile(markFile(this.#path), kept)
      await syncFile(kept)
      this.#repaired ??= { kept, reason: 'format.json is not readable' }
    } else {
      this.#repaired ??= { kept: this.#path, reason: 'format.json is missing' }
    }
    // Of which format it was nobody knows any more: each step does no harm where it was done.
    await upgrade(opened, this.#path, OLDEST, this.#format)
    await writeMark(this.#path, this.#format.number)
  }

  #opened(database: Level, created: boolean): Opened {
    const room = new LogRoom(this.#database)
    let log: string | undefined
    return {
      database,
      report: { created, ...(this.#repaired && { repaired: this.#repaired }) },
      writing: (ops) => room.writing(ops),
      closing: async () => {
        await room.closing()
        log = await this.#log()
      },
      // A stop that cannot be signed is an unclean one: the next start looks closer, that is all.
      closed: () => this.#closed(room, log).catch(() => undefined),
    }
  }

  /** Signs what is there, but for what another process has begun to write since. */
  async #closed(room: LogRoom, log: string | undefined): Promise<void> {
    await room.giveBack()
    if (log !== undefined && log === (await this.#log())) await signClean(this.#path, this.#database)
  }

  /** The log that is written, by its name. */
  async #log(): Promise<string | undefined> {
    return logsAmong(await readdir(this.#database).catch(() => [])).at(-1)
  }
}
