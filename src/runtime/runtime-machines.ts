/** The machines that can be looked at: those of the kinds, and holdfast's own. */
import type { AnyStateMachine } from 'xstate'
import {
  buttonMachine,
  contactMachine,
  dimmerMachine,
  gateMachine,
  inputMachine,
  interlockMachine,
  manifestMachine,
  motionMachine,
  outputMachine,
  routerMachine,
  scheduleMachine,
  sensorMachine,
  supervisorMachine,
  taskMachine,
  workerMachine,
} from '../../machines/index.js'
import { HoldfastError, shown } from '../model/errors.js'
import { type Kind, type Kinds, OWN } from './kinds.js'
import type { Lifetime } from './lifetime.js'
import { definitionOf, type StateView } from './machine-view.js'

/** A machine of a kind, by the name of the kind (`walk`; `walk@1`, an earlier version beside it), or one of holdfast's own, `holdfast:task`. */
export interface MachineView {
  readonly id: string
  /** The kind whose processor it is, and the version it has there. */
  readonly kind?: string
  readonly version?: number
  /** It is one of holdfast's. */
  readonly own: boolean
}

export interface MachineDefinitionView extends MachineView {
  readonly definition: StateView
}

const EARLIER = /^(.+)@(\d+)$/
const RUNTIME = [
  taskMachine, scheduleMachine, gateMachine, workerMachine, manifestMachine, routerMachine, supervisorMachine,
] // biome-ignore format: a list
const DEVICES = [
  contactMachine, buttonMachine, motionMachine, inputMachine, outputMachine, interlockMachine, dimmerMachine,
  sensorMachine,
] // biome-ignore format: a list
const MACHINES = new Map<string, AnyStateMachine>(
  [...RUNTIME, ...DEVICES].map((machine) => [`${OWN}${machine.id}`, machine as unknown as AnyStateMachine]),
)

export function machinesOf(life: Lifetime) {
  const { kinds } = life.engine.rules
  return {
    list: async (): Promise<MachineView[]> => {
      const ofKinds = [...kinds.all()].flatMap(viewsOf)
      return [...ofKinds, ...[...MACHINES.keys()].map((id) => ({ id, own: true }))]
    },
    /** By its id; for a kind, a name it had before will do. @throws ERR_NOT_FOUND */
    get: async (id: string): Promise<MachineDefinitionView> => {
      const found = machineOf(kinds, id)
      if (!found) throw noMachine(id)
      return found
    },
  }
}

export function machineOf(kinds: Kinds, id: string): MachineDefinitionView | undefined {
  const [, name = id, older] = EARLIER.exec(id) ?? []
  for (const kind of new Set([kinds.find(id), kinds.find(name)])) {
    const version = older !== undefined && kind !== kinds.find(id) ? Number(older) : kind?.version
    const machine = kind?.versions.statecharts.get(version as number)
    if (kind && machine) return { ...viewOf(kind, version), definition: definitionOf(machine) }
  }
  const own = MACHINES.get(id)
  return own && { id, own: true, definition: definitionOf(own) }
}

export function noMachine(id: string): HoldfastError {
  return new HoldfastError('ERR_NOT_FOUND', `no machine ${shown(id)}`)
}

/** The newest goes by the name of the kind, those beside it by their version, too. */
function viewsOf(kind: Kind): MachineView[] {
  return [...kind.versions.statecharts.keys()].reverse().map((version) => viewOf(kind, version))
}

function viewOf(kind: Kind, version = kind.version): MachineView {
  const { name } = kind
  return { id: version === kind.version ? name : `${name}@${version}`, kind: name, version, own: false }
}
