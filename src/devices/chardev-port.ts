/**
 * The two calls of the system that Node has not: ioctl(2), and to hear of a descriptor that can be read. By koffi, which is
 * loaded with the first port and not before; what is behind this interface can be another library, or Node's own.
 */
import { getSystemErrorName } from 'node:util'
import { HoldfastError } from '../model/errors.js'

export interface Poll {
  /** Nothing is heard any more, from this moment on. To be called before the descriptor is closed. */
  close(): void
}

export interface Port {
  /** The structure in `buffer` is read and written. @throws an error with the system's name for it as `code` */
  ioctl(fd: number, request: number, buffer: Buffer): void
  /**
   * Calls `woken` in a turn of its own whenever there is something to be read (`for: 'edges'`), or when the other end is
   * gone: then with `gone`, and once. It keeps the process alive only for edges.
   */
  poll(fd: number, what: 'edges' | 'end', woken: (gone: boolean) => void): Poll
}

/** koffi.node.poll as it is: its own types leave the status out. */
type KoffiPoll = (
  fd: number,
  wanted: { readonly readable: boolean; readonly disconnect: boolean },
  polled: (status: number, events: { readonly disconnect: boolean }) => void,
) => { unref(): void; close(): void }

let port: Promise<Port> | undefined

/** The one of this process. @throws ERR_NO_LINES where there is nothing to make the calls with */
export function openPort(): Promise<Port> {
  port ??= makePort()
  return port
}

async function makePort(): Promise<Port> {
  const koffi = await loadKoffi()
  const polls = new Set<Poll>()
  // While Node takes itself down the event loop turns once more, and whoever is called then aborts the process.
  process.once('exit', () => {
    for (const each of polls) each.close()
  })
  const poll = koffi.node.poll as unknown as KoffiPoll
  const call = koffi.load(null).func('int ioctl(int fd, unsigned long request, void *buffer)')
  return {
    ioctl(fd, request, buffer) {
      if (call(fd, request, buffer) >= 0) return
      const code = getSystemErrorName(-koffi.errno())
      throw Object.assign(new Error(code), { code })
    },
    poll(fd, what, woken) {
      let turn: NodeJS.Immediate | undefined
      let over = false
      const wanted = { readable: what === 'edges', disconnect: true }
      // Whoever lets go of the handle is deaf after the next collection: `polls` holds it.
      const handle = poll(fd, wanted, (status, { disconnect }) => {
        over ||= status < 0 || disconnect
        // We are called by the event loop itself: what was thrown here would be seen when something else happens.
        turn ??= setImmediate(() => {
          turn = undefined
          woken(over)
        })
      })
      if (what === 'end') handle.unref()
      const opened: Poll = {
        close() {
          if (turn) clearImmediate(turn)
          handle.close()
          polls.delete(opened)
        },
      }
      polls.add(opened)
      return opened
    },
  }
}

async function loadKoffi(): Promise<typeof import('koffi').default> {
  if (process.platform !== 'linux') throw new HoldfastError('ERR_NO_LINES', `${process.platform} has no GPIO lines`)
  try {
    return (await import('koffi')).default
  } catch (cause) {
    const message = `koffi cannot be loaded, and without it lines cannot be asked for on ${process.arch}`
    throw new HoldfastError('ERR_NO_LINES', message, { cause })
  }
}
