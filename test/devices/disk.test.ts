/** What a failing disk and a power cut do to devices. */
import { expect, test } from 'vitest'
import { contact, defineTask, interlock, relay } from '../../src/index.js'
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

test('what is to end by itself ends while the disk fails, too', async () => {
  const board = await deviceBoard({
    devices: {
      lock: relay({ line: 'GPIO27' }),
      pump: relay({ line: 'GPIO22', maxOn: '1m' }),
      shutter: interlock({ outputs: { up: 'GPIO5', down: 'GPIO6' }, wait: '1s', maxOn: '30s' }),
      fan: relay({ line: 'GPIO24' }),
    },
  })
  await board.advance('2s')
  await board.tell('lock', 'pulse', { for: '10s' })
  await board.tell('pump', 'on')
  await board.tell('shutter', 'on', { output: 'up' })
  await board.tell('fan', 'on')
  const driven = () => ['GPIO27', 'GPIO22', 'GPIO5', 'GPIO24'].map((line) => board.gpio.level(line))
  expect(driven()).toEqual([true, true, true, true])
  board.disk.fail('EIO')
  for (const [id, command] of Object.entries({ lock: 'off', pump: 'off', shutter: 'off', fan: 'off' }))
    expect(await refusal(board.tell(id, command))).toMatchObject({ code: /ERR_DEGRADED|ERR_COMMIT_UNKNOWN/ })
  await board.advance('11s')
  expect(driven()).toEqual([false, true, true, true])
  await board.advance('50s')
  expect(driven()).toEqual([false, false, false, true])
  board.disk.mend()
  await board.advance('5m')
  expect(driven()).toEqual([false, false, false, true])
  for (const id of ['lock', 'pump', 'shutter']) expect((await board.see(id)).value).not.toBe(true)
  expect(await board.see('fan')).toMatchObject({ state: 'on' })
})

test('an output that is found while the disk fails is off until the disk is back', async () => {
  const pump = relay({ line: 'GPIO27', initial: 'restore', maxOn: '10m' })
  const board = await deviceBoard({ devices: { pump } })
  await board.tell('pump', 'on')
  board.gpio.unplug('simulated')
  await board.settled()
  board.disk.fail('EIO')
  board.gpio.plug('simulated')
  await board.settled()
  await board.advance('1s')
  expect(board.gpio.level('GPIO27')).toBe(false)
  board.disk.mend()
  await board.advance('5m')
  expect(board.gpio.level('GPIO27')).toBe(true)
  expect(await board.see('pump')).toMatchObject({ state: 'on' })
  await board.advance('5m')
  expect(board.gpio.level('GPIO27')).toBe(false)
})

test('a step that was looked up while the disk failed and came back is not kept any more', async () => {
  const latch: { open?: () => void } = {}
  const checked = defineTask({
    kind: 'checked',
    input: {
      '~standard': {
        version: 1,
        vendor: 'test',
        // Asked without news at the start, whether there is such a kind.
        validate: (value: unknown) =>
          value === null
            ? { value }
            : new Promise<{ value: unknown }>((resolve) => {
                latch.open = () => resolve({ value })
              }),
      },
    },
    run: () => null,
  })
  const gate = contact({ line: 'GPIO17', bias: 'pull-up', onOpen: { kind: 'checked' } })
  const board = await deviceBoard({ devices: { gate }, ...({ tasks: [checked] } as object) })
  await board.simulate('gate', { to: 'closed' })
  board.clock.advance(1_000)
  board.disk.fail('EIO')
  board.gpio.pull('GPIO17', true)
  board.clock.advance(1_000)
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
  board.gpio.pull('GPIO17', false)
  board.disk.mend()
  await board.advance('5m')
  expect(latch.open).toBeDefined()
  latch.open?.()
  await board.settled()
  const told = await board.see('gate')
  expect(told).toMatchObject({ state: 'closed', news: [{ type: 'close', whileAway: true }] })
  await board.crash()
  await board.restart()
  expect(await board.see('gate')).toMatchObject({ state: 'closed', since: told.since })
  expect(await board.tasks()).toEqual([])
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
