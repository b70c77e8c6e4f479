/** One-for-one supervision: who is started anew, how often, and what happens then. */
import { beforeEach, describe, expect, test } from 'vitest'
import { type Actor, type AnyActorRef, createActor, fromCallback, SimulatedClock } from 'xstate'
import { supervisorMachine } from '../../machines/index.js'

const INTENSITY = { restarts: 2, withinMs: 60_000 }

/** Which children were started and stopped, and which ports were called, in order. */
let seen: string[]
let clock: SimulatedClock
let supervisor: Actor<typeof supervisorMachine>

const part = fromCallback<{ type: 'die' | 'end' | 'dieOnStop' }, { name: string }>(
  ({ input: { name }, receive, self }) => {
    seen.push(`${name} starts`)
    let last = () => {}
    receive(({ type }) => {
      if (type === 'die') throw new Error(`${name} is gone`)
      if (type === 'dieOnStop') last = () => supervisor.send(died(self.id))
    })
    return () => {
      seen.push(`${name} stops`)
      last()
    }
  },
)

const logic = supervisorMachine.provide({
  actors: { part },
  actions: {
    announce: (_, { child, error }) => void seen.push(`announce ${child}: ${(error as Error).message}`),
    escalate: (_, { child, error }) => void seen.push(`escalate ${child}: ${(error as Error).message}`),
  },
} as Parameters<typeof supervisorMachine.provide>[0])

/** What a child that dies of itself leaves in its supervisor's mailbox. */
const died = (child: string) =>
  ({ type: `xstate.error.actor.${child}`, actorId: child, error: new Error('gone') }) as never

const child = (id: string) => supervisor.system.get(id) as AnyActorRef
const kill = (id: string) => child(id).send({ type: 'die' })
const context = () => supervisor.getSnapshot().context

beforeEach(() => {
  seen = []
  clock = new SimulatedClock()
  const children = ['router', 'manifest', 'route:network'].map((id) => ({ id, src: 'part', input: { name: id } }))
  supervisor = createActor(logic, { clock, input: { children, intensity: INTENSITY } }).start()
})

describe('one for one', () => {
  test('its children are found in the system by their ids', () => {
    expect(seen).toEqual(['router starts', 'manifest starts', 'route:network starts'])
    for (const id of ['router', 'manifest', 'route:network']) expect(child(id).getSnapshot().status).toBe('active')
  })

  test('a child that dies is started anew, alone', () => {
    const before = { router: child('router'), manifest: child('manifest'), route: child('route:network') }
    seen = []
    kill('manifest')
    expect(child('manifest')).not.toBe(before.manifest)
    expect(child('manifest').getSnapshot().status).toBe('active')
    expect([child('router'), child('route:network')]).toEqual([before.router, before.route])
    expect(child('router')).toBe(before.router)
    // The system has the new child when its start is announced; it begins when the step is over.
    expect(seen).toEqual(['announce manifest: manifest is gone', 'manifest starts'])
  })

  test('the new child works and can die again', () => {
    kill('route:network')
    kill('route:network')
    expect(child('route:network').getSnapshot().status).toBe('active')
    expect(context()).toMatchObject({ restarts: 2, restarted: 2, fault: { child: 'route:network' } })
  })
})

describe('restart intensity', () => {
  test('a restart beyond it escalates: every child is stopped and nobody is started', () => {
    kill('router')
    kill('manifest')
    seen = []
    kill('route:network')
    expect(supervisor.getSnapshot().value).toBe('escalated')
    expect(seen).toEqual(['escalate route:network: route:network is gone', 'router stops', 'manifest stops'])
    for (const id of ['router', 'manifest', 'route:network']) expect(child(id)).toBeUndefined()
  })

  test('a restart is forgotten when its window is over, and not before', () => {
    kill('router')
    clock.increment(INTENSITY.withinMs - 1)
    expect(context().restarts).toBe(1)
    clock.increment(1)
    expect(context()).toMatchObject({ restarts: 0, restarted: 1 })
  })

  test('the window slides: each restart is forgotten in its own time', () => {
    kill('router')
    clock.increment(40_000)
    kill('router')
    clock.increment(20_000)
    expect(context().restarts).toBe(1)
    kill('router')
    expect(supervisor.getSnapshot().value).toBe('supervising')
    kill('router')
    expect(supervisor.getSnapshot().value).toBe('escalated')
  })

  test('a child that dies now and then is restarted for ever', () => {
    for (let n = 0; n < 100; n++) {
      kill('router')
      clock.increment(INTENSITY.withinMs / 2)
    }
    expect(supervisor.getSnapshot().value).toBe('supervising')
    expect(context().restarted).toBe(100)
  })

  test('an intensity of no restarts escalates at the first death', () => {
    const children = [{ id: 'only', src: 'part', input: { name: 'only' } }]
    supervisor = createActor(logic, { clock, input: { children, intensity: { restarts: 0, withinMs: 1 } } }).start()
    kill('only')
    expect(supervisor.getSnapshot().value).toBe('escalated')
  })
})

describe('the end', () => {
  test('a stop stops every child', () => {
    seen = []
    supervisor.send({ type: 'stop' })
    expect(supervisor.getSnapshot().status).toBe('done')
    expect(seen).toEqual(['router stops', 'manifest stops', 'route:network stops'])
  })

  test('a supervisor that escalated can still be stopped', () => {
    for (const id of ['router', 'manifest', 'route:network']) kill(id)
    supervisor.send({ type: 'stop' })
    expect(supervisor.getSnapshot().status).toBe('done')
  })

  test('a child that dies while the supervisor escalates does not bring it down', () => {
    child('manifest').send({ type: 'dieOnStop' })
    for (let n = 0; n <= INTENSITY.restarts; n++) kill('router')
    expect(supervisor.getSnapshot()).toMatchObject({ value: 'escalated', status: 'active' })
    expect(seen.filter((each) => each.startsWith('escalate'))).toHaveLength(1)
    expect(context().fault?.child).toBe('router')
  })
})
