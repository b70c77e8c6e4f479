/**
 * The quarantine as it is seen from outside. A record that does not tell its kind any more may be a hidden task's: where
 * kinds are hidden it is listed in the process alone.
 */
import { HoldfastError } from '../model/errors.js'
import { kindIn } from '../model/record.js'
import { checkName } from './checks.js'
import type { Kinds } from './kinds.js'
import type { Quarantined } from './quarantine.js'
import type { Runtime } from './runtime.js'

export type OutsideQuarantine = ReturnType<typeof outsideQuarantine>

export function outsideQuarantine({ quarantine }: Pick<Runtime, 'quarantine'>, known: Kinds) {
  const shown = ({ record }: Quarantined): boolean => {
    if (!known.hiding) return true
    const kind = kindIn(record)
    return kind !== undefined && known.shows(kind)
  }
  return {
    list: async (): Promise<Quarantined[]> => (await quarantine.list()).filter(shown),
    retry: async (id: string): Promise<boolean> => {
      checkName(id, 'id')
      if (known.hiding && !(await quarantine.list()).some((each) => each.id === id && shown(each)))
        throw new HoldfastError('ERR_NOT_FOUND', `nothing called '${id}' is in quarantine`)
      return quarantine.retry(id)
    },
  }
}
