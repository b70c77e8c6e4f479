/**
 * Arbitrary lives of tasks with short retention, compared with a naive model: nothing goes early, nothing stays longer
 * than its policy and one sweep, the counts are exact, and no key is left behind.
 */
import { expect, test } from 'vitest'
import fc, { runs } from '../support/fast-check.js'
import { RetentionRig } from './retention.js'

const options: fc.Parameters<unknown> = {
  timeout: 20_000,
  numRuns: runs(100, 3_000),
}

const few = fc.integer({ min: 1, max: 8 })
const any = fc.nat(100)
const while_ = fc.oneof(fc.integer({ min: 0, max: 90_000 }), fc.integer({ min: 0, max: 2 * 3_600_000 }))
const jump = fc.oneof(fc.integer({ min: -4 * 3_600_000, max: 4 * 3_600_000 }), fc.constantFrom(-1e12, 1e12))

type Act = (rig: RetentionRig) => Promise<void>
const named = (name: string, act: Act): { name: string; act: Act; toString(): string } => ({
  name,
  act,
  toString: () => name,
})
const acts = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(few, fc.boolean()).map(([n, g]) => named(`finish ${n}`, (rig) => rig.finish(n, g))),
  },
  { weight: 2, arbitrary: few.map((n) => named(`fail ${n}`, (rig) => rig.fail(n))) },
  { weight: 2, arbitrary: few.map((n) => named(`cancel ${n}`, (rig) => rig.cancel(n))) },
  { weight: 1, arbitrary: fc.constant(named('deaf', (rig) => rig.deaf())) },
  { weight: 3, arbitrary: any.map((n) => named(`retry ${n}`, (rig) => rig.retry(n))) },
  { weight: 2, arbitrary: any.map((n) => named(`remove ${n}`, (rig) => rig.remove(n))) },
  { weight: 5, arbitrary: while_.map((ms) => named(`pass ${ms}`, (rig) => rig.pass(ms))) },
  { weight: 2, arbitrary: jump.map((ms) => named(`step ${ms}`, (rig) => rig.step(ms))) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(while_, fc.boolean())
      .map(([ms, tear]) => named(`stumble ${ms} ${tear}`, (rig) => rig.stumble(ms, tear))),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(while_, fc.boolean(), fc.option(while_, { nil: undefined }))
      .map(([ms, tear, off]) => named(`die ${ms} ${tear} ${off}`, (rig) => rig.die(ms, tear, off))),
  },
  { weight: 1, arbitrary: fc.constant(named('restart', (rig) => rig.restart())) },
)

test('nothing goes early, nothing stays, nothing is left behind', async () => {
  let swept = 0
  const property = fc.asyncProperty(fc.array(acts, { maxLength: 30, size: '+1' }), async (story) => {
    const rig = new RetentionRig()
    await rig.start()
    for (const { act } of story) {
      const before = rig.ends.size
      await act(rig)
      await rig.check()
      swept += Math.max(0, before - rig.ends.size)
    }
    await rig.finally()
  })
  await fc.assert(property, options)
  // The counter-check: the stories were of tasks that went.
  expect(swept).toBeGreaterThan(options.numRuns as number)
}, 3_600_000)
