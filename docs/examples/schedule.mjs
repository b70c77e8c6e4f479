import { createRuntime, defineTask } from 'holdfast'

const digest = defineTask({
  kind: 'digest',
  run: ({ schedule }) => `the digest of ${schedule.at.slice(0, 10)}`,
})

let thrice
const done = new Promise((resolve) => {
  thrice = resolve
})
let readings = 0
const read = defineTask({
  kind: 'read',
  run: ({ input }) => {
    console.log(`reading ${++readings} of ${input.sensor}`)
    if (readings === 3) thrice()
  },
})

const runtime = createRuntime({
  path: './data',
  tasks: [digest, read],
  schedules: {
    nightly: {
      cron: '30 2 * * *',
      timezone: 'Europe/Rome',
      missed: { policy: 'all', window: '3d' }, // a board that was off for two nights makes both
      task: { kind: 'digest', priority: 2 },
    },
  },
})
await runtime.start()

await runtime.schedules.put('thermometer', {
  every: '100ms',
  count: 3,
  overlap: 'queue',
  task: { kind: 'read', input: { sensor: 'attic' } },
})
await done

const { id, task, counters } = await runtime.schedules.get('thermometer')
console.log(id, task.kind, counters.made)

// A time that lies behind, whatever was made by then:
console.log(await runtime.schedules.backfill('nightly', '2026-01-01T00:00:00Z', '2026-01-04T00:00:00Z'))
const first = runtime.handle('nightly@2026-01-01T01:30:00.000Z')
console.log(await first.finished())

// And one now, outside of the ticks:
const now = await runtime.schedules.trigger('nightly')
await now.finished()
console.log(await runtime.count({ schedule: 'nightly', state: 'FINISHED' }))

await runtime.schedules.pause('nightly') // over restarts, too, until resume('nightly')
await runtime.stop({ drain: '1s' })
