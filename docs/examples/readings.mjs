import { createRuntime, defineTask } from 'holdfast'

const latest = new Map()
const reading = defineTask({
  kind: 'reading',
  route: 'readings',
  durability: 'lazy',
  run: ({ input }) => {
    latest.set(input.sensor, input.celsius)
  },
})
const alarm = defineTask({ kind: 'alarm', run: ({ input }) => `${input.sensor} is hot` })

const runtime = createRuntime({
  path: './data',
  tasks: [reading, alarm],
  routes: { readings: { concurrency: 1000 } },
  commitWindow: '5ms',
  retention: { finished: { age: '1d', count: 5000 }, failed: { age: '30d' } },
  wear: { bytesPerDay: '50MB', fsyncsPerDay: 20_000 },
})
await runtime.start()

const before = runtime.wear().fsyncsToday
for (let n = 0; n < 500; n++) {
  await runtime.enqueue('reading', { sensor: 'attic', celsius: 20 + (n % 10) })
}
const lazily = runtime.wear().fsyncsToday - before

// Whatever else is committed takes the readings along.
const hot = await runtime.enqueue('alarm', { sensor: 'attic' })
console.log(await hot.finished(), `at ${latest.get('attic')}`)

const { fsyncsToday, budget } = runtime.wear()
console.log(
  `${lazily} fsyncs for 500 readings, ${fsyncsToday < 10 ? 'a few' : 'many'} in all of ${budget.fsyncsPerDay}`,
)
await runtime.stop()
