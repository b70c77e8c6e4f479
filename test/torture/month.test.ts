/** A month of a board in one process: neither its memory nor its directory grows when what is kept is filled. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { soak, thirds } from '../support/soak.js'

const DAYS = Number(process.env.HOLDFAST_DAYS ?? 30)
const MINUTE_MS = 60_000
/** MiB. The log of LevelDB and what it has not compacted yet come and go. */
const MOST_HEAP = 3
const MOST_DISK = 12

test(`${DAYS} days, something every minute: memory and disk stay flat`, async () => {
  const path = await mkdtemp(join(tmpdir(), 'holdfast-month-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  const days = await soak(path, DAYS, MINUTE_MS, ({ heap, disk, tasks, ran }, n) => {
    const cells = [heap.toFixed(1), disk.toFixed(1), tasks, ran].map((cell) => String(cell).padStart(10))
    process.stdout.write(`day ${String(n).padStart(3)}${cells.join('')}\n`)
  })
  const [heap, disk, tasks] = [
    thirds(days, 2, (day) => day.heap),
    thirds(days, 2, (day) => day.disk),
    thirds(days, 2, (day) => day.tasks),
  ]
  expect(days.at(-1)?.ran).toBeGreaterThan(DAYS * 2_800)
  expect(tasks.last).toBeLessThan(tasks.first * 1.1)
  expect(heap.last, 'MiB of heap').toBeLessThan(heap.first + MOST_HEAP)
  expect(disk.last, 'MiB on disk').toBeLessThan(disk.first + MOST_DISK)
})
