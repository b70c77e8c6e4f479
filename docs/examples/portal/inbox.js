/**
 * The inbox makes a task of each file that arrives. The system tells of arrivals; one look round at the start, and one
 * after each rush, find what nobody told. The file's name is the key of its task: while that has not ended, enqueueing
 * the file again, in this process or after the next start, gives the task that is there.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { watch } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { dayOf, places } from './places.js'

const AT_A_TIME = 100

const isFile = (path) =>
  stat(path).then(
    (found) => found.isFile(),
    () => false,
  )
const ignored = (name) => name.startsWith('.') || name.endsWith('.part')

/** Watches until `close()`. `changed()` tells that a file has come, `ended(file, error?)` that its task is over. */
export async function watchInbox(runtime, { changed, ended }) {
  /** The files whose task has not ended; true when the file was touched since and deserves another look. */
  const waiting = new Map()
  /** The files that were given up; they are tried again when they are touched, and after a restart. */
  const dead = new Set()
  let closed = false

  /** Resolves when the file's task is durable. */
  async function accept(file) {
    if (waiting.has(file)) return void waiting.set(file, true)
    waiting.set(file, false)
    try {
      if (!(await isFile(join(places.inbox, file)))) return void waiting.delete(file)
      const task = await runtime.enqueue('archive', { file, day: dayOf() }, { key: file })
      changed()
      void follow(file, task)
    } catch (error) {
      waiting.delete(file)
      if (!closed) ended(file, error)
    }
  }

  async function follow(file, task) {
    const error = await task.finished().then(
      () => undefined,
      (reason) => reason,
    )
    if (closed) return
    const again = waiting.get(file)
    waiting.delete(file)
    if (error?.code === 'ERR_TASK_FAILED' || error?.code === 'ERR_TASK_TERMINATED') dead.add(file)
    ended(file, error)
    // Another file of the same name may have arrived while the first was on its way.
    if (again) await accept(file)
    if (waiting.size === 0) await lookRound()
  }

  async function lookRound() {
    const files = (await readdir(places.inbox)).filter((name) => !ignored(name) && !dead.has(name))
    while (files.length > 0 && !closed) await Promise.all(files.splice(0, AT_A_TIME).map(accept))
  }

  function told(_, file) {
    if (file === null) return void lookRound()
    if (ignored(file)) return
    dead.delete(file)
    void accept(file)
  }

  const watcher = watch(places.inbox, told)
  // While the disk was full or gone, nothing was accepted.
  subscribe('holdfast:store.recovered', lookRound)
  await lookRound()
  return {
    get waiting() {
      return waiting.size
    },
    close() {
      closed = true
      watcher.close()
      unsubscribe('holdfast:store.recovered', lookRound)
    },
  }
}
