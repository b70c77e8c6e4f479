import type { Lifetime } from './lifetime.js'
import type { RouteView } from './route-control.js'

/** The routes: their load, and pauses that survive a restart. */
export function routesOf(life: Lifetime) {
  const { engine } = life
  return {
    list: async (): Promise<RouteView[]> => {
      life.assertReadable()
      return engine.routeControl.list()
    },
    /** The route starts nothing more until it is resumed; what runs goes on. Resolves when that is durable. @throws ERR_NOT_FOUND */
    pause: async (name: string): Promise<void> => {
      life.assertWorking()
      await engine.routeControl.pause(name)
    },
    resume: async (name: string): Promise<void> => {
      life.assertWorking()
      await engine.routeControl.resume(name)
    },
  }
}
