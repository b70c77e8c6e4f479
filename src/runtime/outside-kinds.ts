/** Kinds, their machines, and gates as they are seen from outside: a hidden kind is not registered, and needs no gate. */
import type { GateView } from './gates/gates.js'
import type { KindView } from './kind-control.js'
import type { Kinds } from './kinds.js'
import type { Runtime } from './runtime.js'
import { type MachineDefinitionView, type MachineView, noMachine } from './runtime-machines.js'

export type OutsideKinds = ReturnType<typeof outsideKinds>
export type OutsideMachines = ReturnType<typeof outsideMachines>
export type OutsideGates = ReturnType<typeof outsideGates>

export function outsideKinds({ kinds }: Runtime, known: Kinds) {
  return {
    list: async (): Promise<KindView[]> => (await kinds.list()).filter(({ api }) => api),
    get: async (name: string): Promise<KindView> => kinds.get(known.get(name, true).name),
    set: async (name: string, patch: object): Promise<KindView> => kinds.set(known.get(name, true).name, patch),
    retire: async (name: string): Promise<KindView> => kinds.retire(known.get(name, true).name),
    restore: async (name: string): Promise<KindView> => kinds.restore(known.get(name, true).name),
  }
}

export function outsideMachines({ machines }: Runtime, known: Kinds) {
  return {
    list: async (): Promise<MachineView[]> =>
      (await machines.list()).filter((each) => known.shows(each.kind ?? each.id)),
    get: async (id: string): Promise<MachineDefinitionView> => {
      const machine = await machines.get(id)
      if (known.shows(machine.kind ?? id)) return machine
      throw noMachine(id)
    },
  }
}

export function outsideGates(runtime: Runtime, known: Kinds) {
  return {
    list: async (): Promise<GateView[]> =>
      (await runtime.gates.list()).map((gate) => ({ ...gate, kinds: gate.kinds.filter((kind) => known.shows(kind)) })),
  }
}
