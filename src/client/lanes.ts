/** Routes, gates, kinds and machines, with the methods and errors that the runtime's have. */
import { HoldfastError } from '../model/errors.js'
import { checkName } from '../runtime/checks.js'
import type { GateView } from '../runtime/gates/gates.js'
import type { KindView } from '../runtime/kind-control.js'
import type { RouteView } from '../runtime/route-control.js'
import type { MachineDefinitionView, MachineView } from '../runtime/runtime-machines.js'
import type { Call, Caller } from './caller.js'
import type { CallOptions } from './halt.js'

export function routesAt(caller: Caller) {
  const verb = async (name: string, done: string, { signal }: CallOptions): Promise<void> => {
    const path = `/v1/routes/${encodeURIComponent(checkName(name, 'route'))}/${done}`
    await caller.ask({ method: 'POST', path, safe: true, signal })
  }
  return {
    list: async ({ signal }: CallOptions = {}): Promise<RouteView[]> =>
      (await caller.ask({ method: 'GET', path: '/v1/routes', signal })).page<RouteView>().items,
    /** The route starts nothing more until it is resumed; what runs goes on. @throws ERR_NOT_FOUND */
    pause: (name: string, options: CallOptions = {}): Promise<void> => verb(name, 'pause', options),
    resume: (name: string, options: CallOptions = {}): Promise<void> => verb(name, 'resume', options),
  }
}

export function gatesAt(caller: Caller) {
  return {
    list: async ({ signal }: CallOptions = {}): Promise<GateView[]> =>
      (await caller.ask({ method: 'GET', path: '/v1/gates', signal })).page<GateView>().items,
  }
}

export function machinesAt(caller: Caller) {
  return {
    list: async ({ signal }: CallOptions = {}): Promise<MachineView[]> =>
      (await caller.ask({ method: 'GET', path: '/v1/machines', signal })).page<MachineView>().items,
    /** @throws ERR_NOT_FOUND */
    get: async (id: string, { signal }: CallOptions = {}): Promise<MachineDefinitionView> => {
      const path = `/v1/machines/${encodeURIComponent(checkName(id, 'id'))}`
      return (await caller.ask({ method: 'GET', path, signal })).object<MachineDefinitionView>()
    },
  }
}

export function kindsAt(caller: Caller) {
  const one = async (name: string, call: Omit<Call, 'path'>, rest = ''): Promise<KindView> => {
    const path = `/v1/kinds/${encodeURIComponent(checkName(name, 'kind'))}${rest}`
    const answer = await caller.ask({ ...call, path, safe: true }).catch((error: unknown) => {
      // In a path a kind that there is none of is nothing found.
      if (!(error instanceof HoldfastError) || error.code !== 'ERR_NOT_FOUND') throw error
      throw new HoldfastError('ERR_UNKNOWN_KIND', error.message, { hint: error.hint })
    })
    return answer.object<KindView>()
  }
  return {
    list: async ({ signal }: CallOptions = {}): Promise<KindView[]> =>
      (await caller.ask({ method: 'GET', path: '/v1/kinds', signal })).page<KindView>().items,
    /** @throws ERR_UNKNOWN_KIND */
    get: (name: string, { signal }: CallOptions = {}): Promise<KindView> => one(name, { method: 'GET', signal }),
    /**
     * Lays a patch over the settings, one level deep; null takes a setting away, and its default holds again.
     * @throws ERR_UNKNOWN_KIND, ERR_INVALID_SETTINGS with `issues`
     */
    set: (name: string, patch: object, { signal }: CallOptions = {}): Promise<KindView> =>
      one(name, { method: 'PATCH', body: { settings: patch }, signal }),
    /** New tasks of the kind are refused with ERR_KIND_RETIRED; those that are there go on. @throws ERR_UNKNOWN_KIND */
    retire: (name: string, { signal }: CallOptions = {}): Promise<KindView> => one(name, { method: 'DELETE', signal }),
    restore: (name: string, { signal }: CallOptions = {}): Promise<KindView> =>
      one(name, { method: 'POST', signal }, '/restore'),
  }
}
