/**
 * GPIO as the kernel has it: character devices, and calls on them. It is spoken to directly; of the libraries around it
 * there is one for each release of an operating system, and a program that is started for its lines outlives its parent
 * and keeps them.
 */
import { closeSync, watch } from 'node:fs'
import type { Backend } from './backend.js'
import { CHIP_FILE, chipOf, linesOf, withChips } from './chardev-chip.js'
import { refusal } from './chardev-fault.js'
import { ChardevLines } from './chardev-lines.js'
import { openPort } from './chardev-port.js'
import { requestLines } from './chardev-request.js'

interface ChardevOptions {
  /** Where the device files are: `/dev`. */
  readonly directory?: string
}

/** The lines of this machine. @throws ERR_NO_LINES on a system that has none of the kind */
export async function chardev({ directory = '/dev' }: ChardevOptions = {}): Promise<Backend> {
  const port = await openPort()
  const held = new Set<ChardevLines>()
  const watches = new Set<() => void>()
  return {
    name: 'chardev',
    chips: () =>
      withChips(port, directory, ({ chips, refused: [refused] }) => {
        if (chips.length === 0 && refused !== undefined) throw refusal(refused)
        return chips.flatMap((chip) => {
          const lines = linesOf(port, chip)
          return lines ? [{ name: chip.name, label: chip.label, lines }] : []
        })
      }),
    request: (request, listener) =>
      withChips(port, directory, (found) => {
        const fd = requestLines(port, chipOf(found, request), request)
        try {
          const lines = new ChardevLines(port, fd, request, listener, (released) => held.delete(released))
          held.add(lines)
          return lines
        } catch (error) {
          closeSync(fd)
          throw error
        }
      }),
    watch(changed) {
      const leave = watchDirectory(directory, () => {
        for (const lines of held) lines.probe()
        changed()
      })
      watches.add(leave)
      return () => {
        watches.delete(leave)
        leave()
      }
    },
    close() {
      for (const leave of watches) leave()
      for (const lines of held) lines.release()
    },
  }
}

/** Also calls when the rights of a device change: its file comes first, and its group a moment later. */
function watchDirectory(directory: string, changed: () => void): () => void {
  try {
    const watcher = watch(directory, { persistent: false }, (_, name) => {
      if (name === null || CHIP_FILE.test(name)) changed()
    })
    // Whoever cannot be told looks by himself, now and then.
    watcher.on('error', () => watcher.close())
    return () => watcher.close()
  } catch {
    return () => {}
  }
}
