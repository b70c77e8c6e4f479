/**
 * Arbitrary worlds around devices: moves and bounces, chips that come and go, lines that others have, sensors that fail, a
 * disk that fails, power cuts in commits, a clock that is set.
 */
import { beforeAll, expect, test, vi } from 'vitest'
import fc, { runs } from '../support/fast-check.js'
import { LINES, World } from './device-world.js'

const options: fc.Parameters<unknown> = {
  timeout: 60_000,
  numRuns: runs(30, 2_000),
}

type Act = (world: World) => Promise<void>
const named = (name: string, act: Act) => ({ act, toString: () => name })
const ms = fc.oneof(fc.constantFrom(0, 10, 30, 1_000), fc.nat(120_000), fc.nat(3_600_000))

const acts = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.boolean(), fc.nat(5))
      .map(([open, bounces]) => named(`move ${open} ${bounces}`, (world) => world.move(open, bounces))),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom('on', 'off', 'pulse'), ms)
      .map(([type, length]) =>
        named(`siren ${type} ${length}`, (world) =>
          world.command('siren', type, type === 'pulse' ? { for: length + 1 } : {}),
        ),
      ),
  },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom('up', 'down', null)
      .map((output) =>
        named(`way ${output}`, (world) => world.command('way', output ? 'on' : 'off', output ? { output } : {})),
      ),
  },
  {
    weight: 3,
    arbitrary: fc
      .option(fc.integer({ min: 20, max: 35 }))
      .map((value) => named(`room ${value}`, (world) => world.reads(value))),
  },
  { weight: 6, arbitrary: ms.map((length) => named(`pass ${length}`, (world) => world.pass(length))) },
  { weight: 2, arbitrary: fc.boolean().map((there) => named(`plug ${there}`, (world) => world.plug(there))) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom(...LINES), fc.constantFrom('somebody', null))
      .map(([line, by]) => named(`occupy ${line} ${by}`, (world) => world.occupy(line, by))),
  },
  { weight: 2, arbitrary: fc.boolean().map((well) => named(`disk ${well}`, (world) => world.disk(well))) },
  {
    weight: 3,
    arbitrary: fc
      .record({ torn: fc.boolean(), off: ms, moving: fc.boolean() })
      .map((how) => named(`cut ${JSON.stringify(how)}`, (world) => world.cut(how))),
  },
  { weight: 1, arbitrary: fc.constant(named('restart', (world) => world.restart())) },
  {
    weight: 1,
    arbitrary: fc
      .integer({ min: -7_200_000, max: 7_200_000 })
      .map((by) => named(`clock ${by}`, (world) => world.stepClock(by))),
  },
)

// XState's development build warns when a machine is set up while an action of another one runs.
beforeAll(() => void vi.spyOn(console, 'warn').mockImplementation(() => undefined))

test('whatever happens, what is told of devices is so, once', async () => {
  let told = 0
  const property = fc.asyncProperty(fc.array(acts, { maxLength: 25, size: '+1' }), async (story) => {
    const world = new World()
    await world.start()
    try {
      for (const { act } of story) {
        await act(world)
        await world.check()
        expect(world.complaints).toEqual([])
      }
      await world.finish()
      expect(world.complaints).toEqual([])
      told += world.told
    } finally {
      await world.close()
    }
  })
  await fc.assert(property, options)
  // The counter-check: the stories were of things that happened.
  expect(told).toBeGreaterThan(options.numRuns as number)
}, 3_600_000)
