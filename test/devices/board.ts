/** A board with devices, and what its tasks heard. */
import { onTestFinished } from 'vitest'
import { defineTask } from '../../src/index.js'
import type { DeviceNews } from '../../src/runtime/devices.js'
import { type BoardOptions, type BoardTime, testRuntime } from '../../src/testing/index.js'

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
