/** What those who look into a runtime read of it: tasks with their machines as the disk has them, and what these are made of. */
import type { AnyMachineSnapshot, AnyStateMachine } from 'xstate'
import type { TaskContext, TaskState } from '../../machines/index.js'
import { isMachine } from '../kernel/durable.js'
import type { TaskExtras } from '../model/record.js'
import { checkName } from './checks.js'
import type { Devices, DeviceView } from './devices.js'
import type { Lifetime } from './lifetime.js'
import { definitionOf, type StateView } from './machine-view.js'
import { machineOf } from './runtime-machines.js'
import type { MachineRef } from './shows.js'
import { type StateCounts, Tally } from './tally.js'

/** A task as the disk has it. */
export interface InspectedTask {
  readonly kind: string
  readonly state: TaskState
  readonly context: TaskContext
  readonly extras: TaskExtras
  /** Its machine with children and timers, as JSON text of a StoredMachine. */
  readonly text: string | undefined
}

/** A device as of its last step on disk: as people see it, and the snapshot of its machine; none until its first step. */
export interface InspectedDevice {
  readonly view: DeviceView
  readonly snapshot: AnyMachineSnapshot | undefined
}

export type Inspection = ReturnType<typeof inspectionOf>

export function inspectionOf(life: Lifetime, devices: Devices) {
  const { kinds, shelf, clock, commit } = life.engine
  const statechart = (kind: string, version: number) => kinds.find(kind)?.versions.statecharts.get(version)
  const tally = new Tally(life.engine)
  return {
    /** By which what is told is dated. */
    clock,
    /** When this life of the process began, as time of day. */
    since: clock.wall(),
    /** What is in memory may be ahead of the disk. */
    ahead: (): boolean => commit.pending,
    /** @throws ERR_INVALID_ID */
    task: async (id: string): Promise<InspectedTask | undefined> => {
      life.assertReadable()
      const found = await shelf.record(checkName(id, 'id'))
      if (!found) return undefined
      const { state, context, extras, machine: text } = found.record
      return { kind: kinds.nameOf(context.kind), state, context, extras, text }
    },
    /** A machine that `runtime.machines` knows by this name. */
    definition: (machine: string): StateView | undefined => machineOf(kinds, machine)?.definition,
    hasMachine: (kind: string): boolean => kinds.find(kind)?.machine !== undefined,
    /** The name by which `runtime.machines` knows the machine of a kind; none for a kind without one. */
    machineId: (kind: string, version: number): string | undefined => {
      if (!statechart(kind, version)) return undefined
      return version === kinds.find(kind)?.version ? kind : `${kind}@${version}`
    },
    /** A machine inside that of a kind, by the names of the actors on the way to it; none for what is no machine. */
    inner: (kind: string, version: number, sources: readonly unknown[]): StateView | undefined => {
      let at: unknown = statechart(kind, version)
      for (const source of sources) {
        at = isMachine(at) ? (at as AnyStateMachine).implementations.actors[source as string] : undefined
      }
      return isMachine(at) ? definitionOf(at) : undefined
    },
    /** The names of all devices. */
    devices: (): string[] => devices.list().map(({ id }) => id),
    /** @throws ERR_NOT_FOUND */
    device: (id: string): InspectedDevice => {
      const actor = (life.actor.system as { get(name: string): unknown }).get(`device:${id}`)
      return { view: devices.get(id), snapshot: (actor as MachineRef | undefined)?.getSnapshot() }
    },
    /** Tasks by state. */
    states: (): Promise<StateCounts> => {
      life.assertReadable()
      return tally.states()
    },
    /** A moment of the steady hand as time of day. */
    day: (steady: number): number => steady + clock.wall() - clock.steady(),
  }
}
