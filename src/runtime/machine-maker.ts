/** A machine that sees the settings of its kind: a function makes it, once, when the kind is registered. */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { AnyStateMachine, InputFrom } from 'xstate'
import { HoldfastError, shown } from '../model/errors.js'
import type { CommonDefinition, SettingsOf, SettingsOptions } from './define.js'
import type { Migrations } from './versions.js'

/** What a maker of a machine is given. */
export interface MachineGiven<Settings = Readonly<Record<string, unknown>>> {
  /** The settings in force when it is called, frozen: call it in guards, actions, delays and inputs, not before. */
  settings(): Settings
}

export type MachineMaker<Machine extends AnyStateMachine, Settings = Readonly<Record<string, unknown>>> = (
  given: MachineGiven<Settings>,
) => Machine

/** A task played by a machine: it starts when the task enters RUNNING, its output is the result. */
export interface MachineDefinition<
  Kind extends string,
  Machine extends AnyStateMachine,
  Settings extends SettingsOptions = SettingsOptions,
> extends CommonDefinition<Kind, InputFrom<Machine>, Settings> {
  readonly input?: StandardSchemaV1
  /** A function is called once, with a live view of the settings. */
  readonly machine: Machine | MachineMaker<Machine, SettingsOf<Settings>>
  readonly migrate?: Migrations
}

/** The machine of a definition, made if it has to be. @throws ERR_INVALID_MACHINE when its maker throws */
export function madeMachine(
  machine: AnyStateMachine | MachineMaker<AnyStateMachine> | undefined,
  settings: () => object,
  where: string,
): AnyStateMachine | undefined {
  if (typeof machine !== 'function') return machine
  try {
    return machine({ settings: settings as () => Readonly<Record<string, unknown>> })
  } catch (cause) {
    if (cause instanceof HoldfastError) throw cause
    throw new HoldfastError('ERR_INVALID_MACHINE', `${where}: machine: its function threw: ${shown(cause)}`, {
      hint: 'It is called once, when the kind is registered; settings() belongs into guards, actions and delays.',
      cause,
    })
  }
}
