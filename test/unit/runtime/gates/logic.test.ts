/** Gates of the user's own logic: what each sort of logic says, and what becomes of one that fails or ends. */
import { describe, expect, test } from 'vitest'
import { fromCallback, fromEventObservable, fromObservable, fromPromise, fromTransition, setup } from 'xstate'
import { gate } from '../../../../src/runtime/gates/logic.js'
import { refusal } from '../../../runtime/lab.js'
import { conditionOf } from './conditions.js'

/** Something that can be subscribed to, and what was subscribed. */
function subject<T>() {
  const observers = new Set<{ next(value: T): void; error(error: unknown): void; complete(): void }>()
  return {
    observers,
    subscribe(observer: never) {
      observers.add(observer)
      return { unsubscribe: () => void observers.delete(observer) }
    },
    say: (value: T) => {
      for (const each of observers) each.next(value)
    },
    fail: (error: unknown) => {
      const told = [...observers]
      observers.clear()
      for (const each of told) each.error(error)
    },
    end: () => {
      for (const each of observers) each.complete()
    },
  }
}

describe('a machine', () => {
  const night = setup({}).createMachine({
    initial: 'day',
    states: {
      day: { after: { 1000: 'dusk' } },
      dusk: { tags: 'open', after: { 1000: 'open' } },
      open: { after: { 1000: 'dawn' } },
      dawn: {},
    },
  })

  test('is open by its tag `open`, or in a state of that name, and tells when that changes', async () => {
    const it = conditionOf(gate(night))
    expect(await it.answer()).toMatchObject({ open: false, lasting: true, reason: 'its machine is in "day"' })
    it.clock.advance(1000)
    await it.changed()
    expect(await it.answer()).toMatchObject({ open: true, lasting: true })
    it.clock.advance(1000)
    expect(await it.answer()).toMatchObject({ open: true })
    it.clock.advance(1000)
    await it.changed()
    expect(await it.answer()).toMatchObject({ open: false })
  })

  test('runs from the start to the stop, whether it is needed or not', async () => {
    const it = conditionOf(gate(night))
    it.sleep?.()
    it.clock.advance(2000)
    it.wake?.()
    expect(await it.answer()).toMatchObject({ open: true })
    it.stop?.()
    expect(it.clock.waiting).toBe(0)
  })

  test('is judged by `open` where that is given', async () => {
    const it = conditionOf(gate(night, { open: (snapshot) => snapshot.value === 'dawn' }))
    expect(await it.answer()).toMatchObject({ open: false })
    it.clock.advance(3000)
    expect(await it.answer()).toMatchObject({ open: true })
  })

  test('whose `open` throws, or says neither true nor false, cannot be asked', async () => {
    const judges = [
      () => {
        throw new Error('a bug')
      },
      () => 'yes' as never,
    ]
    const messages = ['a bug', 'open() returned "yes", expected true or false']
    for (const [i, open] of judges.entries()) {
      expect((await refusal(conditionOf(gate(night, { open })).answer())).message).toBe(messages[i])
    }
  })

  test('that fails cannot be asked, and is started anew for the next question', async () => {
    let broken = true
    const faulty = setup({
      actions: {
        check: () => {
          if (broken) throw new Error('no sensor')
        },
      },
    }).createMachine({ initial: 'open', states: { open: { after: { 10: { actions: 'check' } } } } })
    const it = conditionOf(gate(faulty))
    it.clock.advance(10)
    await it.changed()
    expect((await refusal(it.answer())).message).toBe('no sensor')
    broken = false
    expect(await it.answer()).toMatchObject({ open: true })
    it.clock.advance(10)
    expect(await it.answer()).toMatchObject({ open: true })
  })
})

