/** `runtime.quarantine`, as users hold it. */
import { checkName } from './checks.js'
import type { Lifetime } from './lifetime.js'
import type { Quarantined } from './quarantine.js'

export function quarantineOf(life: Lifetime) {
  const { shelf, recovery } = life.engine
  return {
    list: async (): Promise<Quarantined[]> => {
      life.assertReadable()
      return shelf.quarantined()
    },
    /** True when the record was put back and its task goes on. @throws ERR_NOT_FOUND */
    retry: async (id: string): Promise<boolean> => {
      life.assertWorking()
      if (!(await shelf.retry(checkName(id, 'id')))) return false
      await recovery.takeBack(id)
      return true
    },
  }
}
