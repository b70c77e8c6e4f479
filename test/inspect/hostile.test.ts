/** What tasks say is theirs: text that would be code elsewhere, and more than anybody wants to read. */
import { expect, test } from 'vitest'
import { assign, setup } from 'xstate'
import { defineTask } from '../../src/index.js'
import { lookedInto, looker } from './looker.js'

const said = setup({ types: { context: {} as { text: string } } }).createMachine({
  context: ({ input }) => ({ text: (input as { text?: string }).text ?? '' }),
  on: { say: { actions: assign({ text: ({ event }) => String(event.text) }) } },
})
const tasks = [
  defineTask({ kind: 'said', machine: said }),
  defineTask({ kind: 'boom', run: ({ input }) => Promise.reject(new Error(String(input))) }),
] as const
const HOSTILE = [
  '</script><script>alert(1)</script>',
  '\u202egnp.exe',
  '\u0000\u0007\u001b[2J',
  '\ud800',
  '{"type":"hello"}\n',
]

test('hostile text arrives as it was said, as JSON on one line, and nothing else', async () => {
  const { runtime, socket } = await lookedInto({ tasks })
  const looks = await looker(socket)
  const frames: string[] = []
  looks.socket.on('message', (data) => frames.push(data.toString()))
  await looks.see({ all: true })
  for (const [i, text] of HOSTILE.entries()) {
    await runtime.enqueue('said', { text }, { id: `t${i}` })
    const { snapshot } = await looks.next(({ of, type }) => type === 'snapshot' && of === `machine:t${i}`)
    expect(snapshot.context.text).toBe(text)
    await (await runtime.enqueue('boom', text)).finished().catch(() => undefined)
  }
  const control = (frame: string) => [...frame].some((character) => character < ' ')
  expect(frames.filter(control)).toEqual([])
})

test('a context that is too large is left out with its size, and the task goes on', async () => {
  const { runtime, socket } = await lookedInto({ tasks })
  const looks = await looker(socket)
  const stately = await looker(socket, { protocol: null, query: '?kind=said' })
  await looks.see({ all: true })
  await runtime.enqueue('said', {}, { id: 'large' })
  await runtime.send('large', { type: 'say', text: 'ü'.repeat(30_000) })
  const { snapshot } = await looks.next(({ snapshot: s, of }) => of === 'machine:large' && s?.context?.text?.length > 0)
  expect([snapshot.left, snapshot.context.text.length]).toEqual([undefined, 30_000])
  await runtime.enqueue('said', { text: 'y'.repeat(200_000) }, { id: 'huge' })
  const huge = await looks.next(({ snapshot: s, of }) => of === 'machine:huge' && s?.left > 0)
  expect(huge.snapshot).toMatchObject({ status: 'active', left: expect.any(Number) })
  expect(huge.snapshot.context).toBeUndefined()
  expect(huge.snapshot.left).toBeGreaterThan(200_000 - 100)
  await stately.next(({ sessionId, type }) => type === '@xstate.snapshot' && sessionId === 'machine:huge')
})
