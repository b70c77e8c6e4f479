/** A backup taken home by a client: the same as the daemon's, or none. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createClient } from '../../src/client/index.js'
import { restore } from '../../src/index.js'
import { board } from '../api/board.js'
import { refusal, temporaryDirectory } from '../runtime/lab.js'
import { contentsOf } from '../support/backups.js'

test('goes to a directory, a tar or a stream, and says what it holds', async () => {
  const b = await board()
  const place = await temporaryDirectory()
  const client = createClient({ socket: b.socket })
  onTestFinished(() => client.close())
  await client.enqueueMany(Array.from({ length: 5 }, (_, n) => ({ kind: 'echo', input: n, in: '1h' })))
  const heard: number[] = []
  const { entries, tasks, bytes } = await client.backup(
    { directory: join(place, 'a') },
    { onProgress: (done) => heard.push(done) },
  )
  expect(tasks).toEqual({ SPOOLED: 5 })
  expect(heard.at(-1)).toBe(bytes)
  await client.backup({ file: join(place, 'b.tar') })
  const chunks: Uint8Array[] = []
  await client.backup(new WritableStream({ write: (chunk) => void chunks.push(chunk) }))
  expect(chunks.length).toBeGreaterThan(0)
  await restore({ from: join(place, 'a'), path: join(place, 'one') })
  await restore({ from: join(place, 'b.tar'), path: join(place, 'two') })
  expect((await contentsOf(join(place, 'one'))).length).toBe(entries)
  expect((await contentsOf(join(place, 'two'))).length).toBe(entries)
})

test('that is cut by the end of its daemon leaves nothing that looks like one', async () => {
  const b = await board()
  const place = await temporaryDirectory()
  const client = createClient({ socket: b.socket, retry: 0 })
  for (let n = 0; n < 60; n++) {
    const input = Array.from({ length: 11_000 }, (_, i) => Math.sin(n * 1e6 + i))
    await client.enqueue('echo', input, { in: '1h' })
  }
  let killed: Promise<unknown> | undefined
  const onProgress = () => {
    killed ??= b.life.kill('SIGKILL')
  }
  const error = await refusal(client.backup({ file: join(place, 'b.tar') }, { onProgress }))
  expect(['ERR_NO_ANSWER', 'ERR_BACKUP_DAMAGED']).toContain(error.code)
  await killed
  expect(await readdir(place)).toEqual([])
  client.close()
  expect((await refusal(client.backup({ file: join(place, 'b.tar') }))).code).toBe('ERR_STOPPED')
})
