import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { loadMachines } from 'holdfast/configs'
import { fakeActors, testRuntime } from 'holdfast/testing'
import { releaseOf } from './vendor.mjs'

const place = mkdtempSync(join(tmpdir(), 'firmware-'))
after(() => rmSync(place, { recursive: true }))
process.env.HOLDFAST_EXAMPLE_DIR = place
const { machines } = await import('./holdfast.config.js')
const [update] = loadMachines(fileURLToPath(new URL('machines', import.meta.url)), machines)
const at = (name) => join(place, 'firmware', name)
const current = () => readlinkSync(at('current'))

/** A board with version 1 that gets another one: its files are real, the vendor and the health are not. */
async function updating(version) {
  rmSync(at('current'), { force: true })
  symlinkSync('firmware-1.json', at('current'))
  writeFileSync(at('boot'), 'boot-1')
  const reports = []
  const { task } = fakeActors(update, {
    'http.request': ({ input: { url, body } }) => {
      if (url.includes('/releases/')) return releaseOf(version)
      if (body) return void reports.push(body.outcome)
      const { version: running, healthy } = JSON.parse(readFileSync(at('current'), 'utf8'))
      if (!healthy) throw new Error('it does not feel well')
      return running
    },
    'process.exec': ({ input: { args } }) => {
      const sha256 = createHash('sha256').update(readFileSync(at(args[0])))
      return { stdout: `${sha256.digest('hex')}  ${args[0]}\n` }
    },
  })
  const board = await testRuntime({ tasks: [task] })
  await board.runtime.kinds.set('firmware-update', { boot: 'boot' })
  await board.runtime.enqueue('firmware-update', { version }, { id: 'update' })
  return { board, reports }
}

test('a version that is well stays', async () => {
  const { board, reports } = await updating('2')
  assert.equal(await board.runtime.handle('update').finished(), 'updated')
  assert.deepEqual([reports, current()], [['updated'], 'firmware-2.json'])
  await board.close()
})

test('one that arrives damaged is never switched to', async () => {
  const { board, reports } = await updating('2-torn')
  assert.equal(await board.runtime.handle('update').finished(), 'refused')
  assert.deepEqual([reports, current()], [['refused'], 'firmware-1.json'])
  await board.close()
})

test('one that does not get well goes after five tries', async () => {
  const { board, reports } = await updating('2-bad')
  await board.settled()
  assert.equal(current(), 'firmware-2-bad.json')
  await board.advance('40s')
  assert.equal(await board.runtime.handle('update').finished(), 'rolled back')
  assert.deepEqual([reports, current()], [['rolled back'], 'firmware-1.json'])
  await board.close()
})

test('when the power goes in the middle of the trial, the old version is back, however well the new one feels', async () => {
  const { board, reports } = await updating('2-bad')
  await board.settled()
  await board.crash()
  writeFileSync(at('boot'), 'boot-2')
  writeFileSync(at('firmware-2-bad.json'), JSON.stringify({ version: '2-bad', healthy: true }))
  await board.restart({ off: '1m' })
  assert.equal(await board.runtime.handle('update').finished(), 'rolled back')
  assert.deepEqual([reports, current()], [['rolled back'], 'firmware-1.json'])
  await board.close()
})
