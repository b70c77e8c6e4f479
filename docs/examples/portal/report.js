/** The task `report` sums up a day: made by a schedule each night, for the day that is over. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { defineTask } from 'holdfast'
import { writeDurably } from './durable-file.js'
import { readLines } from './lines.js'
import { dayOf, places } from './places.js'

export const report = defineTask({
  kind: 'report',
  route: 'readings',
  retry: { attempts: 3, delay: '1m' },
  run: async ({ schedule }) => {
    // The tick says which night it is for: one that was missed and is made up for in the morning is still yesterday's.
    const day = dayOf(new Date(Date.parse(schedule?.at ?? new Date().toISOString()) - 1))
    const archived = (await readdir(join(places.archive, day)).catch(() => [])).length
    const readings = await readLines(join(places.readings, `${day}.jsonl`))
    const celsius = readings.map((reading) => reading.celsius).filter((value) => value !== null)
    const hottest = celsius.length === 0 ? null : Math.max(...celsius)
    const summary = { day, archived, readings: readings.length, hottest }
    await writeDurably(join(places.reports, `${day}.json`), `${JSON.stringify(summary)}\n`)
    return summary
  },
})
