/** What a failing disk and a power cut do to devices. */
import { expect, test } from 'vitest'
import { contact, relay } from '../../src/index.js'
import { refusal } from '../runtime/lab.js'
import { deviceBoard } from './board.js'

const devices = {
  door: contact({ line: 'GPIO17', bias: 'pull-up', onOpen: { kind: 'note' }, onClose: { kind: 'note' } }),
  siren: relay({ line: 'GPIO27' }),
}
const wired = { simulated: { wires: [['GPIO27', 'GPIO5']] } } as const

test('while the disk fails nothing is switched, and what changed meanwhile is told when it is back', async () => {
  const board = await deviceBoard({ devices, gpio: wired })
  await board.simulate('door', { to: 'closed' })
  await board.advance('1s')
  const before = (await board.heard()).length
  board.disk.fail('EIO')
  await board.simulate('door', { to: 'open' })
  await board.advance('1s')
  expect(await refusal(board.tell('siren', 'on'))).toMatchObject({ code: /ERR_DEGRADED|ERR_COMMIT_UNKNOWN/ })
  board.disk.mend()
  await board.advance('5m')
  expect(board.runtime.state).toBe('working')
  expect(await board.see('door')).toMatchObject({ state: 'open', link: 'ready' })
  expect(await board.see('siren')).toMatchObject({ state: 'off', link: 'ready' })
  expect((await board.heard()).slice(before)).toMatchObject([{ type: 'open' }])
})

test('a relay that was on stays on over a disk that failed and came back', async () => {
  const board = await deviceBoard({ devices, gpio: wired })
  await board.tell('siren', 'on')
  board.disk.fail('ENOSPC')
  expect(await refusal(board.tell('siren', 'off'))).toMatchObject({ code: 'ERR_COMMIT_UNKNOWN' })
  board.disk.mend()
  await board.advance('5m')
  expect(await board.see('siren')).toMatchObject({ state: 'on' })
})

test('a power cut in any commit leaves a change with its task, or neither', async () => {
  for (const torn of [false, true]) {
    for (let commit = 1; commit <= 4; commit++) {
      const board = await deviceBoard({ devices })
      await board.simulate('door', { to: 'closed' })
      await board.advance('1s')
      const before = (await board.heard()).length
      const cut = board.crash({ commit, torn })
      void board.simulate('door', { to: 'open' })
      for (let turn = 0; turn < 10 && board.on; turn++) {
        if (board.clock.next < Number.POSITIVE_INFINITY) board.clock.advance(Math.min(board.clock.next, 1_000))
        await new Promise((resolve) => setImmediate(resolve))
        if (turn === 8 && board.on) void board.runtime.enqueue('note').catch(() => undefined)
      }
      if (board.on) void board.runtime.enqueueMany([{ kind: 'note' }]).catch(() => undefined)
      await Promise.race([cut, new Promise((resolve) => setImmediate(resolve))])
      if (board.on) await board.crash({ torn })
      await board.restart({ off: '1m' })
      await board.advance('1m')
      const opened = (await board.heard()).slice(before).filter((each) => each?.type === 'open')
      expect(opened, `commit ${commit}, torn ${torn}`).toHaveLength(1)
      expect(await board.see('door')).toMatchObject({ state: 'open' })
    }
  }
}, 60_000)
