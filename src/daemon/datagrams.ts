/**
 * Datagrams to a unix socket, which Node has none of: socket(2) and sendto(2) through koffi. It is loaded with the first
 * socket that is opened, not before: who has no service manager pays nothing.
 */
import { getSystemErrorName } from 'node:util'

/** A way to whoever reads the socket. */
export interface Datagrams {
  /** True when it left; false when there is no room for it just now. Never waits. @throws what the system says */
  send(text: string): boolean
  close(): void
}

const AF_UNIX = 1
const SOCK_DGRAM = 2
/** No child inherits it. */
const SOCK_CLOEXEC = 0o2000000
const MSG_DONTWAIT = 0x40
const MSG_NOSIGNAL = 0x4000
/** What sockaddr_un holds of a path. */
const LONGEST = 107
const NO_ROOM = ['EAGAIN', 'ENOBUFS']

/** `address`: an absolute path, or `@name` of the abstract namespace. @throws when it is neither, or koffi is not there */
export async function openDatagrams(address: string): Promise<Datagrams> {
  const to = socketAddress(address)
  const { default: koffi } = await import('koffi')
  const libc = koffi.load(null)
  const socket = libc.func('int socket(int family, int type, int protocol)')
  const sendto = libc.func('long sendto(int fd, void *data, size_t size, int flags, void *to, uint32_t toSize)')
  const close = libc.func('int close(int fd)')
  const failed = () => {
    const name = getSystemErrorName(-koffi.errno())
    return Object.assign(new Error(`${name}: ${address}`), { code: name })
  }
  const fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) as number
  if (fd < 0) throw failed()
  return {
    send(text) {
      const data = Buffer.from(text)
      if (Number(sendto(fd, data, data.length, MSG_DONTWAIT | MSG_NOSIGNAL, to, to.length)) >= 0) return true
      const error = failed()
      if (NO_ROOM.includes(error.code)) return false
      throw error
    },
    close: () => void close(fd),
  }
}

/** The bytes of a sockaddr_un. In the abstract namespace the length says where the name ends, so nothing may follow it. */
export function socketAddress(address: string): Buffer {
  const path = Buffer.from(address)
  const abstract = address.startsWith('@')
  if (!abstract && !address.startsWith('/')) throw new Error(`not a path and not @name: ${address}`)
  if (path.length < 2 || path.length > LONGEST) throw new Error(`not of 2 to ${LONGEST} bytes: ${address}`)
  if (abstract) path[0] = 0
  const family = Buffer.alloc(2)
  // As this machine has it: all that we run on are little-endian.
  family.writeUInt16LE(AF_UNIX)
  return Buffer.concat(abstract ? [family, path] : [family, path, Buffer.alloc(1)])
}
