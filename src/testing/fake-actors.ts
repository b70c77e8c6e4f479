/** Definitions with fakes in them: named actors of a machine, or the processor of a kind. */
import { AssertionError } from 'node:assert'
import { type AnyActorRef, type AnyStateMachine, type AnyStateNode, fromPromise } from 'xstate'
import { isMachine } from '../kernel/durable.js'
import type { AnyDefinition, Definition, RunningTask } from '../runtime/define.js'
import { kindSettings } from '../runtime/kind-settings.js'
import { type MachineMaker, madeMachine } from '../runtime/machine-maker.js'
import { Fake, type FakeOutcome } from './fake.js'

/** A definition with fakes, and the fakes by the names of what they stand for. */
export interface Faked<Task, Name extends string> {
  readonly task: Task
  readonly fakes: Readonly<Record<Name, Fake>>
}

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
  const { machine, kind } = definition as Definition
  if (!machine) throw new AssertionError({ message: `'${kind}' is not played by a machine: fake it with fakeRun().` })
  const there = namesIn(machineByDefault(definition as Definition) as AnyStateMachine)
  const fakes = {} as Record<Name, Fake>
  for (const [name, outcome] of Object.entries(outcomes) as [Name, FakeOutcome][]) {
    if (!there.has(name)) {
      const message = `The machine of '${kind}' has no actor '${name}'. It has: ${[...there].join(', ') || 'none'}.`
      throw new AssertionError({ message })
    }
    fakes[name] = new Fake(name, outcome)
  }
  const faked: MachineMaker<AnyStateMachine> | AnyStateMachine =
    typeof machine === 'function' ? (given) => withFakes(machine(given), fakes) : withFakes(machine, fakes)
  const task = { ...definition, machine: faked }
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
  const run = ({ id, input, signal }: RunningTask) => fake.ask({ task: id, input, signal, key: id })
  const { remote: _, machine: __, module: ___, recover: ____, ...kept } = definition as Definition
  const { isolate: _____, ...options } = kept.options as { isolate?: unknown }
  const task = { ...kept, options, machine: undefined, module: undefined, recover: undefined, run } as unknown as Task
  fakesIn.set(task, [fake])
  return { task, fake }
}

/** The machine of a kind; one that its settings make is made with their defaults. */
export function machineByDefault({ machine, kind, options }: Definition): AnyStateMachine | undefined {
  const settings = kindSettings(options.settings, kind, kind)
  return madeMachine(machine, () => settings.now, kind)
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
    actors[fake.name] = fromPromise(({ input, self, signal }) =>
      fake.ask({ task: taskOf(self as unknown as Child), actor: self.id, input, signal }),
    )
  }
  return machine.provide({ actors } as never)
}

type Child = AnyActorRef & { readonly _parent?: Child }

/** The root of the actors of a task has its id. */
function taskOf(actor: Child): string {
  return actor._parent?.id === undefined ? actor.id : taskOf(actor._parent)
}
