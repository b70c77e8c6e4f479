/** A browser before the built daemon: the page as people have it, and what it says, asks and looks like. */
import { existsSync, mkdirSync } from 'node:fs'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']
export const ARTEFACTS = fileURLToPath(new URL('../../.artifacts/page/', import.meta.url))

/** Debian's, as it is installed by apt-get install chromium. */
export async function browser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? PLACES.find(existsSync)
  if (executablePath === undefined) throw new Error('there is no chromium: apt-get install chromium')
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] })
}

/** A port that leads to the socket, as `ssh -L 8080:/run/holdfast.sock board` makes one. */
export async function forwarded(socket: string): Promise<{ readonly origin: string; readonly end: () => void }> {
  const open = new Set<Socket>()
  const server: Server = createServer((from) => {
    const to = connect(socket)
    for (const end of [from, to]) {
      open.add(end)
      end
        .on('error', () => undefined)
        .on('close', () => {
          open.delete(end)
          from.destroy()
          to.destroy()
        })
    }
    from.pipe(to).pipe(from)
  })
  server.listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    end: () => {
      server.close()
      for (const each of open) each.destroy()
    },
  }
}
