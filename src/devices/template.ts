/** Templates of tasks whose inputs may be functions of what happened: a task's own, and those of its follow-ups. */
import type { DeviceNews } from '../runtime/devices.js'

type InputOf = (news: DeviceNews) => unknown

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The template with what `made` gives in the place of each function; what is no template is left to its own check. */
export function withInputs<Template>(template: Template, made: (input: InputOf) => unknown): Template {
  if (!isObject(template)) return template
  const { input } = template
  const followUps = (['onSuccess', 'onFailure'] as const).filter((option) => template[option] !== undefined)
  return {
    ...template,
    ...(typeof input === 'function' ? { input: made(input as InputOf) } : {}),
    ...Object.fromEntries(followUps.map((option) => [option, each(template[option], made)])),
  }
}

const each = (given: unknown, made: (input: InputOf) => unknown): unknown =>
  Array.isArray(given) ? given.map((one) => withInputs(one, made)) : withInputs(given, made)
