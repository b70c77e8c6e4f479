/** A gate: when it is asked, what closes and opens it, and what becomes of one that cannot make up its mind. */
import { describe, expect, test } from 'vitest'
import { createActor, SimulatedClock } from 'xstate'
import { FLAPS, type GateContext, type GateEvent, type GatePolicy, gateMachine } from '../../machines/index.js'
import fc from '../support/fast-check.js'

const POLICY: GatePolicy = {
  intervalMs: 30_000,
  delayMs: 1_000,
  maxIntervalMs: 300_000,
  freshForMs: 30_000,
  failures: 2,
  successes: 1,
}

/** A gate on a clock of its own; `seen` is what went out through its ports. */
function gate(policy: Partial<GatePolicy> = {}) {
  const clock = new SimulatedClock()
  const seen: string[] = []
  const logic = gateMachine.provide({
    actions: {
      ask: () => void seen.push('ask'),
      release: () => void seen.push('release'),
      hold: (_, { closed }) => void seen.push(closed ? 'closed' : 'hold'),
      announce: (_, { open, reason }) => void seen.push(open ? 'opened' : `shut: ${reason}`),
      fault: (_, { error }) => void seen.push(`fault: ${(error as Error).message}`),
    },
  })
  const actor = createActor(logic, { clock, input: { name: 'online', policy: { ...POLICY, ...policy } } }).start()
  const now = () => ({ wall: 1_700_000_000_000 + clock.now(), steady: clock.now() })
  const send = (event: GateEvent) => actor.send(event)
  const answer = (open: boolean, more: object = {}) =>
    send({ type: 'answer', open, reason: open ? null : 'refused', now: now(), random: 0.5, ...more })
  return {
    actor,
    /** What went out since the last look. */
    seen: () => seen.splice(0),
    state: () => actor.getSnapshot().value,
    context: (): GateContext => actor.getSnapshot().context,
    need: () => send({ type: 'need', now: now() }),
    rest: () => send({ type: 'rest' }),
    look: () => send({ type: 'look' }),
    good: (more?: object) => answer(true, more),
    bad: (more?: object) => answer(false, more),
    pass: (ms: number) => clock.increment(ms),
  }
}

/** One that was asked and said yes. */
function openGate(policy?: Partial<GatePolicy>) {
  const it = gate(policy)
  it.need()
  it.good()
  it.seen()
  return it
}

function closedGate(policy?: Partial<GatePolicy>) {
  const it = gate(policy)
  it.need()
  it.bad()
  it.seen()
  return it
}

describe('a gate that nobody needs', () => {
  test('holds, and is not asked however long it takes', () => {
    const it = gate()
    it.look()
    it.pass(10 * 86_400_000)
    expect(it.seen()).toEqual(['hold'])
    expect(it.context().open).toBe(null)
  })

  test('stops being asked, open or closed, when the last need is over', () => {
    for (const it of [openGate(), closedGate()]) {
      it.rest()
      it.pass(86_400_000)
      expect(it.seen()).toEqual(['hold'])
    }
  })

  test('tells nobody that it closed: it only sleeps', () => {
    const it = openGate()
    it.rest()
    expect(it.context()).toMatchObject({ open: true, changes: 1 })
  })
})

describe('a gate that is needed', () => {
  test('is asked, and opens by the first good answer', () => {
    const it = gate()
    it.need()
    it.good()
    expect(it.seen()).toEqual(['hold', 'ask', 'opened', 'release'])
    expect(it.context().since).toBe(1_700_000_000_000)
  })

  test('closes by a first bad answer', () => {
    const it = gate({ failures: 3 })
    it.need()
    it.bad()
    expect(it.seen()).toEqual(['hold', 'ask', 'shut: refused', 'closed'])
  })

  test('opens at once when a good answer is young, and is asked again when it is old', () => {
    const it = openGate()
    it.rest()
    it.pass(29_999)
    it.need()
    expect(it.seen()).toEqual(['hold', 'release'])
    it.rest()
    it.pass(1)
    it.need()
    expect(it.seen()).toEqual(['hold', 'ask'])
    it.good()
    expect(it.seen()).toEqual(['release'])
  })

  test('that costs nothing to ask is asked each time', () => {
    const it = openGate({ freshForMs: 0 })
    it.rest()
    it.need()
    expect(it.seen()).toEqual(['hold', 'ask'])
  })

  test('is not asked more often by needs that come and go', () => {
    const it = closedGate()
    let asked = 0
    for (let i = 0; i < 500; i++) {
      it.rest()
      it.need()
      it.pass(10)
      if (!it.seen().includes('ask')) continue
      asked++
      it.bad()
    }
    // In five seconds, a second apart.
    expect(asked).toBe(5)
  })

  test('is asked when something may have changed', () => {
    for (const it of [openGate(), closedGate()]) {
      it.look()
      expect(it.seen()).toEqual(['ask'])
    }
  })
})

