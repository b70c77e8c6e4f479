/** Definitions with fakes in them: named actors of a machine, or the processor of a kind. */
import { AssertionError } from 'node:assert'
import { type AnyActorLogic, type AnyActorRef, type AnyStateMachine, type AnyStateNode, fromPromise } from 'xstate'
import { isExternal, isMachine } from '../kernel/durable.js'
import type { AnyDefinition, Definition } from '../runtime/define.js'
import { type MachineGiven, type MachineMaker, madeMachine } from '../runtime/machine-maker.js'
import type { RunningTask } from '../runtime/running-task.js'
import { Fake, type FakeOutcome } from './fake.js'

/** A definition with fakes, and the fakes by the names of what they stand for. */
export interface Faked<Task, Name extends string> {
  readonly task: Task
  readonly fakes: Readonly<Record<Name, Fake>>
}

type Played = AnyStateMachine | MachineMaker<AnyStateMachine>

const fakesIn = new WeakMap<object, readonly Fake[]>()

/** The fakes of a definition. */
export function fakesOf(definition: AnyDefinition): readonly Fake[] {
  return fakesIn.get(definition) ?? []
}

/**
 * The same kind with named actors of its machine, and of the machines it invokes, replaced. A fake is a promise,
 * whatever it stands for.
 * @throws AssertionError when the machine has no actor of such a name
 * @example
 * const { task, fakes } = fakeActors(visit, { takePicture: waits, ring: new Error('the bell fell down') })
 * const board = await testRuntime({ tasks: [task] })
 * fakes.takePicture.resolve('front.jpg')
 */
export function fakeActors<Task extends AnyDefinition, Name extends string>(
  definition: Task,
  outcomes: Readonly<Record<Name, FakeOutcome>>,
): Faked<Task, Name> {
  const { machine, versions, kind, options } = definition as Definition
  const machines = versions?.map((each) => each.machine) ?? (machine ? [machine] : [])
  if (machines.length === 0)
    throw new AssertionError({ message: `'${kind}' is not played by a machine: fake it with fakeRun().` })
  const there = new Set<string>()
  for (const each of machines)
    namesIn(madeMachine(each, () => options.settings?.defaults ?? {}, `task '${kind}'`) as AnyStateMachine, there)
  const fakes = {} as Record<Name, Fake>
  for (const [name, outcome] of Object.entries(outcomes) as [Name, FakeOutcome][]) {
    if (!there.has(name)) {
      const message = `The machine of '${kind}' has no actor '${name}'. It has: ${[...there].join(', ') || 'none'}.`
      throw new AssertionError({ message })
    }
    fakes[name] = new Fake(name, outcome)
  }
  const faked = (each: Played) =>
    typeof each === 'function' ? (given: MachineGiven) => withFakes(each(given), fakes) : withFakes(each, fakes)
  const played = {
    ...(machine ? { machine: faked(machine) } : {}),
    ...(versions ? { versions: versions.map((each) => ({ ...each, machine: faked(each.machine) })) } : {}),
  }
  const task = { ...definition, ...played } as Task
  fakesIn.set(task, [...fakesOf(definition), ...(Object.values(fakes) as Fake[])])
  return { task, fakes }
}

/**
 * The same kind with a fake for its processor: for tests of what is around it. Kinds with a `module` or a machine, and
 * remote ones, become functions.
 * @example const { task, fake } = fakeRun(upload, { etag: 'abc' })
 */
export function fakeRun<Task extends AnyDefinition>(
  definition: Task,
  outcome?: FakeOutcome,
): { readonly task: Task; readonly fake: Fake } {
  const fake = new Fake(definition.kind, outcome)
  const run = ({ id, input, signal }: RunningTask) => fake.ask({ task: id, input, signal, own: id })
  const { remote: _, machine: __, module: ___, recover: ____, versions: _____, ...kept } = definition as Definition
  const { isolate: ______, migrate: _______, ...options } = kept.options as { isolate?: unknown; migrate?: unknown }
  const task = { ...kept, options, machine: undefined, module: undefined, recover: undefined, run } as unknown as Task
  fakesIn.set(task, [fake])
  return { task, fake }
}

/** The names of actors that a machine and the machines below it know or invoke. */
function namesIn(machine: AnyStateMachine, names = new Set<string>()): Set<string> {
  for (const name of invokedBelow(machine.root)) names.add(name)
  for (const [name, logic] of Object.entries(machine.implementations.actors)) {
    names.add(name)
    if (isMachine(logic)) namesIn(logic, names)
  }
  return names
}

function invokedBelow(node: AnyStateNode): string[] {
  const own = node.invoke.flatMap(({ src }) => (typeof src === 'string' && !src.startsWith('xstate.') ? [src] : []))
  return [...own, ...Object.values(node.states).flatMap((child) => invokedBelow(child as AnyStateNode))]
}

function withFakes(machine: AnyStateMachine, fakes: Readonly<Record<string, Fake>>): AnyStateMachine {
  const actors: Record<string, unknown> = {}
  for (const [name, logic] of Object.entries(machine.implementations.actors)) {
    if (isMachine(logic)) actors[name] = withFakes(logic, fakes)
  }
  for (const fake of Object.values(fakes)) {
    actors[fake.name] = standIn(fake, machine.implementations.actors[fake.name] as AnyActorLogic | undefined)
  }
  return machine.provide({ actors } as never)
}

interface Kept {
  readonly key?: string
}

/** What has a key of its own for each invocation, as the ready-made actors have, keeps it. */
function standIn(fake: Fake, original: AnyActorLogic | undefined): AnyActorLogic {
  const logic = fromPromise(({ input, self, signal }) => {
    const task = taskOf(self as unknown as Child)
    const { key } = self.getSnapshot() as unknown as Kept
    return fake.ask({ task, actor: self.id, input, signal, ...(key === undefined ? {} : { own: `${task}.${key}` }) })
  })
  if (!original || !isExternal(original)) return logic
  return Object.create(logic, {
    getInitialSnapshot: {
      value: (...given: Parameters<AnyActorLogic['getInitialSnapshot']>) => {
        const { key } = original.getInitialSnapshot(...given) as Kept
        return { ...logic.getInitialSnapshot(...(given as [never, never])), ...(key === undefined ? {} : { key }) }
      },
    },
  })
}

type Child = AnyActorRef & { readonly _parent?: Child }

/** The root of the actors of a task has its id. */
function taskOf(actor: Child): string {
  return actor._parent?.id === undefined ? actor.id : taskOf(actor._parent)
}
