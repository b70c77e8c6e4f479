/**
 * The supervision tree: the root actor plays machines/supervisor over the router, the manifest, the schedules, the flows,
 * the sweeper, the gates and one worker a route. They are ordinary XState actors, found by name in `runtime.system`;
 * their ports reach the tasks here.
 */
import { type Actor, createActor } from 'xstate'
import {
  type ChildSpec,
  type Intensity,
  manifestMachine,
  routerMachine,
  supervisorMachine,
  type WorkerContext,
  workerMachine,
} from '../../machines/index.js'
import type { Clock } from '../kernel/clock.js'
import { tell } from '../kernel/telemetry.js'
import { actorClock } from './actor-clock.js'
import type { Released } from './dispatch.js'
import type { Gates } from './gates/gates.js'
import type { Routes } from './routes.js'

export type RootActor = Actor<typeof supervisorMachine>

export interface SupervisionPorts {
  releaseDue(): Promise<Released>
  putBack(): Promise<Released>
  sweep(): Promise<Released>
  /** A page of those that waited for tasks which have ended. */
  releaseWaiting(): Promise<Released>
  tick(): Promise<Released>
  claim(route: string, count: number): void
  /** A part was started anew and has to learn what there is. */
  rebuild(part: string): void
  escalate(child: string, error: unknown): void
  /** The disk failed, which is no fault of the part that met it. */
  degraded(): boolean
}

interface Answering {
  getSnapshot(): { readonly status: string }
  send(event: { type: string; count?: number; more?: boolean; error?: unknown }): void
}

export function supervise(
  routes: Routes,
  gates: Gates,
  clock: Clock,
  intensity: Intensity,
  ports: SupervisionPorts,
): RootActor {
  const begun = new Set<string>()
  const rebuild = (part: string) => (begun.has(part) ? ports.rebuild(part) : void begun.add(part))
  const answer = (self: unknown, type: string, work: Promise<Released>) => {
    const actor = self as Answering
    // A page may outlast the runtime, since it ends with the commit that the stop waits for; or who asked for it has died.
    const tell = (event: Parameters<Answering['send']>[0]) => {
      if (!ports.degraded() && actor.getSnapshot().status === 'active') actor.send(event)
    }
    work.then(
      ({ count, more }) => tell({ type, count, more }),
      (error) => tell({ type: 'failed', error }),
    )
  }
  const die = (_: unknown, { error }: { error: unknown }) => {
    throw error
  }
  // Each sleeps until something is due, and takes it a page at a time while there is more.
  const pump = (name: string, page: () => Promise<Released>) =>
    routerMachine.provide({
      actions: {
        rebuild: () => rebuild(name),
        releaseDue: ({ self }) => answer(self, 'released', page()),
        die,
      },
    })
  const workers = [...routes.all()]
  const children: ChildSpec[] = [
    { id: 'router', src: 'router' },
    { id: 'manifest', src: 'manifest' },
    { id: 'schedules', src: 'schedules' },
    { id: 'flows', src: 'flows' },
    { id: 'sweeper', src: 'sweeper' },
    ...gates.specs,
    ...workers.map(({ name, options }) => ({
      id: `route:${name}`,
      src: 'worker',
      input: { route: name, concurrency: options.concurrency },
    })),
  ]
  const machine = supervisorMachine.provide({
    actors: {
      router: pump('router', ports.releaseDue),
      schedules: pump('schedules', ports.tick),
      flows: pump('flows', ports.releaseWaiting),
      sweeper: pump('sweeper', ports.sweep),
      manifest: manifestMachine.provide({
        actions: {
          rebuild: () => rebuild('manifest'),
          putBack: ({ self }) => answer(self, 'returned', ports.putBack()),
          die,
        },
      }),
      gate: gates.logic,
      worker: workerMachine.provide({
        actions: {
          rebuild: ({ context, self }) => {
            const { route } = context as WorkerContext
            routes.attach(route, self as never)
            rebuild(`route:${route}`)
          },
          claim: ({ context }, { count }) => ports.claim((context as WorkerContext).route, count),
          die,
        },
      }),
    } as never,
    actions: {
      announce: (_, { child, error }) => tell('supervisor.restarted', () => ({ child, error })),
      escalate: (_, { child, error }) => {
        tell('supervisor.escalated', () => ({ child, error }))
        ports.escalate(child, error)
      },
    },
  })
  return createActor(machine, {
    id: 'holdfast',
    systemId: 'holdfast',
    clock: actorClock(clock),
    input: { children, intensity },
  })
}
