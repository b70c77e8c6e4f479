/** What is told to a service manager, over a real socket: once, whole, bounded, and never at the price of the daemon. */
import { expect, onTestFinished, test } from 'vitest'
import { type Datagrams, openDatagrams, socketAddress } from '../../../src/daemon/datagrams.js'
import { Notifier } from '../../../src/daemon/notifier.js'
import { SimulatedClock } from '../../../src/testing/simulated-clock.js'
import { freshAddress, notifySocket } from '../../support/notify-socket.js'

async function rig(abstract = false) {
  const address = freshAddress(abstract)
  const manager = notifySocket(address)
  const datagrams = await openDatagrams(address)
  const clock = new SimulatedClock()
  const warnings: string[] = []
  const note = (message: string, data?: object) => void warnings.push(`${message} ${JSON.stringify(data)}`)
  const log = { debug: note, info: note, warn: note, error: note }
  const notifier = new Notifier(datagrams, clock, log)
  onTestFinished(() => notifier.close())
  return { address, manager, datagrams, clock, warnings, notifier }
}

for (const abstract of [false, true]) {
  test(`a ${abstract ? 'name of the abstract namespace' : 'path'}: assignments come as one datagram`, async () => {
    const { manager, notifier } = await rig(abstract)
    notifier.tell({ READY: 1, STATUS: 'working: 0 running,\n0 queued' })
    expect(manager.all()).toEqual([{ READY: '1', STATUS: 'working: 0 running, 0 queued' }])
  })
}

/** Fills the queue of whoever does not read. */
function fill(datagrams: Datagrams): void {
  while (datagrams.send('FILLER=1')) {}
}

test('while nobody reads, the latest of each is kept and goes when there is room; what held for a moment does not', async () => {
  const { manager, datagrams, clock, warnings, notifier } = await rig()
  fill(datagrams)
  notifier.tell({ READY: 1, STATUS: 'first' })
  notifier.tellNow({ WATCHDOG: 1 })
  notifier.tell({ STATUS: 'second' })
  clock.advance(1_000)
  expect(manager.all().every((message) => 'FILLER' in message)).toBe(true)
  expect(clock.waiting).toBe(1)
  clock.advance(100)
  expect(manager.all()).toEqual([{ READY: '1', STATUS: 'second' }])
  expect([clock.waiting, warnings]).toEqual([0, []])
})

test('a socket that is gone is one warning; one that is back is used again', async () => {
  const { address, manager, warnings, notifier } = await rig(true)
  manager.close()
  for (let n = 0; n < 5; n++) notifier.tell({ STATUS: `n ${n}` })
  expect(warnings).toEqual([expect.stringMatching(/^the service manager cannot be told anything .*ECONNREFUSED/)])
  const again = notifySocket(address)
  notifier.tell({ STATUS: 'back' })
  expect(again.all()).toEqual([{ STATUS: 'back' }])
})

test('an address that is none is refused', async () => {
  for (const address of ['vsock:2:1', 'relative', '@', '/', `/${'a'.repeat(107)}`]) {
    expect(() => socketAddress(address)).toThrow(/^not /)
  }
  expect(socketAddress(`/${'a'.repeat(106)}`).length).toBe(110)
})
