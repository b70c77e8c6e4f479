/** Findings as lines: a sign, the check, what it says, and under it what to do. */
import { plain, type Terminal } from '../terminal.js'
import { counted } from '../words.js'
import type { Finding, Level } from './finding.js'

const SIGNS: Readonly<Record<Level, string>> = { ok: '✓', note: '•', warning: '!', fault: '✗' }
const WIDEST_LEVEL = 7
const WIDEST_CHECK = 6

/** A pipe gets words, a person signs. */
export function findingText(terminal: Terminal, { check, level, says, advice }: Finding): string {
  const { colors, interactive } = terminal
  const style = styles(terminal)[level]
  const sign = interactive ? SIGNS[level] : level.padEnd(WIDEST_LEVEL)
  const line = `${style(sign)} ${colors.dim(check.padEnd(WIDEST_CHECK))} ${plain(says)}`
  if (advice === undefined) return line
  const indent = ' '.repeat(sign.length + 1 + WIDEST_CHECK + 1)
  return `${line}\n${indent}${colors.dim(plain(advice))}`
}

/** The last line: the faults once more, or that there is none. */
export function summaryText(terminal: Terminal, findings: readonly Finding[]): string {
  const of = (level: Level) => findings.filter((each) => each.level === level)
  const [faults, warnings] = [of('fault'), of('warning')]
  const { fault, warning, ok } = styles(terminal)
  if (faults.length > 0) {
    const told = faults.map(({ check, says }) => `${check}: ${plain(says)}`).join('; ')
    return fault(`${counted(faults.length, 'fault')}: ${told}`)
  }
  if (warnings.length > 0) return warning(`no faults, ${counted(warnings.length, 'warning')}`)
  return ok('all is well')
}

function styles({ colors }: Terminal): Readonly<Record<Level, (text: string) => string>> {
  return { ok: colors.green, note: colors.cyan, warning: colors.yellow, fault: colors.red }
}
