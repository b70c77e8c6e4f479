/** A week of a board: a sample of the month that the torture suites live through. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { soak, thirds } from '../support/soak.js'
import { temporaryDirectory } from '../support/stores.js'

const DAYS = 8

test('a week, something every ten minutes: memory and disk stay flat', async () => {
  const days = await soak(join(await temporaryDirectory(), 'store'), DAYS, 600_000, () => undefined)
  const [heap, disk, tasks] = [
    thirds(days, 2, (day) => day.heap),
    thirds(days, 2, (day) => day.disk),
    thirds(days, 2, (day) => day.tasks),
  ]
  expect(days.at(-1)?.ran).toBeGreaterThan(DAYS * 288)
  expect(tasks.last).toBeLessThan(tasks.first * 1.1)
  expect(heap.last, 'MiB of heap').toBeLessThan(heap.first + 2)
  expect(disk.last, 'MiB on disk').toBeLessThan(disk.first + 10)
})
