/** The service manager's end of the wire: a real datagram socket of this process, bound by koffi. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import koffi from 'koffi'
import { onTestFinished } from 'vitest'
import { socketAddress } from '../../src/daemon/datagrams.js'

const libc = koffi.load(null)
const socket = libc.func('int socket(int family, int type, int protocol)')
const bind = libc.func('int bind(int fd, void *address, uint32_t size)')
const recv = libc.func('long recv(int fd, _Out_ uint8_t *data, size_t size, int flags)')
const close = libc.func('int close(int fd)')

const AF_UNIX = 1
const SOCK_DGRAM_CLOEXEC = 0o2000002
const MSG_DONTWAIT = 0x40

export type Message = Readonly<Record<string, string>>

/** An address that nobody else has: a path, or a name of the abstract namespace. */
export function freshAddress(abstract = false): string {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-notify-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return abstract ? `@${directory}` : join(directory, 's')
}

export function notifySocket(address: string) {
  const fd = socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0) as number
  const to = socketAddress(address)
  if (bind(fd, to, to.length) !== 0) throw new Error(`bind ${address}: ${koffi.errno()}`)
  const data = Buffer.alloc(8192)
  const messages: Message[] = []
  let open = true

  const parsed = (size: number): Message =>
    Object.fromEntries(
      data
        .toString('utf8', 0, size)
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    )
  const end = () => {
    if (open) close(fd)
    open = false
  }
  onTestFinished(end)

  /** The next datagram that is there already. */
  const take = (): Message | undefined => {
    const size = Number(recv(fd, data, data.length, MSG_DONTWAIT))
    if (size < 0) return undefined
    messages.push(parsed(size))
    return messages.at(-1)
  }

  return {
    /** All that was taken, in the order of its coming. */
    messages,
    take,
    /** All that has come by now and was not taken yet. */
    all: (): Message[] => {
      const taken: Message[] = []
      for (let next = take(); next; next = take()) taken.push(next)
      return taken
    },
    /** The next message that holds, whenever it comes; those on the way are kept in `messages`. */
    async next(holds: (message: Message) => boolean): Promise<Message> {
      for (;;) {
        const there = take()
        if (there && holds(there)) return there
        // A turn of the loop: nothing tells a test of another process' datagram but looking.
        if (!there) await new Promise<void>((resolve) => void setImmediate(resolve))
      }
    },
    close: end,
  }
}
