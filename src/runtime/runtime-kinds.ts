import type { KindView } from './kind-control.js'
import type { Lifetime } from './lifetime.js'

/** The kinds: settings that are changed while tasks run, kinds that take no new tasks. An alias will do as a name. */
export function kindsOf(life: Lifetime) {
  const { engine } = life
  return {
    list: async (): Promise<KindView[]> => {
      life.assertReadable()
      return engine.kindControl.list()
    },
    /** @throws ERR_UNKNOWN_KIND */
    get: async (name: string): Promise<KindView> => {
      life.assertReadable()
      return engine.kindControl.get(name)
    },
    /**
     * Lays a patch over the settings, one level deep; null takes a setting away, and its default holds again. Runs that
     * begin after this has resolved see it. At most `limits.input` bytes as JSON.
     * @throws ERR_UNKNOWN_KIND, ERR_INVALID_SETTINGS with `issues`, ERR_NOT_JSON, ERR_TOO_LARGE, ERR_INVALID_OPTION
     * @example await runtime.kinds.set('poll', { url: 'https://example.org', every: '10m' })
     */
    set: async (name: string, patch: object): Promise<KindView> => {
      life.assertWorking()
      return engine.kindControl.set(name, patch)
    },
    /** New tasks of the kind are refused with ERR_KIND_RETIRED; those that are there go on. @throws ERR_UNKNOWN_KIND */
    retire: async (name: string): Promise<KindView> => {
      life.assertWorking()
      return engine.kindControl.retire(name)
    },
    restore: async (name: string): Promise<KindView> => {
      life.assertWorking()
      return engine.kindControl.restoreKind(name)
    },
  }
}
