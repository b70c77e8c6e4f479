import { expect, onTestFinished, test, vi } from 'vitest'
import { Meter } from '../../../src/api/meter.js'
import { defineTask } from '../../../src/index.js'
import { SimulatedRuntime } from '../../support/simulated-runtime.js'

const nothing = defineTask({ kind: 'nothing', run: () => null })

test('the runtime is read once for all gauges of a scrape, and anew for the next', async () => {
  const { runtime } = await new SimulatedRuntime({ tasks: [nothing] }).start()
  onTestFinished(() => runtime.stop())
  const meter = new Meter(runtime)
  onTestFinished(() => meter.close())
  const read = [vi.spyOn(runtime, 'load'), vi.spyOn(runtime, 'wear'), vi.spyOn(runtime.gates, 'list')]
  for (const [n, depth] of [0, 1].entries()) {
    expect(await meter.text()).toContain(`holdfast_queue_depth{route="default"} ${depth}\n`)
    expect(read.map(({ mock }) => mock.calls.length)).toEqual([n + 1, n + 1, n + 1])
    await runtime.routes.pause('default')
    await runtime.enqueue('nothing')
  }
})
