import { expect, test } from 'vitest'
import { contact, createRuntime, defineTask, type HoldfastError, TerminalError } from '../../src/index.js'
import { deviceBoard, note } from './board.js'

const broken = defineTask({
  kind: 'broken',
  run: () => {
    throw new TerminalError('no')
  },
})

test('the input of a follow-up may be a function of what happened, too', async () => {
  const input = (news: { device: string; type: string }) => `${news.device} ${news.type}`
  const door = contact({
    line: 'GPIO17',
    bias: 'pull-up',
    onOpen: {
      kind: 'broken',
      onFailure: [{ kind: 'note', input, onSuccess: { kind: 'note', input } }, { kind: 'note' }],
    },
  })
  const board = await deviceBoard({ tasks: [note, broken], devices: { door } } as never)
  await board.simulate('door', { to: 'closed' })
  await board.advance('1s')
  await board.simulate('door', { to: 'open' })
  await board.advance('1s')
  const heard: unknown[] = await board.heard()
  expect(heard).toHaveLength(3)
  expect(heard.filter((each) => each === 'door open')).toHaveLength(2)
  expect(heard).toContainEqual(expect.objectContaining({ message: 'no' }))
})

test('a function anywhere else in a template is refused', () => {
  const onOpen = { kind: 'note', onFailure: { kind: 'note', retry: { delay: () => 1 } } }
  let refused: HoldfastError | undefined
  try {
    createRuntime({
      path: './data',
      tasks: [note],
      devices: { door: contact({ line: 'GPIO17', onOpen: onOpen as never }) },
    })
  } catch (error) {
    refused = error as HoldfastError
  }
  expect(refused).toMatchObject({ code: 'ERR_INVALID_DEVICE', message: expect.stringContaining('devices.door.onOpen') })
})
