/** The machines that can be looked at: those of the kinds, and holdfast's own. */
import type { AnyStateMachine } from 'xstate'
import {
  gateMachine,
  manifestMachine,
  routerMachine,
  scheduleMachine,
  supervisorMachine,
  taskMachine,
  workerMachine,
} from '../../machines/index.js'
import { HoldfastError, shown } from '../model/errors.js'
import { type Kind, OWN } from './kinds.js'
import type { Lifetime } from './lifetime.js'
import { definitionOf, type StateView } from './machine-view.js'

/** A machine of a kind, by the name of the kind, or one of holdfast's own, `holdfast:task`. */
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

const MACHINES = new Map<string, AnyStateMachine>(
  [taskMachine, scheduleMachine, gateMachine, workerMachine, manifestMachine, routerMachine, supervisorMachine].map(
    (machine) => [`${OWN}${machine.id}`, machine as unknown as AnyStateMachine],
  ),
)

export function machinesOf(life: Lifetime) {
  const { kinds } = life.engine.rules
  return {
    list: async (): Promise<MachineView[]> => {
      const ofKinds = [...kinds.all()].flatMap((kind) => (kind.machine ? viewOf(kind) : []))
      return [...ofKinds, ...[...MACHINES.keys()].map((id) => ({ id, own: true }))]
    },
    /** By its id; for a kind, a name it had before will do. @throws ERR_NOT_FOUND */
    get: async (id: string): Promise<MachineDefinitionView> => {
      const kind = kinds.find(id)
      if (kind?.statechart) return { ...viewOf(kind), definition: definitionOf(kind.statechart) }
      const own = MACHINES.get(id)
      if (own) return { id, own: true, definition: definitionOf(own) }
      throw noMachine(id)
    },
  }
}

export function noMachine(id: string): HoldfastError {
  return new HoldfastError('ERR_NOT_FOUND', `no machine ${shown(id)}`)
}

function viewOf({ name, version }: Kind): MachineView {
  return { id: name, kind: name, version, own: false }
}
