import { expect, test } from 'vitest'
import { defineTask } from '../../src/index.js'
import { boot } from './lab.js'

const nothing = defineTask({ kind: 'nothing', run: () => null })

test('a task that ends while find() and count() read is met once', async () => {
  const runtime = await boot({ tasks: [nothing], routes: { default: { concurrency: 3 } } })
  for (let round = 0; round < 10; round++) {
    const handles = await runtime.enqueueMany(Array.from({ length: 100 }, () => ({ kind: 'nothing' as const })))
    const ids: string[] = []
    do {
      const { items } = await runtime.find({ kind: 'nothing', limit: 1000 })
      ids.splice(0, ids.length, ...items.map(({ id }) => id))
      expect(new Set(ids).size).toBe(ids.length)
      expect(await runtime.count({ kind: 'nothing' })).toBe(handles.length)
    } while ((await runtime.count({ state: ['QUEUED', 'RUNNING'] })) > 0)
    await runtime.remove({ state: 'FINISHED' })
  }
})
