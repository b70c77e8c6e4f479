/** What would become of stored tasks: a row a version, then the reasons of what would be set aside. */
import type { CheckedVersion, MachineCheck } from '../index.js'
import { table } from './table.js'
import { plain, type Terminal } from './terminal.js'

export function checkText(terminal: Terminal, { versions, aside }: MachineCheck): string {
  const { colors } = terminal
  const counted = (of: (row: CheckedVersion) => number) => ({
    of: (row: CheckedVersion) => of(row) || undefined,
    align: 'right' as const,
  })
  const rows = table(terminal, versions, [
    { title: 'KIND', of: ({ kind }) => kind, least: 8 },
    { title: 'VERSION', of: ({ version }) => version, align: 'right' },
    { title: 'AS THEY ARE', ...counted(({ same }) => same) },
    { title: 'MIGRATED', ...counted(({ migrated }) => migrated) },
    { title: 'SET ASIDE', ...counted(({ quarantined }) => quarantined), style: (text) => colors.red(text) },
  ])
  const reasons = versions.flatMap(({ reasons }) =>
    reasons.map(({ id, code, reason }) => `${colors.red('✗')} ${plain(id)}: ${plain(reason)} ${colors.dim(code)}`),
  )
  const { back, stay } = aside
  return [
    versions.length === 0 ? 'no task waits or runs' : rows,
    ...reasons,
    ...(back + stay === 0 ? [] : [`in quarantine: ${back} would come back with a retry, ${stay} would not`]),
  ].join('\n')
}
