/** A board with devices, and what its tasks heard. */
import { onTestFinished } from 'vitest'
import type { DeviceDefinitions } from '../../src/devices/definitions.js'
import { simulatedHardware } from '../../src/devices/hardware.js'
import { pluggedDevices } from '../../src/devices/plug.js'
import type { SourceBackend } from '../../src/devices/source.js'
import { defineTask } from '../../src/index.js'
import type { Clock } from '../../src/kernel/clock.js'
import { SystemClock } from '../../src/kernel/system-clock.js'
import type { DeviceNews } from '../../src/runtime/devices.js'
import { Runtime } from '../../src/runtime/runtime.js'
import { type BoardOptions, type BoardTime, testRuntime } from '../../src/testing/index.js'
import { memoryStore } from '../../src/testing/memory-store.js'
import { silent } from '../runtime/lab.js'

/** A kind that only ends: its tasks are what tests look at. */
export const note = defineTask({ kind: 'note', run: () => null })

export async function deviceBoard<const Options extends Omit<BoardOptions, 'tasks'>>(
  options: Options,
  time?: BoardTime,
) {
  const board = await testRuntime({ tasks: [note], ...options }, time)
  onTestFinished(() => board.close())
  /** The inputs of all tasks so far, the oldest first. */
  const heard = async () => {
    const tasks = await board.tasks({ kind: 'note' })
    return tasks.sort((a, b) => a.createdAt.localeCompare(b.createdAt)).map(({ input }) => input as DeviceNews)
  }
  return Object.assign(board, {
    heard,
    /** Their types alone. */
    types: async () => (await heard()).map(({ type }) => type),
    see: (id: string) => board.runtime.devices.get(id),
    tell: (id: string, type: string, options: object = {}) => board.runtime.devices.command(id, { type, ...options }),
  })
}

/** A runtime on the clock of the machine, with simulated lines and with sensors from elsewhere; it stops with the test. */
export function runtimeOn(devices: DeviceDefinitions, sources: (clock: Clock) => SourceBackend): Runtime {
  const clock = new SystemClock()
  const part = pluggedDevices({ devices }, undefined, async (checked) => {
    const { lines } = await simulatedHardware({ lines: [], wires: [] }, checked, clock)
    return { lines, sources: sources(clock), simulation: undefined }
  })
  const parts = { store: memoryStore('devices'), clock, devices: part, plugged: [part] }
  const runtime = new Runtime({ path: 'memory', tasks: [note], log: silent }, parts)
  onTestFinished(() => runtime.stop())
  return runtime as unknown as Runtime
}
