/** One condition by itself, without a runtime around it. */
import { onTestFinished } from 'vitest'
import type { Answer, Condition, ConditionHost, GateDefinition } from '../../../../src/runtime/gates/condition.js'
import { Signals } from '../../../../src/runtime/signals.js'
import { SimulatedClock } from '../../../../src/testing/simulated-clock.js'

export interface Asked extends Condition {
  /** Asks, and waits for the answer. */
  answer(): Promise<Answer | undefined>
  /** Resolves when it said that something changed, since the last time this was asked. */
  changed(): Promise<void>
  readonly faults: unknown[]
  readonly clock: SimulatedClock
}

export function conditionOf(definition: GateDefinition, given: Partial<ConditionHost> = {}): Asked {
  const clock = new SimulatedClock()
  const faults: unknown[] = []
  let changes = 0
  let wake = () => {}
  const host: ConditionHost = {
    clock,
    path: '/',
    signals: new Signals(),
    lastWall: 0,
    holdMs: 600_000,
    changed: () => {
      changes++
      wake()
    },
    fault: (error) => void faults.push(error),
    part: () => ({ open: undefined, reason: null }),
    ...given,
  }
  const condition = definition.make(host, definition.parts as string[])
  condition.start?.()
  condition.wake?.()
  onTestFinished(() => {
    condition.sleep?.()
    condition.stop?.()
  })
  return Object.assign(condition, {
    clock,
    faults,
    answer: async () => condition.ask(new AbortController().signal),
    changed: async () => {
      while (changes === 0) await new Promise<void>((resolve) => (wake = resolve))
      changes = 0
    },
  })
}
