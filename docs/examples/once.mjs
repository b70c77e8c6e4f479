import { createRuntime, defineTask } from 'holdfast'

// A bank that knows idempotency keys: the same key is booked once.
const booked = new Map()
const bank = {
  book: (amount, key) => booked.set(key, amount),
}

const pay = defineTask({
  kind: 'pay',
  retry: { attempts: 3, delay: '10ms' },
  run: ({ id, input, attempt }) => {
    bank.book(input.amount, id) // the id is the same at every attempt
    if (attempt === 1) throw new Error('the line broke before the answer came')
    return 'paid'
  },
})

const ring = defineTask({
  kind: 'ring',
  delivery: 'at-most-once',
  run: () => {
    console.log('ding')
    throw new Error('the bell fell down')
  },
})

const upload = defineTask({ kind: 'upload', run: ({ input }) => `${input.file} is there` })

const report = defineTask({ kind: 'report', run: ({ input }) => console.log(`report of page ${input.page}`) })

const runtime = createRuntime({ path: './data', tasks: [pay, ring, upload, report] })
await runtime.start()

const payment = await runtime.enqueue('pay', { amount: 12 })
console.log(await payment.finished(), booked.size)

const bell = await runtime.enqueue('ring')
await bell.finished().catch((error) => console.log(error.message.split(': ').at(-1)))

// A key: one task of this kind at a time.
const one = await runtime.enqueue('upload', { file: 'a.jpg' }, { key: 'a.jpg', in: '1h' })
const two = await runtime.enqueue('upload', { file: 'a.jpg' }, { key: 'a.jpg' })
console.log(two.created, two.id === one.id)

// A debounce: the last of several calls counts.
let daily
for (const page of [1, 2, 3]) {
  daily = await runtime.enqueue('report', { page }, { key: 'daily', debounce: { wait: '500ms', max: '10s' } })
}
await daily.finished()

// A throttle: one task in a window.
const alarm = await runtime.enqueue('report', { page: 4 }, { key: 'alarm', throttle: '10m' })
await alarm.finished()
const soon = await runtime.enqueue('report', { page: 5 }, { key: 'alarm', throttle: '10m' })
console.log(soon.created, soon.id === alarm.id)

// An id: one task, for as long as it is kept.
await runtime.enqueue('upload', { file: 'b.jpg' }, { id: 'upload:b.jpg' })
const same = await runtime.enqueue('upload', { file: 'b.jpg' }, { id: 'upload:b.jpg' })
console.log(same.created, await same.finished())
await runtime.stop()