describe('a promise', () => {
  test('is called for each question, with the input, and is open by a truthy output', async () => {
    const asked: unknown[] = []
    const outputs = [1, 0, 'yes', undefined]
    const logic = fromPromise(async ({ input }: { input: string }) => {
      asked.push(input)
      return outputs[asked.length - 1]
    })
    const it = conditionOf(gate(logic, { input: 'eth0' }))
    expect(asked).toEqual([])
    for (const open of [true, false, true, false]) {
      const answer = await it.answer()
      expect(answer?.open).toBe(open)
      expect(answer?.lasting).not.toBe(true)
    }
    expect(asked).toEqual(['eth0', 'eth0', 'eth0', 'eth0'])
  })

  test('that rejects cannot be asked, and is called again for the next question', async () => {
    let calls = 0
    const logic = fromPromise(async () => {
      if (++calls === 1) throw new Error('no modem')
      return true
    })
    const it = conditionOf(gate(logic))
    expect((await refusal(it.answer())).message).toBe('no modem')
    expect(await it.answer()).toMatchObject({ open: true })
  })

  test('is told by its signal when nobody waits any more, and called anew', async () => {
    const signals: AbortSignal[] = []
    const logic = fromPromise(({ signal }) => {
      signals.push(signal)
      return new Promise<boolean>((resolve) => signals.length > 1 && resolve(true))
    })
    const it = conditionOf(gate(logic))
    const given = new AbortController()
    const answer = it.ask(given.signal)
    given.abort()
    expect((await refusal(answer as Promise<unknown>)).message).toBe('it was stopped')
    expect(signals[0]?.aborted).toBe(true)
    expect(await it.answer()).toMatchObject({ open: true })
  })

  test('is judged by `open` when it has its output', async () => {
    const logic = fromPromise(async () => ({ signal: -60 }))
    const open = (snapshot: { output: { signal: number } | undefined }) => (snapshot.output?.signal ?? -999) > -70
    expect(await conditionOf(gate(logic, { open })).answer()).toMatchObject({ open: true })
  })
})

describe('an observable', () => {
  test('is open while its latest value is truthy, and has no answer before the first', async () => {
    const source = subject<boolean>()
    const it = conditionOf(gate(fromObservable(() => source as never)))
    const answer = it.answer()
    source.say(false)
    expect(await answer).toMatchObject({ open: false, lasting: true })
    source.say(true)
    await it.changed()
    expect(await it.answer()).toMatchObject({ open: true, lasting: true })
  })

  test('that fails is subscribed to anew for the next question', async () => {
    const source = subject<boolean>()
    const it = conditionOf(gate(fromObservable(() => source as never)))
    source.fail(new Error('unplugged'))
    await it.changed()
    expect((await refusal(it.answer())).message).toBe('unplugged')
    const answer = it.answer()
    expect(source.observers.size).toBe(1)
    source.say(true)
    expect(await answer).toMatchObject({ open: true })
  })

  test('that ends at once is not asked in a loop', async () => {
    let subscribed = 0
    const ended = {
      subscribe: ({ next, complete }: { next(value: boolean): void; complete(): void }) => {
        subscribed++
        next(true)
        complete()
        return { unsubscribe: () => undefined }
      },
    }
    const it = conditionOf(gate(fromObservable(() => ended as never)))
    expect(await it.answer()).toMatchObject({ open: true })
    expect(await it.answer()).toMatchObject({ open: true })
    expect(subscribed).toBeLessThanOrEqual(2)
  })
})

describe('other logic', () => {
  test('a callback is open by what it emitted last', async () => {
    let emit: (event: { type: string; reason?: string }) => void = () => undefined
    const it = conditionOf(
      gate(
        fromCallback((given) => {
          emit = given.emit
        }),
      ),
    )
    const answer = it.answer()
    emit({ type: 'closed', reason: 'the door is shut' })
    expect(await answer).toEqual({ open: false, reason: 'the door is shut', lasting: true })
    emit({ type: 'something else' })
    emit({ type: 'open' })
    await it.changed()
    expect(await it.answer()).toEqual({ open: true, lasting: true })
  })

  test('transition logic is open while its context is truthy', async () => {
    expect(await conditionOf(gate(fromTransition((state: object) => state, {}))).answer()).toMatchObject({ open: true })
    expect(await conditionOf(gate(fromTransition((state: string) => state, ''))).answer()).toMatchObject({
      open: false,
    })
  })

  test('logic that ends without a word is closed, and says so', async () => {
    const source = subject<{ type: string }>()
    const it = conditionOf(gate(fromEventObservable(() => source as never)))
    const answer = it.answer()
    source.end()
    expect(await answer).toEqual({ open: false, reason: 'it ended and said nothing' })
  })

  test('logic that throws while it begins cannot be asked', async () => {
    const thrown = fromCallback(() => {
      throw new Error('no such line')
    })
    expect((await refusal(conditionOf(gate(thrown)).answer())).message).toBe('no such line')
  })
})

test.each([
  [undefined, undefined, /gate.*logic/],
  [{}, undefined, /gate.*logic/],
  [fromPromise(async () => true), { open: true }, /gate\.open.*function/],
  [fromPromise(async () => true), { inptu: 1 }, /gate.*'inptu'/],
])('gate(%o, %o) is refused', async (logic, options, text) => {
  expect((await refusal(() => gate(logic as never, options as never))).message).toMatch(text)
})
