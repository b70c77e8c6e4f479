/**
 * A standard actor: logic with a name, and the JSON Schema of its input. What it does to the world is a promise that is
 * called again after a restart; so each invocation has a key, which is kept with its snapshot and outlives the process.
 */
import { customAlphabet } from 'nanoid'
import { type AnyActorLogic, fromPromise } from 'xstate'
import { type MachineServices, servicesOf } from '../runtime/machine-services.js'
import { accepted, type JsonSchema } from './input.js'

/** Actor logic for `setup({ actors })` or a machine in JSON, and what its input has to look like. */
export interface StandardActor {
  readonly logic: AnyActorLogic
  readonly input: JsonSchema
}

/** One invocation, as the work of an actor sees it. */
export interface Call<Input> {
  readonly input: Input
  /** The same when a restart calls it again; another one for each other invocation. */
  readonly key: string
  /** Aborted when the state is left, the task stopped, or the runtime closed. */
  readonly signal: AbortSignal
  readonly services: MachineServices
  /** Ends the invocation at once, within the step that is being made. */
  end(output: unknown): void
  /** It has not ended and was not stopped. */
  active(): boolean
}

type Creator = Parameters<typeof fromPromise>[0]
interface Kept {
  readonly key: string
}

const freshKey = customAlphabet('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', 22)
/** XState does not export this event's type; the contract tests hold it still. */
const RESOLVE = 'xstate.promise.resolve'

/** An actor that does some work and ends with what it gives. @throws ERR_INVALID_INPUT as its error */
export function actor<Input>(schema: JsonSchema, work: (call: Call<Input>) => unknown): StandardActor {
  const creator: Creator = async ({ input, self, system, signal }) => {
    const services = servicesOf(system)
    const { key } = self.getSnapshot() as unknown as Kept
    const relay = (system as unknown as { _relay(from: unknown, to: unknown, event: object): void })._relay.bind(system)
    return work({
      input: accepted<Input>(schema, input),
      key: `${services.task}.${key}`,
      signal,
      services,
      end: (output) => relay(self, self, { type: RESOLVE, data: output }),
      active: () => self.getSnapshot().status === 'active',
    })
  }
  return { logic: keyed(fromPromise(creator)), input: schema }
}

/** The key is made with the first snapshot, so it is on disk before anything starts. */
function keyed(logic: AnyActorLogic): AnyActorLogic {
  return Object.create(logic, {
    getInitialSnapshot: {
      value: (...given: Parameters<AnyActorLogic['getInitialSnapshot']>) => ({
        ...logic.getInitialSnapshot(...given),
        key: freshKey(),
      }),
    },
  })
}
