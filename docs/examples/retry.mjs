import { createRuntime, defineTask, RetryAfter, snooze, TerminalError } from 'holdfast'

// What a server answers, one call after the other.
const answers = {
  shaky: [500, 500, 200],
  crowded: [429, 200],
  closed: [503, 200],
  broken: [500, 500, 500],
  gone: [404],
}
const statusOf = (page) => answers[page].shift() ?? 200

const fetchPage = defineTask({
  kind: 'fetch',
  retry: { attempts: 3, delay: '20ms', backoff: 'exponential', maxDelay: '1s', jitter: 0.2 },
  timeout: '2s', // one attempt
  run: ({ input, attempt }) => {
    const status = statusOf(input)
    if (status === 404) throw new TerminalError('no such page') // dead, whatever is left
    if (status === 429) throw new RetryAfter('30ms') // fails, and names the delay
    if (status === 503) return snooze('30ms') // comes back, no attempt spent
    if (status >= 500) throw new Error(`status ${status}`) // fails, retried by `retry`
    return `attempt ${attempt}`
  },
})

const deaths = []
const mourn = defineTask({
  kind: 'mourn',
  run: ({ input, cause }) => deaths.push(`${cause.state}: ${input.message}`),
})

const runtime = createRuntime({ path: './data', tasks: [fetchPage, mourn] })
await runtime.start()
const enqueue = (page) => runtime.enqueue('fetch', page, { onFailure: { kind: 'mourn' } })

for (const page of ['shaky', 'crowded', 'closed']) {
  const task = await enqueue(page)
  console.log(page, await task.finished())
}

for (const page of ['broken', 'gone']) {
  const task = await enqueue(page)
  await task.finished().catch((error) => console.log(page, error.code))
}

// By hand: a dead task goes back with all of its attempts.
const { items } = await runtime.find({ kind: 'fetch', state: 'FAILED' })
const [broken] = items.filter(({ input }) => input === 'broken')
await runtime.retry(broken.id)
const again = await runtime.enqueue('fetch', 'broken', { id: broken.id })
console.log('by hand', await again.finished())
console.log(deaths.join(', '))
await runtime.stop({ drain: '1s' })
