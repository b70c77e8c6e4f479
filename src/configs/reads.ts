/** What expressions read that is not there: a setting without a default, a member of the context that nobody sets. */
import { nearest } from '../model/nearest.js'
import type { Read } from './data.js'
import type { Findings } from './finding.js'
import { membersOf } from './targets.js'

type Members = Readonly<Record<string, unknown>>

export function checkReads(
  file: Members,
  reads: readonly Read[],
  assigned: ReadonlySet<string>,
  keepsInput: boolean,
  findings: Findings,
): void {
  const { defaults, schema } = membersOf(file.settings)
  const { context } = membersOf(file.machine)
  const known: Readonly<Record<string, readonly string[] | undefined>> = {
    settings: [...Object.keys(membersOf(defaults)), ...propertiesOf(schema)],
    // One that an expression makes as a whole is not known before.
    context: Object.hasOwn(membersOf(context), '$')
      ? undefined
      : [...Object.keys(membersOf(context)), ...assigned, ...(keepsInput ? ['input'] : [])],
    input: membersOf(file.input).additionalProperties === false ? propertiesOf(file.input) : undefined,
  }
  for (const { at, root, member } of reads) {
    const names = known[root]
    if (member === undefined || names === undefined || names.includes(member)) continue
    const near = nearest(member, names)
    const hint = near === undefined ? WHERE[root] : `Did you mean '${root}.${near}'?`
    findings.error([...at, '$'], `reads '${root}.${member}', which is not there`, hint)
  }
}

const WHERE: Readonly<Record<string, string>> = {
  settings: 'Give it a default in `settings.defaults`.',
  context: 'Begin with it in `machine.context`, if it be null.',
  input: 'Name it in `input.properties`.',
}

function propertiesOf(schema: unknown): string[] {
  return Object.keys(membersOf(membersOf(schema).properties))
}
