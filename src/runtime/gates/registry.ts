/** The gates of the options by name, with those that are parts of others; wrong ones are refused here. */
import { HoldfastError } from '../../model/errors.js'
import { checkName, invalid, onlyKnown } from '../checks.js'
import { GateDefinition } from './condition.js'

export interface NamedGate {
  readonly name: string
  readonly definition: GateDefinition
  /** The names of the gates it is made of. */
  readonly parts: readonly string[]
}

/** More than this many are a mistake: each is an actor. */
const MOST = 1_000

/**
 * Every gate by name; a part without a name of its own is called NAME/1, NAME/2 after the gate it is part of.
 * @throws ERR_INVALID_OPTION, ERR_INVALID_ID
 */
export function gateRegistry(given: Readonly<Record<string, GateDefinition>> = {}): ReadonlyMap<string, NamedGate> {
  onlyKnown(given, Object.keys(given), 'gates')
  const gates = new Map<string, NamedGate>()
  const add = (name: string, definition: GateDefinition): void => {
    if (!(definition instanceof GateDefinition)) {
      throw invalid(`gates.${name}`, 'what online(), file(), gate() and the like return', definition)
    }
    if (gates.has(name)) throw new HoldfastError('ERR_INVALID_OPTION', `gates: two gates are named '${name}'`)
    if (gates.size >= MOST) throw invalid('gates', `at most ${MOST} gates`, Object.keys(given).length)
    const parts = definition.parts.map((part, i) => (typeof part === 'string' ? part : `${name}/${i + 1}`))
    gates.set(name, { name, definition, parts })
    for (const [i, part] of definition.parts.entries()) if (typeof part !== 'string') add(`${name}/${i + 1}`, part)
  }
  for (const [name, definition] of Object.entries(given)) add(checkName(name, 'gates'), definition)
  for (const { name, parts } of gates.values()) known(gates, parts, `gates.${name}`)
  const clear = new Set<string>()
  for (const name of gates.keys()) refuseCircle(gates, name, [], clear)
  return gates
}

/** @throws ERR_INVALID_OPTION naming the gate that is not there */
export function known(gates: ReadonlyMap<string, NamedGate>, names: readonly string[], where: string): void {
  for (const name of names) {
    if (gates.has(name)) continue
    throw new HoldfastError('ERR_INVALID_OPTION', `${where}: there is no gate '${name}'`, {
      hint: `Gates: ${[...gates.keys()].join(', ') || 'none'}. Name it in the option \`gates\` of createRuntime.`,
    })
  }
}

/** Those in `clear` lead to no circle: each is looked at once. */
function refuseCircle(
  gates: ReadonlyMap<string, NamedGate>,
  name: string,
  path: readonly string[],
  clear: Set<string>,
): void {
  if (clear.has(name)) return
  const circle = [...path, name]
  if (path.includes(name)) {
    const text = circle.slice(path.indexOf(name)).join(' → ')
    throw new HoldfastError('ERR_INVALID_OPTION', `gates.${name}: a gate cannot be part of itself: ${text}`)
  }
  for (const part of gates.get(name)?.parts ?? []) refuseCircle(gates, part, circle, clear)
  clear.add(name)
}
