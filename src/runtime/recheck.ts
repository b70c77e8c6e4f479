/**
 * A store whose files were repaired when it was opened is checked before anybody works with it. The word that this is to
 * be done is in the store itself, and goes with the last of the changes: a cut only means to begin anew.
 */
import { tell } from '../kernel/telemetry.js'
import { UNCHECKED_KEY } from '../model/keys.js'
import { audit } from './audit.js'
import { AuditDesk } from './audit-desk.js'
import type { Engine } from './engine.js'

/** Of what is lost so much is said in the log. */
const MOST_SAID = 20

export async function recheck({ store, commit, ledger, settings }: Engine): Promise<void> {
  const { rebuilt, dropped, quarantinedCount, lost, lostCount } = await audit(
    new AuditDesk(store, commit, ledger.now()),
  )
  commit.del(UNCHECKED_KEY)
  await commit.flush()
  const counts = { rebuilt, dropped, quarantined: quarantinedCount, lost: lostCount }
  settings.log.warn('what the repaired store holds was checked', { ...counts, gone: lost.slice(0, MOST_SAID) })
  tell('store.checked', () => counts)
}
