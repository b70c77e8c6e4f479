/** Addresses of actors: the same over a restart, and told apart by what they begin with. */
import type { Path } from '../kernel/tape.js'

export type Address = string

export const taskAddress = (id: string): Address => `task:${id}`
export const scheduleAddress = (id: string): Address => `schedule:${id}`
export const deviceAddress = (id: string): Address => `device:${id}`
export const supervisorAddress = ([name = 'holdfast', ...path]: Path): Address => inside(`supervisor:${name}`, path)

/** The machine of a task, or an actor inside it. No id of a task has a `#`. */
export const machineAddress = (id: string, path: Path = []): Address => inside(`machine:${id}`, path)

function inside(outer: Address, path: Path): Address {
  return path.length === 0 ? outer : `${outer}#${path.join('/')}`
}
