/**
 * The workload of the daemon that is cut down: every feature that makes promises, all at once. Run again after a cut it
 * says everything once more: every task has an id, so what was accepted is there and what was not is made.
 */
import { waitFor } from 'xstate'
import { next } from './witness.mjs'

/** `before` is what lives before this one told, `life` a name that no other life has. Resolves when all has settled. */
export async function workload(runtime, say, before, life) {
  /** A task that is made while other things are done to it; if they fail, it need not be waited for. */
  function begun(...task) {
    const ended = make(...task)
    ended.catch(() => undefined)
    return ended
  }

  async function make(kind, id, options = {}, input = { id }) {
    const task = await runtime.enqueue(kind, input, { ...options, id })
    say({ fact: 'ACK', id })
    return ends(task)
  }

  async function ends(task) {
    const state = await task.finished().then(
      () => 'FINISHED',
      (error) => (error.code === 'ERR_TASK_FAILED' ? 'FAILED' : 'TERMINATED'),
    )
    say({ fact: 'END', id: task.id, state })
  }

  async function makeMany(...ids) {
    const tasks = await runtime.enqueueMany(ids.map((id) => ({ kind: 'plain', input: { id }, id })))
    for (const { id } of tasks) say({ fact: 'ACK', id })
    await Promise.all(tasks.map(ends))
  }

  /** One opens the way for three, which one waits for; of two that wait for a failure one is cancelled, one runs. */
  async function makeFlow() {
    const task = (id, tasks = [], failed = 'cancel') => ({
      kind: 'plain',
      input: { id },
      id,
      dependsOn: { tasks, failed },
    })
    const tasks = await runtime.enqueueMany([
      task('flow-join', ['flow-a', 'flow-b', 'flow-c']),
      ...['flow-a', 'flow-b', 'flow-c'].map((id) => task(id, ['flow-open'])),
      task('flow-open'),
      task('cancelled-2', ['doomed-2', 'flow-join']),
      task('flow-after', ['doomed-2', 'flow-a'], 'run'),
      { ...task('doomed-2'), kind: 'doomed' },
    ])
    for (const { id } of tasks) say({ fact: 'ACK', id })
    await Promise.all(tasks.map(ends))
  }

  /** Three that share a key: while the first has not ended the others are that one. */
  async function makeKeyed() {
    for (let n = 0; n < 3; n++) {
      const task = await runtime.enqueue('plain', { n }, { key: 'the same' })
      say({ fact: 'ACK', id: task.id })
      if (n === 1) await ends(task)
    }
  }

  /** What a watcher sees of a task: every committed step. */
  async function watch(id) {
    const actor = await runtime.task(id)
    const see = ({ value }) => say({ fact: 'SAW', id, state: value })
    see(actor.getSnapshot())
    actor.subscribe(see)
  }

  /** Every event that nobody confirmed is sent (again), as another; `end` is only taken once, the task has ended then. */
  async function counted(id, options) {
    const ended = begun('counter', id, options)
    await new Promise((resolve) => setImmediate(resolve))
    const sent = before.filter((each) => each.fact === 'SENT' && each.id === id).length
    await runtime.enqueue('counter', { id }, { ...options, id })
    for (let i = sent; i < 3; i++) {
      const n = `${i}:${life}`
      await runtime.send(id, { type: 'bump', n })
      say({ fact: 'SENT', id, n })
    }
    if (options?.paused) await runtime.resume(id).catch(expected)
    await runtime.send(id, { type: 'end' }).catch(expected)
    await ended
  }

  function expected(error) {
    if (error.code !== 'ERR_ILLEGAL_TRANSITION') throw error
  }

  async function cancelled(id) {
    const ended = begun('plain', id, { in: '1h', onFailure: { kind: 'leaf', input: { of: id } } })
    await runtime.enqueue('plain', { id }, { id })
    await runtime.cancel(id).catch(expected)
    say({ fact: 'CANCELLED', id })
    await ended
  }

  async function far(id) {
    await runtime.enqueue('plain', { id }, { id, in: '1h' })
    say({ fact: 'ACK', id })
  }

  /** Ticks that have to be made, every one, however long the daemon is away; put again it is the same. */
  async function ticking(id, options) {
    const missed = { policy: 'all', limit: 1000 }
    await runtime.schedules.put(id, { every: 100, missed, task: { kind: 'plain' }, ...options })
    say({ fact: 'PUT', id })
    for (;;) {
      const moved = next('commit.end')
      const { state } = await runtime.schedules.get(id)
      if (state === 'ended') return
      await moved
    }
  }

  const leaf = (of) => ({ kind: 'leaf', input: { of } })
  const watched = async (kind, id) => {
    const ended = begun(kind, id)
    await runtime.enqueue(kind, { id }, { id })
    await watch(id)
    await ended
  }

  await Promise.all([
    make('plain', 'plain-1').then(() => make('plain', 'plain-2')),
    make('plain', 'chain-1', { onSuccess: [leaf('chain-1'), leaf('chain-1')] }),
    make('doomed', 'doomed-1', { onFailure: leaf('doomed-1') }),
    make('flaky', 'flaky-1'),
    make('once', 'once-1').then(() => make('once', 'once-2')),
    make('breeder', 'breeder-1'),
    makeMany('many-1', 'many-2', 'many-3', 'many-4'),
    makeFlow(),
    makeKeyed(),
    make('plain', 'soon-1', { in: 10 }),
    far('far-1'),
    cancelled('cancelled-1'),
    make('journey', 'journey-1'),
    watched('journey', 'journey-2'),
    watched('flaky', 'flaky-2'),
    counted('counter-1'),
    counted('counter-2', { paused: true }),
    ticking('beat', { count: 4, overlap: 'allow' }),
    ticking('row', { count: 3, overlap: 'queue' }),
  ])

  // The follow-ups have nobody who waits for them, and neither has an end of which those that depend on it are still told.
  for (;;) {
    const moved = next('commit.end')
    const busy = await runtime.count({ state: ['QUEUED', 'RUNNING'] })
    const flows = runtime.system.get('flows')
    if (busy > 0) await moved
    else if (flows.getSnapshot().matches('waiting')) break
    else await waitFor(flows, (snapshot) => snapshot.matches('waiting'))
  }
}
