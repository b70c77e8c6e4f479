/** The guarantees, each as a question to what was told and what is on the disk. An answer is a list of what is wrong. */

const STATES = ['SPOOLED', 'QUEUED', 'RUNNING', 'FINISHED', 'FAILED', 'TERMINATED']

/** An ended task goes nowhere by itself; FAILED with `retryAt` has not ended. */
export const isEnded = (view) => view.endedAt != null || (STATES.indexOf(view.state) > 2 && view.retryAt == null)

const wrong = (ids, isWrong, say) => [...ids].filter(isWrong).map(say)

/** What must hold at the first look, while the store recovers and tasks go on. */
export const atOnce = {
  'what was acknowledged is there': ({ acked }, views) =>
    wrong(
      acked,
      (id) => !views.has(id),
      (id) => `${id} was acknowledged and is gone`,
    ),

  'what ran was there before': ({ runs }, views) =>
    wrong(
      runs.keys(),
      (id) => !views.has(id),
      (id) => `${id} was run and is not on the disk`,
    ),

  'what was announced is so': ({ ended }, views) =>
    wrong(
      ended.keys(),
      (id) => views.get(id)?.state !== ended.get(id),
      (id) => `${id} was announced ${ended.get(id)} and is ${views.get(id)?.state}`,
    ),

  'what was seen is so': ({ seen }, views) =>
    [...seen].flatMap(([id, states]) => {
      const history = new Set(views.get(id)?.history.map(({ state }) => state))
      return [...states].filter((state) => !history.has(state)).map((state) => `${id} was seen ${state} and never was`)
    }),

  'a batch is there whole or not at all': ({ batches }, views) =>
    batches.flatMap((ids) => {
      const there = ids.filter((id) => views.has(id)).length
      return there === 0 || there === ids.length
        ? []
        : [`${there} of the ${ids.length} tasks of one commit are there: ${ids[0]}...`]
    }),

  'every record is whole': (_, views) => [...views.values()].flatMap(flaws),

  'a follow-up is there as soon as the outcome is': (_, views, follows) =>
    wrong(
      views.keys(),
      (id) => owesFollowUp(views.get(id)) && !follows.has(id),
      (id) => `${id} is ${views.get(id).state} and has no follow-up`,
    ),
}

/** What must hold besides when everything has come to its end. */
export const atLast = {
  'every task came to its end': (_, views) =>
    wrong(
      views.keys(),
      (id) => !isEnded(views.get(id)),
      (id) => `${id} is still ${views.get(id).state}`,
    ),

  'at-most-once starts once': ({ runs }) =>
    wrong(
      runs.keys(),
      (id) => id.startsWith('once-') && runs.get(id).length > 1,
      (id) => `${id} was started ${runs.get(id).length} times`,
    ),

  'no attempt is run twice': ({ runs }) =>
    wrong(
      runs.keys(),
      (id) => new Set(runs.get(id)).size < runs.get(id).length,
      (id) => `${id} was run as attempts ${runs.get(id)}`,
    ),

  'an action of a machine runs at most once': ({ acts }) =>
    wrong(
      acts.keys(),
      (id) => acts.get(id) > 1,
      (id) => `the action of ${id} ran ${acts.get(id)} times`,
    ),

  'an event is heard once': ({ sent }, views) =>
    [...views.values()].flatMap((view) => {
      const heard = view.result?.heard
      if (!heard) return []
      const missing = (sent.get(view.id) ?? []).filter((n) => !heard.includes(n))
      const twice = heard.filter((n, at) => heard.indexOf(n) !== at)
      return [
        ...missing.map((n) => `${view.id} did not hear event ${n}, which was accepted`),
        ...twice.map((n) => `${view.id} heard event ${n} twice`),
      ]
    }),

  'who goes first is run first': ({ boots }) => outOfTurn(boots),

  'a cut is no failure': (_, views) => [...views.values()].flatMap(unexpectedEnd),

  'each follow-up exists once': (_, views, follows) =>
    [...follows].flatMap(([parent, count]) => {
      if (count > 1) return [`${parent} has ${count} follow-ups`]
      return owesFollowUp(views.get(parent))
        ? []
        : [`${parent} has a follow-up and is ${views.get(parent)?.state ?? 'not there'}`]
    }),
}

/**
 * Of a route with one slot: when a task begins, none that goes before it may have been waiting as long ago as the run
 * before began. Those that ran before in vain come again whenever it is their turn: they are not asked about.
 */
function outOfTurn(boots) {
  const [waiting, ran, bad] = [new Set(), new Set(), []]
  const before = (a, b) => rankOf(a).priority - rankOf(b).priority || rankOf(b).number - rankOf(a).number
  for (const boot of boots) {
    let chosenFrom
    for (const { acked, run } of boot) {
      if (acked?.startsWith('line-') && !ran.has(acked)) waiting.add(acked)
      if (!run?.startsWith('line-')) continue
      const passed = [...(chosenFrom ?? [])].filter((id) => waiting.has(id) && before(id, run) > 0)
      if (passed.length > 0 && chosenFrom.has(run)) bad.push(`${run} was run and ${passed[0]} goes before it`)
      waiting.delete(run)
      ran.add(run)
      chosenFrom = new Set(waiting)
    }
  }
  return bad
}

/** `line-BOOT-N-PRIORITY`, made one after the other. */
function rankOf(id) {
  const [, boot, n, priority] = id.split('-').map(Number)
  return { priority, number: boot * 1_000_000 + n }
}

function owesFollowUp(view) {
  if (!view) return false
  if (/^(parent|breeder)-/.test(view.id)) return view.state === 'FINISHED'
  return view.id.startsWith('mourned-') && view.state === 'FAILED' && view.retryAt == null
}

function flaws(view) {
  const bad = []
  if (!STATES.includes(view.state)) bad.push(`the state ${view.state}`)
  if (view.history?.at(-1)?.state !== view.state) bad.push(`a history that ends ${view.history?.at(-1)?.state}`)
  if (view.state === 'FINISHED' && view.result === undefined) bad.push('no result')
  if (view.state === 'FAILED' && !view.error) bad.push('no error')
  if (view.state === 'TERMINATED' && !view.reason) bad.push('no reason')
  if (view.input === undefined) bad.push('no input')
  return bad.map((flaw) => `${view.id} (${view.state}) has ${flaw}`)
}

/** How each kind must end, whatever it was interrupted by. */
function unexpectedEnd(view) {
  const { id, state, reason, result } = view
  if (id.startsWith('mourned-')) return state === 'FAILED' ? [] : [`${id} must fail and is ${state}`]
  if (id.startsWith('once-') && state === 'TERMINATED')
    return reason === 'interrupted' ? [] : [`${id} has reason ${reason}`]
  if (state !== 'FINISHED') return [`${id} must finish and is ${state} ${reason ?? ''} ${view.error?.message ?? ''}`]
  if (result?.of !== id) return [`${id} has the result ${JSON.stringify(result)}`]
  if (id.startsWith('patience-') && view.attempt !== 1) return [`${id}, a machine, needed attempt ${view.attempt}`]
  return []
}