describe('an open gate', () => {
  test('is asked at its interval', () => {
    const it = openGate()
    it.pass(29_999)
    expect(it.seen()).toEqual([])
    it.pass(1)
    expect(it.seen()).toEqual(['ask'])
    it.good()
    it.pass(30_000)
    expect(it.seen()).toEqual(['release', 'ask'])
  })

  test('wavers by a bad answer, is asked soon, and closes by the second one', () => {
    const it = openGate()
    it.bad()
    expect(it.state()).toBe('wavering')
    expect(it.seen()).toEqual([])
    it.pass(1_000)
    it.bad()
    expect(it.seen()).toEqual(['ask', 'shut: refused', 'closed'])
  })

  test('forgives a bad answer when the next one is good', () => {
    const it = openGate()
    it.bad()
    it.good()
    it.bad()
    expect(it.state()).toBe('wavering')
    expect(it.context().changes).toBe(1)
  })

  test('that tells by itself when it closes is not asked at all', () => {
    const it = gate()
    it.need()
    it.good({ lasting: true })
    it.pass(30 * 86_400_000)
    expect(it.seen()).toEqual(['hold', 'ask', 'opened', 'release'])
  })
})

describe('a closed gate', () => {
  test('is asked ever more rarely, up to the longest interval', () => {
    const it = closedGate()
    const pauses: number[] = []
    for (let i = 0; i < 11; i++) {
      let ms = 0
      for (; !it.seen().includes('ask'); ms += 500) it.pass(500)
      pauses.push(ms)
      it.bad()
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((s) => s * 1_000))
  })

  test('opens by as many good answers in a row as it takes', () => {
    const it = closedGate({ successes: 3 })
    for (const open of [true, true, false, true, true]) open ? it.good() : it.bad()
    expect(it.state()).toBe('closed')
    it.good()
    expect(it.state()).toBe('open')
  })

  test('keeps its reason until it opens', () => {
    const it = closedGate({ successes: 2 })
    it.good()
    expect(it.context().reason).toBe('refused')
    it.good()
    expect(it.context().reason).toBe(null)
  })

  test('that could not be asked says so each time, and counts as closed', () => {
    const it = openGate({ failures: 1 })
    it.bad({ error: new Error('no such device') })
    expect(it.seen()).toEqual(['fault: no such device', 'shut: refused', 'closed'])
    it.bad({ error: new Error('no such device') })
    expect(it.seen()).toEqual(['fault: no such device', 'closed'])
  })
})

describe('a gate that flaps', () => {
  const flap = (it: ReturnType<typeof gate>, times: number) => {
    for (let i = 0; i < times; i++) i % 2 === 0 ? it.bad() : it.good()
  }

  test('is a fault, once', () => {
    const it = openGate({ failures: 1 })
    flap(it, FLAPS.most)
    expect(it.seen().filter((port) => port.startsWith('fault'))).toEqual([])
    flap(it, 9)
    expect(it.seen().filter((port) => port.startsWith('fault'))).toEqual([
      'fault: it flaps: 7 changes within 10 minutes',
    ])
    expect(it.context().flapping).toBe(true)
  })

  test('has to be good for longer before it opens', () => {
    const it = openGate({ failures: 1 })
    flap(it, FLAPS.most + 1)
    expect(it.state()).toBe('closed')
    it.seen()
    for (let i = 0; i < FLAPS.successes; i++) it.good({ lasting: true })
    expect(it.state()).toBe('closed')
    // It is asked, although it would tell: to be good for a while is what it has to show.
    it.pass(60_000)
    expect(it.seen()).toContain('ask')
    it.good()
    expect(it.state()).toBe('open')
  })

  test('opens at once again when it has been calm', () => {
    const it = openGate({ failures: 1 })
    flap(it, FLAPS.most + 1)
    it.pass(FLAPS.withinMs)
    it.bad()
    expect(it.context().flapping).toBe(false)
    it.good()
    expect(it.state()).toBe('open')
  })
})

test('whatever it is told, a gate is open only by a good answer and while it is needed', () => {
  const events = fc.constantFrom('need', 'rest', 'look', 'good', 'bad', 'pass' as const)
  fc.assert(
    fc.property(fc.array(events, { maxLength: 60 }), fc.integer({ min: 1, max: 3 }), (story, failures) => {
      const it = gate({ failures, successes: failures })
      let needed = false
      let passing = false
      let bads = 0
      for (const event of story) {
        if (event === 'pass') it.pass(20_000)
        else it[event]()
        if (event === 'need') needed = true
        if (event === 'rest') needed = false
        if (event === 'good') bads = 0
        if (event === 'bad') bads++
        for (const port of it.seen()) {
          if (port === 'release') passing = true
          if (port === 'hold' || port === 'closed') passing = false
          if (port === 'ask') expect(needed).toBe(true)
        }
        expect(passing).toBe(it.state() === 'open' || it.state() === 'wavering')
        if (passing) expect({ needed, close: bads < failures }).toEqual({ needed: true, close: true })
        expect(it.context().flips.length).toBeLessThanOrEqual(FLAPS.most + 1)
      }
    }),
    { numRuns: 300 },
  )
})
