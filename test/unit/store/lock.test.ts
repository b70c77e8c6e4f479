import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { diskStore } from '../../../src/store/disk.js'
import { temporaryDirectory } from '../../support/stores.js'

const HOLDER = `
  const { ClassicLevel } = require('classic-level')
  const level = new ClassicLevel(process.argv[1])
  level.open().then(() => console.log('open'))
  setInterval(() => {}, 1000)
`

/** Another process that has the database open, until it is killed. */
async function held(database: string) {
  const child = spawn(process.execPath, ['-e', HOLDER, database], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  return child
}

test('a store that another process has open is ERR_STORE_LOCKED, and free again when that one is gone', async () => {
  const path = await temporaryDirectory()
  const store = diskStore(path)
  await store.open()
  await store.batch([{ type: 'put', key: 'a', value: '1' }], true)
  await store.close()
  const child = await held(join(path, 'db'))
  await expect(store.open()).rejects.toMatchObject({
    code: 'ERR_STORE_LOCKED',
    message: `another process has the store ${path} open`,
    hint: expect.stringMatching(/^`holdfast doctor` says who has it\./),
    cause: expect.anything(),
  })
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(await store.open()).toMatchObject({ created: false })
  expect(await store.get('a')).toBe('1')
  await store.close()
})

test('a store that another process is only making is locked too, and is not cleared away', async () => {
  const path = await temporaryDirectory()
  await held(join(path, 'db'))
  await expect(diskStore(path).open()).rejects.toMatchObject({ code: 'ERR_STORE_LOCKED' })
})

test('the same process cannot open it twice either, and is told that it is the one', async () => {
  const path = await temporaryDirectory()
  const store = diskStore(path)
  await store.open()
  await expect(diskStore(path).open()).rejects.toMatchObject({
    code: 'ERR_STORE_LOCKED',
    message: expect.stringContaining('this process'),
    hint: expect.stringContaining('One runtime per directory'),
  })
  await store.close()
})
