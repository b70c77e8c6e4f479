/** When the wall clock is believed: what was seen before, what a time service says, and how long it is held. */
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { TimeService } from '../../../src/kernel/synced.js'
import { Trust } from '../../../src/kernel/trust.js'
import { SIMULATED_START, SimulatedClock } from '../../../src/testing/simulated-clock.js'
import { temporaryDirectory } from '../../support/stores.js'

const MINUTE = 60_000
const nobody = new TimeService({ timesync: '/nowhere', chrony: '/nowhere' })

function trusting(clock: SimulatedClock, { holdMs = 10 * MINUTE, service = nobody, highest = 0 } = {}) {
  const verdicts: [trusted: boolean, behind: boolean][] = []
  const lines: string[] = []
  let heard = () => {}
  const trust = new Trust(
    clock,
    holdMs,
    {
      verdict: (...verdict) => {
        verdicts.push(verdict)
        heard()
      },
      log: (line) => void lines.push(line),
    },
    service,
  )
  trust.resume(highest)
  clock.onStep(() => trust.stepped())
  const next = () =>
    new Promise<void>((resolve) => {
      heard = resolve
    })
  return { trust, verdicts, lines, next }
}

describe('without a time service', () => {
  test('a clock that is not behind is believed at once, and nothing waits', async () => {
    const clock = new SimulatedClock()
    const { trust, verdicts } = trusting(clock, { highest: SIMULATED_START - 1 })
    await trust.want()
    expect([trust.trusted, verdicts, clock.waiting]).toEqual([true, [[true, false]], 0])
  })

  test('a clock of 1970 is in doubt at its very first start; nothing is known below 2020', async () => {
    const { trust, verdicts } = trusting(new SimulatedClock({ wall: 7 }))
    await trust.want()
    expect([trust.trusted, verdicts]).toEqual([false, [[false, false]]])
  })

  test('two seconds are no doubt, more are', async () => {
    for (const [ms, trusted] of [
      [2000, true],
      [2001, false],
    ] as const) {
      const { trust } = trusting(new SimulatedClock(), { highest: SIMULATED_START + ms })
      await trust.want()
      expect(trust.trusted).toBe(trusted)
    }
  })

  test('what is behind is believed when it has caught up, when it is set, or when it was held long enough', async () => {
    const endings: [string, (clock: SimulatedClock) => void, boolean][] = [
      ['caught up', (clock) => clock.advance(3 * MINUTE), false],
      ['caught up', (clock) => clock.stepWall(3 * MINUTE), false],
      ['held long enough', (clock) => clock.advance(10 * MINUTE), true],
    ]
    for (const [why, end, behind] of endings) {
      const clock = new SimulatedClock()
      const { trust, verdicts, lines } = trusting(clock, {
        highest: SIMULATED_START + (behind ? 60 : 3) * MINUTE,
      })
      await trust.want()
      clock.advance(2 * MINUTE)
      expect(trust.trusted).toBe(false)
      end(clock)
      expect([trust.trusted, verdicts.at(-1)]).toEqual([true, [true, behind]])
      expect(lines.at(-1)).toContain(why)
      expect(clock.waiting).toBe(0)
    }
  })

  test('the highest time stays until those ahead of it are back, and is the present then', async () => {
    const clock = new SimulatedClock()
    const highest = SIMULATED_START + 60 * MINUTE
    const { trust } = trusting(clock, { highest, holdMs: 0 })
    await trust.want()
    expect([trust.trusted, trust.highest]).toEqual([true, highest])
    trust.lowered()
    expect(trust.highest).toBe(SIMULATED_START)
    clock.advance(MINUTE)
    expect(trust.highest).toBe(SIMULATED_START + MINUTE)
  })

  test('a clock in doubt raises nothing; one that steps back later is in doubt again', async () => {
    const clock = new SimulatedClock()
    const { trust, verdicts } = trusting(clock)
    await trust.want()
    expect(trust.highest).toBe(SIMULATED_START)
    clock.stepWall(-MINUTE)
    expect([trust.trusted, trust.highest]).toEqual([false, SIMULATED_START])
    clock.advance(MINUTE)
    expect(verdicts).toEqual([
      [true, false],
      [false, false],
      [true, false],
    ])
  })

  test('closed, it says nothing more', async () => {
    const clock = new SimulatedClock({ wall: 7 })
    const { trust, verdicts } = trusting(clock)
    await trust.want()
    trust.close()
    clock.stepWall(SIMULATED_START)
    expect([verdicts.length, clock.waiting]).toEqual([1, 0])
  })
})

describe('with systemd-timesyncd', () => {
  async function timesyncd() {
    const path = join(await temporaryDirectory(), 'timesync')
    await mkdir(path)
    const file = join(path, 'synchronized')
    return { path, file, service: new TimeService({ timesync: path, chrony: '/nowhere' }) }
  }

  test('what it has set is right, even when it is behind', async () => {
    const { file, service } = await timesyncd()
    await writeFile(file, '')
    const { trust, verdicts } = trusting(new SimulatedClock(), { service, highest: SIMULATED_START + MINUTE })
    await trust.want()
    expect(verdicts).toEqual([[true, true]])
  })

  test('what it has not set is in doubt until it has: its directory is watched', async () => {
    const { file, service } = await timesyncd()
    const { trust, verdicts, next } = trusting(new SimulatedClock(), { service })
    await trust.want()
    expect(trust.trusted).toBe(false)
    const verdict = next()
    await writeFile(file, '')
    await verdict
    expect(verdicts.at(-1)).toEqual([true, false])
    trust.close()
  })

  test('once the hold is over, that it never set the clock is no news any more', async () => {
    const { service } = await timesyncd()
    const clock = new SimulatedClock()
    const { trust, next } = trusting(clock, { service })
    await trust.want()
    const verdict = next()
    clock.advance(10 * MINUTE)
    await verdict
    clock.stepWall(MINUTE)
    await trust.examine()
    expect(trust.trusted).toBe(true)
  })

  test('a service that goes away is none', async () => {
    const { path, service } = await timesyncd()
    expect(await service.look()).toBe('no')
    await rm(path, { recursive: true })
    expect([service.present, await service.look()]).toEqual([false, 'unknown'])
  })
})

describe('with chrony', () => {
  const tracking = (leap: string) =>
    `C0A80001,192.168.0.1,3,1790000000.1,0.000001,0.0,0.0,0.0,0.0,0.0,0.01,0.001,64.0,${leap}`

  async function chrony(answer: string) {
    const directory = await temporaryDirectory()
    const program = join(directory, 'chronyc')
    await writeFile(program, `#!/bin/sh\n${answer}\n`)
    await chmod(program, 0o755)
    return new TimeService({ timesync: '/nowhere', chrony: directory, chronyc: program })
  }

  test('its answer decides: the leap status is the last field', async () => {
    expect(await (await chrony(`echo '${tracking('Normal')}'`)).look()).toBe('yes')
    expect(await (await chrony(`echo '${tracking('Insert second')}'`)).look()).toBe('yes')
    expect(await (await chrony(`echo '${tracking('Not synchronised')}'`)).look()).toBe('no')
  })

  test('no answer is none: it fails, says nothing, is not installed', async () => {
    expect(await (await chrony('exit 1')).look()).toBe('unknown')
    expect(await (await chrony('true')).look()).toBe('unknown')
    const gone = new TimeService({
      timesync: '/nowhere',
      chrony: await temporaryDirectory(),
      chronyc: '/nowhere/chronyc',
    })
    expect(await gone.look()).toBe('unknown')
  })
})
