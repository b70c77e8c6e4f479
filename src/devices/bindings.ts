/** Bindings: the tasks that a device makes by what happens to it. */
import { instantMs } from '../model/duration.js'
import { HoldfastError } from '../model/errors.js'
import type { DeviceNews } from '../runtime/devices.js'
import type { Draft } from '../runtime/draft.js'
import type { PartDesk } from '../runtime/part-desk.js'
import type { ScheduledTask } from '../runtime/schedule.js'
import { withInputs } from './template.js'

/** A task template; inputs may be functions of what happened, and its own is what happened where it is left out. */
export interface BoundTask extends Omit<ScheduledTask, 'input'> {
  readonly input?: unknown
}

export interface Binding {
  /** As users write it, `onOpen`. */
  readonly option: string
  readonly tasks: readonly BoundTask[]
}

/** Words for more than one kind of news. */
const GENERAL: Readonly<Record<string, (news: DeviceNews) => boolean>> = {
  onRise: ({ edge }) => edge === 'rise',
  onFall: ({ edge }) => edge === 'fall',
  onChange: ({ edge }) => edge !== undefined,
}

export class Bindings {
  readonly #bindings: readonly Binding[]
  readonly #desk: PartDesk

  constructor(bindings: readonly Binding[], desk: PartDesk) {
    this.#bindings = bindings
    this.#desk = desk
  }

  /** Checks that all of them could be made. `where` names the device. @throws ERR_INVALID_DEVICE */
  async check(where: string): Promise<void> {
    for (const { option, tasks } of this.#bindings) {
      for (const task of tasks) {
        // What the input will be nobody knows yet: its schema has its say when it is there.
        const unknown = { ...withInputs(task, () => null), input: null }
        const drafted = this.#refusal(() => this.#desk.draft(unknown as ScheduledTask, {}))
        const error = await drafted
        if (!error || error.code === 'ERR_INVALID_INPUT') continue
        throw new HoldfastError('ERR_INVALID_DEVICE', `${where}.${option}: ${error.message}`, {
          hint: error.hint,
          cause: error,
        })
      }
    }
  }

  /** True when something of this makes a task. */
  bound(news: readonly DeviceNews[]): boolean {
    return news.some((each) => this.#bindings.some((binding) => matches(binding, each)))
  }

  /** The tasks of what happened; what cannot be made of them is told to `refused`. */
  async drafts(news: readonly DeviceNews[], refused: (error: unknown) => void): Promise<Draft[]> {
    const drafts: Draft[] = []
    for (const each of news) {
      const device = { id: each.device, event: each.type, at: instantMs(each.at, 'at') }
      for (const binding of this.#bindings) {
        if (!matches(binding, each)) continue
        for (const task of binding.tasks) {
          try {
            const { input = each, ...options } = withInputs(task, (made) => made(each) ?? null)
            drafts.push(await this.#desk.draft({ ...options, input } as ScheduledTask, { device }))
          } catch (error) {
            refused(error)
          }
        }
      }
    }
    return drafts
  }

  async #refusal(make: () => unknown): Promise<HoldfastError | undefined> {
    try {
      await make()
      return undefined
    } catch (error) {
      return error instanceof HoldfastError ? error : new HoldfastError('ERR_INVALID_DEVICE', String(error))
    }
  }
}

function matches({ option }: Binding, news: DeviceNews): boolean {
  const general = GENERAL[option]
  if (general?.(news)) return true
  return option.slice(2).toLowerCase() === news.type.toLowerCase()
}
