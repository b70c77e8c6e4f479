import { describe, expect, test } from 'vitest'
import type { InputRequest, LineRequest, Lines, Listener } from '../../src/devices/backend.js'
import { SimulatedBackend } from '../../src/devices/simulated.js'
import type { LineBench } from '../../src/testing/conformance/lines.js'
import { lineConformance } from '../../src/testing/line-conformance.js'
import { SimulatedClock } from '../../src/testing/simulated-clock.js'

const CHIP = 'simulated'

/** A bench with a simulated board; what is held is what anybody has, and every wait that is left. */
function bench(makeBackend: (clock: SimulatedClock) => SimulatedBackend = (clock) => new SimulatedBackend({ clock })) {
  const clock = new SimulatedClock()
  const backend = makeBackend(clock)
  const at = (offset: number) => ({ chip: CHIP, offset })
  return {
    backend,
    chip: CHIP,
    named: { offset: 17, name: 'GPIO17' },
    kept: 16,
    pull: async (offset, high) => backend.pull(at(offset), high),
    level: async (offset) => backend.level(at(offset)),
    unplug: async () => backend.unplug(CHIP),
    plug: async () => backend.plug(CHIP),
    pass: async (ms) => clock.advance(ms),
    monotonicNs: () => BigInt(clock.mark().mono) * 1_000_000n,
    held: () =>
      clock.waiting + backend.chips().reduce((sum, chip) => sum + chip.lines.filter(({ used }) => used).length, 0),
    close: async () => backend.close(),
  } satisfies LineBench
}

describe('lines: the simulated board', () => {
  for (const check of lineConformance(() => bench())) test(check.name, check.run)
})

/** Boards that do one thing wrong, each by the sentence that has to find it out. */
class Eager extends SimulatedBackend {
  override request(request: LineRequest, listener: Listener) {
    return super.request('debounceUs' in request ? { ...request, debounceUs: 0 } : request, listener)
  }
}
class Glitching extends SimulatedBackend {
  override request(request: LineRequest, listener: Listener) {
    if (request.direction === 'input' || request.levels) return super.request(request, listener)
    return super.request({ ...request, levels: request.offsets.map(() => false) }, listener)
  }
}
class Keeping extends SimulatedBackend {
  override request(request: LineRequest, listener: Listener): Lines {
    const lines = super.request(request, listener)
    return { ...bound(lines), release: () => undefined }
  }
}
class Renumbering extends SimulatedBackend {
  override request(request: LineRequest, listener: Listener) {
    const edges: Listener['edges'] = (all) => listener.edges(all.map((edge, n) => ({ ...edge, seq: n + 1 })))
    return super.request(request as InputRequest, { edges, lost: (error) => listener.lost(error) })
  }
}

function bound(lines: Lines): Lines {
  return {
    read: () => lines.read(),
    write: (levels) => lines.write(levels),
    listen: (on) => lines.listen(on),
    release: () => lines.release(),
  }
}

test.each([
  [Eager, 'edges: a level that lasts less than the debounce never was'],
  [Glitching, 'levels: an output as it is keeps the level that the line has, and drives it'],
  [Keeping, 'holding: a released line can be had again, the other way round too'],
  [Keeping, 'holding: a thousand requests and releases leave nothing behind'],
  [
    Renumbering,
    'edges: edges of several lines say whose they are, in the order of time, each line counting for itself',
  ],
])('a backend that does not keep the contract is found out: %o', async (Wrong, sentence) => {
  const check = lineConformance(() => bench((clock) => new Wrong({ clock }))).find(({ name }) => name === sentence)
  await expect(check?.run()).rejects.toThrow()
})
