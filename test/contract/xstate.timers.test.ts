/** What XState does with delays: what a restart loses, what a long one turns into, who keeps them. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { production } from './builds.js'

const { createActor, createMachine, raise, SimulatedClock, sendTo, setup, waitFor } = production

const viaDisk = <T>(value: T): T => JSON.parse(JSON.stringify(value))

describe('on a clock of our own', () => {
  const wait = {
    after: { after: { 1000: 'late' } },
    raise: { entry: raise({ type: 'LATE' }, { delay: 1000 }), on: { LATE: 'late' } },
    sendTo: { entry: sendTo(({ self }) => self, { type: 'LATE' }, { delay: 1000 }), on: { LATE: 'late' } },
  } as const

  for (const [name, waiting] of Object.entries(wait)) {
    const machine = createMachine({ initial: 'waiting', states: { waiting, late: {} } })

    test(`a delayed ${name} fires in the actor that armed it`, () => {
      // The counter-check of the next test.
      const clock = new SimulatedClock()
      const actor = createActor(machine, { clock }).start()
      clock.increment(1000)
      expect(actor.getSnapshot().value).toBe('late')
    })

    test(`a delayed ${name} is lost in a restore`, () => {
      // Timers are part of our record, and recovery arms them with what remains.
      const before = createActor(machine, { clock: new SimulatedClock() }).start()
      const snapshot = viaDisk(before.getPersistedSnapshot())
      const clock = new SimulatedClock()
      const actor = createActor(machine, { clock, snapshot }).start()
      clock.increment(1_000_000)
      expect(actor.getSnapshot().value).toBe('waiting')
    })
  }

  test('an unknown delay fires at once', () => {
    // The linter refuses a delay that has no implementation.
    const clock = new SimulatedClock()
    const machine = createMachine({ initial: 'waiting', states: { waiting: { after: { mispelt: 'late' } }, late: {} } })
    const actor = createActor(machine, { clock }).start()
    expect(actor.getSnapshot().value).toBe('late')
  })

  test('a delay given as a function is computed once, when the state is entered', () => {
    // What the record keeps is a due time; the delay itself is never asked again.
    const delay = vi.fn(() => 500)
    const machine = setup({ delays: { soon: delay } }).createMachine({
      initial: 'waiting',
      states: { waiting: { after: { soon: 'late' } }, late: {} },
    })
    const clock = new SimulatedClock()
    const actor = createActor(machine, { clock }).start()
    clock.increment(500)
    expect(actor.getSnapshot().value).toBe('late')
    expect(delay).toHaveBeenCalledTimes(1)
  })

  test('the event of an after is named by its delay and the id of its state', () => {
    // A stored timer is played by sending this event again.
    const seen: string[] = []
    const machine = createMachine({
      id: 'm',
      initial: 'waiting',
      states: {
        waiting: { after: { 1000: { target: 'late', actions: ({ event }) => void seen.push(event.type) } } },
        late: {},
      },
    })
    const actor = createActor(machine, { clock: new SimulatedClock() }).start()
    actor.send({ type: 'xstate.after.1000.m.waiting' } as never)
    expect(actor.getSnapshot().value).toBe('late')
    expect(seen).toEqual(['xstate.after.1000.m.waiting'])
  })
})

describe('on the clock that XState brings', () => {
  beforeEach(() => void vi.spyOn(process, 'emitWarning').mockImplementation(() => {}))
  afterEach(() => vi.restoreAllMocks())

  test('a delay of more than 24.8 days fires after a millisecond', async () => {
    // Our clock splits long waits.
    const machine = createMachine({
      initial: 'waiting',
      states: { waiting: { after: { [2 ** 31]: 'late' } }, late: {} },
    })
    const actor = createActor(machine).start()
    expect(actor.getSnapshot().value).toBe('waiting')
    await waitFor(actor, (snapshot) => snapshot.matches('late'), { timeout: 5000 })
    expect(process.emitWarning).toHaveBeenCalledWith(expect.any(String), 'TimeoutOverflowWarning')
  })
})
