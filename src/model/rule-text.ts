/**
 * The text of a rule, RFC 5545: lines of DTSTART, RRULE, EXDATE and RDATE, or the value of an RRULE alone. It is read
 * strictly, part by part, because a part that is misspelt and skipped is a schedule that fires at other times.
 */
import { shown } from './errors.js'
import type { RuleParts } from './rule-parts.js'
import { ruleParts, wrong } from './rule-parts.js'

const LONGEST_TEXT = 32_768
const MOST_DATES = 1_000

/** A DATE or DATE-TIME: what the clock shows, in milliseconds as Date.UTC counts. */
export interface Moment {
  readonly ms: number
  /** `utc`: with a Z. `local`: on the clock of `zone`, or else of the rule. `date`: a whole day. */
  readonly form: 'utc' | 'local' | 'date'
  readonly zone?: string
}

export interface RuleText {
  readonly parts: RuleParts
  readonly until?: Moment
  readonly start?: Moment
  readonly except: readonly Moment[]
  readonly extra: readonly Moment[]
}

/** @throws ERR_INVALID_SCHEDULE naming the line and part */
export function ruleText(text: string): RuleText {
  if (typeof text !== 'string' || text.trim() === '') throw wrong(`${shown(text)} is not a rule`)
  if (text.length > LONGEST_TEXT) throw wrong(`the text is longer than ${LONGEST_TEXT} characters`)
  const rules: string[] = []
  const starts: Moment[] = []
  const except: Moment[] = []
  const extra: Moment[] = []
  // A line that begins with a blank goes on with the one before (3.1).
  for (const line of text.replace(/\r?\n[ \t]/g, '').split(/\r?\n/)) {
    if (line.trim() === '') continue
    const { name, params, value } = property(line)
    if (name === 'RRULE') rules.push(value)
    else if (name === 'DTSTART') starts.push(moment(value, params, name))
    else if (name === 'EXDATE') except.push(...moments(value, params, name))
    else if (name === 'RDATE') extra.push(...moments(value, params, name))
    else throw wrong(`unknown line ${shown(name)}`, 'Known lines: DTSTART, RRULE, EXDATE, RDATE.')
  }
  if (rules.length !== 1) throw wrong(`expected one RRULE, found ${rules.length}`)
  if (starts.length > 1) throw wrong(`expected one DTSTART, found ${starts.length}`)
  if (except.length + extra.length > MOST_DATES) {
    throw wrong(`${except.length + extra.length} dates in EXDATE and RDATE are more than ${MOST_DATES}`)
  }
  const { until, ...parts } = ruleParts(rules[0] as string)
  return {
    parts,
    ...(until === undefined ? {} : { until: moment(until, '', 'UNTIL') }),
    ...(starts[0] ? { start: starts[0] } : {}),
    except,
    extra,
  }
}

function property(line: string): { name: string; params: string; value: string } {
  const [, name, params, value] = /^([A-Za-z-]+)((?:;[^:]*)?):(.*)$/.exec(line) ?? []
  if (name === undefined) return { name: 'RRULE', params: '', value: line.trim() }
  return { name: name.toUpperCase(), params: params as string, value: (value as string).trim() }
}

function moments(value: string, params: string, name: string): Moment[] {
  return value.split(',', MOST_DATES + 1).map((one) => moment(one, params, name))
}

const MOMENT = /^(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?$/

function moment(value: string, params: string, name: string): Moment {
  let zone: string | undefined
  for (const param of params.split(';').slice(1)) {
    const [, key, of] = /^([A-Za-z]+)=(.*)$/.exec(param) ?? []
    if (key?.toUpperCase() === 'TZID') zone = of
    else if (key?.toUpperCase() !== 'VALUE' || !/^DATE(-TIME)?$/i.test(of ?? '')) {
      throw wrong(`${name}: ${shown(param)} is not known`, `${name} takes TZID=zone, VALUE=DATE and VALUE=DATE-TIME.`)
    }
  }
  const [, year, month, day, hour, minute, second, utc] = MOMENT.exec(value.trim().toUpperCase()) ?? []
  const ms = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour ?? 0),
    Number(minute ?? 0),
    Number(second ?? 0),
  )
  const same = `${year}-${month}-${day}T${hour ?? '00'}:${minute ?? '00'}:${second ?? '00'}.000Z`
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== same || Number(year) < 1900) {
    throw wrong(
      `${name}: ${shown(value)} is not a point in time`,
      'As in 20260105T090000, 20260105T080000Z or 20260105.',
    )
  }
  if (utc === 'Z') return { ms, form: 'utc' }
  return { ms, form: hour === undefined ? 'date' : 'local', ...(zone === undefined ? {} : { zone }) }
}
