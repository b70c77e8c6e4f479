import type { Alarm, Clock } from '../kernel/clock.js'

/** The runtime's clock in the shape that XState's scheduler wants. */
export function actorClock(clock: Clock) {
  return {
    setTimeout: (fire: () => void, ms: number) => clock.alarm('steady', clock.steady() + ms, fire),
    clearTimeout: (alarm: Alarm) => alarm?.clear(),
  }
}
