/** A backup as a tar: the same members one behind the other, for a pipe, a file, or a request. */
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { createTarDecoder, createTarPacker, type ParsedTarEntry } from 'modern-tar'
import { damaged, isMemberName, type Member, MOST_BYTES } from './backup-form.js'
import { isRefusal } from './trouble.js'

/** The members as a tar; `over` settles when none is taken any more, and rejects with what went wrong. */
export function packTar(members: AsyncIterable<Member>, mtime: Date): { tar: Readable; over: Promise<void> } {
  const { readable, controller } = createTarPacker()
  const packing = async () => {
    for await (const { name, bytes } of members) {
      const body = controller.add({ name, size: bytes.length, mode: 0o600, mtime }).getWriter()
      await body.write(bytes)
      await body.close()
    }
    controller.finalize()
  }
  const over = packing().catch((error) => {
    controller.error(error)
    throw error
  })
  over.catch(() => undefined)
  return { tar: Readable.fromWeb(readable as ReadableStream), over }
}

/** The members of a tar, as they come. Only names of ours are read, and nothing is ever unpacked under a name. */
export async function* unpackTar(tar: Readable): AsyncGenerator<Member> {
  const entries = (Readable.toWeb(tar) as ReadableStream<Uint8Array>).pipeThrough(
    createTarDecoder({ strict: true }) as never,
  )
  try {
    for await (const { header, body } of entries as ReadableStream<ParsedTarEntry>) {
      const { name, type = 'file', size } = header
      if (!isMemberName(name) || type !== 'file') throw damaged(`it holds ${JSON.stringify(name).slice(0, 100)}`)
      if (size > MOST_BYTES) throw damaged(`${name} is too large`)
      yield { name, bytes: await gathered(body as ReadableStream<Uint8Array>) }
    }
  } catch (error) {
    throw isOurs(error) ? error : damaged('it is no whole tar', error)
  }
}

async function gathered(body: ReadableStream<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** Somebody gave up, or the disk did; or it was said already what is wrong. */
function isOurs(error: unknown): boolean {
  const { name, code } = Object(error) as { name?: unknown; code?: unknown }
  return name === 'HoldfastError' || name === 'AbortError' || isRefusal(error) || /^E[A-Z]+$/.test(String(code))
}
