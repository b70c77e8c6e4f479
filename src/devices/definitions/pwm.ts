/** An output by pulse width. */
import { dimmerMachine } from '../../../machines/index.js'
import type { CheckedDevice } from '../definition.js'
import { ANY, type AnyBindings, type Bound, bindingsOf } from './bound.js'
import { FLOOD_LIMIT } from './line.js'
import { Sheet } from './sheet.js'

export interface PwmOptions extends AnyBindings {
  /** The device of the PWM chip, `'1f00098000.pwm'`. Default: the only one that there is. */
  readonly chip?: string
  /** The channel of the chip. */
  readonly channel: number
  /** In Hertz, 1 to 1,000,000. Default 1,000. */
  readonly frequency?: number
  /** Low is on. */
  readonly activeLow?: boolean
  /** What it is at a start: off (default), on at its latest duty, what it was, or whatever the chip drives. */
  readonly initial?: 'off' | 'on' | 'restore' | 'as-is'
  /** A clean stop leaves it off (`safe`, the default), or as it is. */
  readonly onStop?: 'safe' | 'keep'
  readonly onOn?: Bound
  readonly onOff?: Bound
}

export type PwmDefinition = PwmOptions & { readonly type: 'pwm' }

const BINDINGS = ['onOn', 'onOff', ...ANY]
const OPTIONS = ['chip', 'channel', 'frequency', 'activeLow', 'initial', 'onStop', ...BINDINGS]

/**
 * A dimmed lamp, a fan: a duty of 0 to 1, and fades between. It is checked by createRuntime.
 * @example devices: { lamp: pwm({ channel: 0, frequency: 2_000, initial: 'restore' }) }
 */
export function pwm(options: PwmOptions): PwmDefinition {
  return { ...options, type: 'pwm' }
}

/** @throws ERR_INVALID_DEVICE */
export function checkPwm(name: string, given: PwmDefinition): CheckedDevice {
  const sheet = new Sheet(name, given, OPTIONS)
  const chip = sheet.text('chip', 128)
  const options = {
    initial: sheet.oneOf('initial', ['off', 'on', 'restore', 'as-is'], 'off'),
    onStop: sheet.oneOf('onStop', ['safe', 'keep'], 'safe'),
  }
  const dial = {
    dial: 'pwm',
    ...(chip === undefined ? {} : { chip }),
    channel: sheet.whole('channel', undefined, { least: 0, most: 255 }),
    periodNs: Math.round(1e9 / sheet.number('frequency', 1_000, { least: 1, most: 1_000_000 })),
    inverted: sheet.flag('activeLow', false),
  } as const
  const bindings = bindingsOf(sheet, BINDINGS)
  return { type: 'pwm', machine: dimmerMachine, options, dial, bindings, optional: true, floodLimit: FLOOD_LIMIT }
}
