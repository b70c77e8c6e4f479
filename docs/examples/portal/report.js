/** The task `report` sums up a day: made by a schedule each night, for the day that is over. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { defineTask } from 'holdfast'
import { writeDurably } from './durable-file.js'
import { dayOf, places } from './places.js'

export const report = defineTask({
  kind: 'report',
  route: 'readings',
  run: async ({ schedule }) => {
    // The tick says which night it is for: one that was missed and is made up for in the morning is still yesterday's.
    const day = dayOf(new Date(Date.parse(schedule?.at ?? new Date().toISOString()) - 1))
    const archived = (await readdir(join(places.archive, day)).catch(() => [])).length
    const text = await readFile(join(places.readings, `${day}.jsonl`), 'utf8').catch(() => '')
    const celsius = text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line).celsius)
      .filter((value) => value !== null)
    const summary = { day, archived, hottest: celsius.length === 0 ? null : Math.max(...celsius) }
    await writeDurably(join(places.reports, `${day}.json`), `${JSON.stringify(summary)}\n`)
    return summary
  },
})
