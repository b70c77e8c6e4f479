/** TCP: the address, and TLS from files that are read again when they change. */
import { type FSWatcher, watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, dirname } from 'node:path'
import { createSecureContext, type Server as TlsServer } from 'node:tls'
import { HoldfastError } from '../model/errors.js'
import type { TaskLog } from '../runtime/log.js'
import type { TcpSettings } from './options.js'

export interface Pair {
  readonly cert: Buffer
  readonly key: Buffer
}

/** The certificate and its key, that fit each other. @throws ERR_SOCKET */
export async function readPair({ cert, key }: NonNullable<TcpSettings['tls']>): Promise<Pair> {
  try {
    const pair = { cert: await readFile(cert), key: await readFile(key) }
    createSecureContext(pair)
    return pair
  } catch (cause) {
    throw new HoldfastError(
      'ERR_SOCKET',
      `the certificate ${cert} and its key cannot be used: ${(cause as Error).message}`,
      {
        cause,
        hint: 'Both are files in PEM that this user may read, and the key is that of the certificate.',
      },
    )
  }
}

/** Listens there; gives the port. @throws ERR_SOCKET */
export function listenAt(server: HttpServer, { host, port }: TcpSettings): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (cause: Error) =>
      reject(new HoldfastError('ERR_SOCKET', `${host}:${port}: ${cause.message}`, { cause }))
    server.once('error', failed)
    server.listen({ host, port }, () => {
      server.off('error', failed)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

/**
 * Takes a changed certificate for the connections to come. A pair that does not fit, as while only one of the two files
 * is new, is passed over: the one before stays. Directories are watched, for files are often replaced whole.
 */
export function watchPair(server: HttpServer, tls: NonNullable<TcpSettings['tls']>, log: TaskLog): () => void {
  const names = new Set([basename(tls.cert), basename(tls.key), '..data'])
  let reading: Promise<void> = Promise.resolve()
  const reload = async () => {
    try {
      ;(server as unknown as TlsServer).setSecureContext(await readPair(tls))
      log.info('the certificate was read again')
    } catch (error) {
      log.warn('the changed certificate cannot be used, the one before stays', { reason: (error as Error).message })
    }
  }
  const changed = (_: string, name: string | null) => {
    if (name !== null && !names.has(name)) return
    reading = reading.then(reload)
  }
  const watchers: FSWatcher[] = [...new Set([dirname(tls.cert), dirname(tls.key)])].map((each) => watch(each, changed))
  for (const watcher of watchers)
    watcher.on('error', (error) => log.warn('the certificate is not watched', { error: error.message }))
  return () => {
    for (const watcher of watchers) watcher.close()
  }
}
