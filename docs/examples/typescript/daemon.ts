import { readFile } from 'node:fs/promises'
import { createRuntime, defineTask, type RunningTask, type Runtime } from 'holdfast'
import { assign, setup } from 'xstate'
import { z } from 'zod'

// With a schema: any Standard Schema, here one of zod.
const resize = defineTask({
  kind: 'resize',
  input: z.object({ file: z.string(), width: z.number().default(640) }),
  run: async ({ input }) => ({ file: `${input.file}.${input.width}` }),
})

// Without one the parameter says what the task takes.
interface Upload {
  readonly file: string
  readonly to: string
}

const upload = defineTask({
  kind: 'upload',
  run: async ({ input, signal }: RunningTask<Upload>) => {
    const body = await readFile(input.file)
    const { status } = await fetch(input.to, { method: 'PUT', body, signal })
    return { status }
  },
})

// What runs elsewhere cannot be looked into: name the kind, its input and its result.
const primes = defineTask<'primes', { below: number }, number>({
  kind: 'primes',
  isolate: 'thread',
  module: new URL('./primes.js', import.meta.url),
})

// A machine has its types in setup().
const visit = defineTask({
  kind: 'visit',
  machine: setup({
    types: {
      input: {} as { door: string },
      context: {} as { door: string; rings: number },
      events: {} as { type: 'RING' } | { type: 'OPEN' },
      output: {} as { rings: number },
    },
  }).createMachine({
    context: ({ input }) => ({ door: input.door, rings: 0 }),
    initial: 'waiting',
    states: {
      waiting: {
        on: { RING: { actions: assign({ rings: ({ context }) => context.rings + 1 }) }, OPEN: 'over' },
        after: { 60000: 'over' },
      },
      over: { type: 'final' },
    },
    output: ({ context }) => ({ rings: context.rings }),
  }),
})

const tasks = [resize, upload, primes, visit] as const
const runtime = createRuntime({ path: './data', tasks })
await runtime.start()

const small = await runtime.enqueue('resize', { file: 'front.jpg' }) // `width` has a default
const { file } = await small.finished() // a string
const sent = await runtime.enqueue('upload', { file, to: 'https://station.example.org/pictures' })
const { status } = await sent.finished() // a number
const found = await (await runtime.enqueue('primes', { below: 1000 })).finished() // a number
const guest = await runtime.enqueue('visit', { door: 'front' })
await runtime.send(guest.id, { type: 'OPEN' })
const { rings } = await guest.finished() // a number
console.log(status, found, rings)

/** For other files: what they are given knows the kinds. */
export type Daemon = Runtime<typeof tasks>

export async function refused(daemon: Daemon): Promise<void> {
  // @ts-expect-error: no such kind, ERR_UNKNOWN_KIND
  await daemon.enqueue('resise', { file: 'front.jpg' })
  // @ts-expect-error: the schema says otherwise, ERR_INVALID_INPUT
  await daemon.enqueue('resize', { file: 7 })
  // @ts-expect-error: the compiler alone sees it, nothing looks when it runs
  await daemon.enqueue('upload', { file: 'front.jpg' })
  // @ts-expect-error: a misspelt option, ERR_INVALID_OPTION
  defineTask({ kind: 'a', run: () => null, tiemout: '2m' })
}
