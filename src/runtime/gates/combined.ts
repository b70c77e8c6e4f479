/** Gates made of gates. Each part is a gate of its own, asked while the whole is needed; a part closes in its own time. */
import { invalid } from '../checks.js'
import { type Condition, type ConditionHost, GateDefinition, type PartState, policyOf } from './condition.js'

type Part = string | GateDefinition
type Decide = (parts: readonly (PartState & { readonly name: string })[]) => boolean | undefined

/**
 * Open while all of its parts are: names of other gates, or definitions.
 * @throws ERR_INVALID_OPTION
 * @example gates: { online: online({ host }), ready: every('online', diskFree({ atLeast: '10%' })) }
 */
export function every(...parts: readonly Part[]): GateDefinition {
  return combined('every', parts, (states) =>
    states.some(({ open }) => open === false) ? false : states.every(({ open }) => open) || undefined,
  )
}

/** Open while at least one of its parts is. @throws ERR_INVALID_OPTION */
export function any(...parts: readonly Part[]): GateDefinition {
  return combined('any', parts, (states) =>
    states.some(({ open }) => open) ? true : states.every(({ open }) => open === false) ? false : undefined,
  )
}

function combined(name: string, parts: readonly Part[], decide: Decide): GateDefinition {
  if (parts.length === 0) throw invalid(name, 'gates or names of gates', parts)
  for (const part of parts) {
    if (typeof part !== 'string' && !(part instanceof GateDefinition))
      throw invalid(name, 'gates or names of gates', part)
  }
  return new GateDefinition(policyOf({}, name), (host, names) => conditionOf(host, names, decide), parts)
}

function conditionOf(host: ConditionHost, names: readonly string[], decide: Decide): Condition {
  return {
    ask: () => {
      const states = names.map((name) => ({ name, ...host.part(name) }))
      const open = decide(states)
      if (open === undefined) return undefined
      const closed = states.filter((part) => part.open === false)
      const reason = closed.map((part) => `${part.name}: ${part.reason ?? 'closed'}`).join('; ')
      return open ? { open, lasting: true } : { open, lasting: true, reason }
    },
  }
}
