/** Waiting for facts of the file system: looked at when something in a directory changed, never by the clock. */
import { type FSWatcher, watch } from 'node:fs'

/** Resolves with what `fact` gives as soon as that is not undefined; looks again at each change in `directories`. */
export async function until<T>(
  directories: readonly string[],
  fact: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  let wake: () => void = () => undefined
  let changed = new Promise<void>((resolve) => {
    wake = resolve
  })
  const watchers: FSWatcher[] = directories.map((directory) => watch(directory, () => wake()))
  try {
    for (;;) {
      const found = await fact()
      if (found !== undefined) return found
      await changed
      changed = new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  } finally {
    for (const watcher of watchers) watcher.close()
  }
}

/** Counts the changes in `directories` from now on; `reached(n)` resolves at the n-th. */
export function changesIn(directories: readonly string[]) {
  let count = 0
  const waiting: { n: number; resolve: () => void }[] = []
  const watchers = directories.map((directory) =>
    watch(directory, () => {
      count++
      for (const { n, resolve } of waiting) if (count >= n) resolve()
    }),
  )
  return {
    reached: (n: number) => new Promise<void>((resolve) => void waiting.push({ n, resolve })),
    close: () => {
      for (const watcher of watchers) watcher.close()
    },
  }
}
