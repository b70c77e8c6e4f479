/** Failures, their retries, and what a person does about the dead. */
import { describe, expect, test } from 'vitest'
import { retryDelayMs, type TaskEvent } from '../../machines/index.js'
import { type EventName, events, life, moment, policy, running } from './task.events.js'

const failing = (attempts: number): TaskEvent => ({ ...events.fail, retry: policy(attempts) })
const again: EventName[] = ['retry', 'due', 'start']

test('a failure with attempts left has a retry to come, on both hands of the clock', () => {
  const { state, task, ports } = life([...running, 'fail'])
  const delayMs = retryDelayMs(policy(2), 1, events.fail.random)
  expect(state).toBe('FAILED')
  expect(task).toMatchObject({ failures: 1, error: { message: 'no route to host' }, endedAt: null })
  expect(task.retryAt).toBe(moment(3).wall + delayMs)
  expect(task.due).toEqual({ hand: 'steady', at: moment(3).steady + delayMs })
  expect(ports).not.toContain('settle')
})

test('a task fails as often as it has attempts, then it is dead', () => {
  for (const attempts of [1, 2, 5]) {
    const story: (EventName | TaskEvent)[] = [...running]
    for (let n = 1; n < attempts; n++) story.push(failing(attempts), ...again)
    const { state, task, last } = life([...story, failing(attempts)])
    expect([state, task.failures, task.attempt]).toEqual(['FAILED', attempts, attempts])
    expect([task.retryAt, task.due, task.endedAt]).toEqual([null, null, moment(story.length).wall])
    expect(last).toEqual([['settle', null]])
  }
})

test('a terminal failure is dead at once, whatever attempts are left', () => {
  expect(life([...running, 'failTerminal'])).toMatchObject({ state: 'FAILED', task: { failures: 1, retryAt: null } })
})

test('a failure may set the delay of its retry itself', () => {
  expect(life([...running, 'failAfter']).task.retryAt).toBe(moment(3).wall + 30_000)
})

for (const [name, reason] of [
  ['timeout', 'timeout'],
  ['silent', 'awol'],
] as const) {
  test(`a run that ends by ${name} is told to stop, and is tried again while attempts are left`, () => {
    const first = life([...running, name])
    expect(first).toMatchObject({ state: 'TERMINATED', task: { reason, failures: 1 }, last: [['abort', { reason }]] })
    expect(first.task.retryAt).toBeGreaterThan(moment(3).wall)
    const second = life([...running, name, ...again, name])
    expect(second.task).toMatchObject({ reason, failures: 2, retryAt: null })
    expect(second.last).toEqual([
      ['abort', { reason }],
      ['settle', null],
    ])
  })
}

describe('put back', () => {
  test('by the manifest a task goes on counting its failures', () => {
    const { state, task } = life([...running, 'fail', 'retry'])
    expect([state, task.failures, task.retryAt, task.due]).toEqual(['SPOOLED', 1, null, null])
    expect(life([...running, 'fail', ...again, 'fail']).task.retryAt).toBeNull()
  })

  test('by hand a task gets all its attempts again', () => {
    const story: EventName[] = [...running, 'fail', ...again, 'fail', 'retryByHand']
    expect(life(story).task).toMatchObject({ failures: 0, interruptions: 0, endedAt: null })
    expect(life([...story, 'due', 'start', 'fail']).task.retryAt).not.toBeNull()
  })

  test('keeps the last error for inspection', () => {
    expect(life([...running, 'fail', 'retry']).task.error).toEqual(events.fail.error)
  })

  test('a task is no longer paused', () => {
    expect(life(['accept', 'pause', 'cancel', 'retryByHand']).task.paused).toBe(false)
  })

  test('a task that was cancelled while its retry was due stays cancelled', () => {
    for (const first of ['fail', 'timeout'] as const) {
      const { state, task } = life([...running, first, 'cancel', 'retry'])
      expect([state, task.reason]).toEqual(['TERMINATED', 'cancelled'])
    }
  })
})

describe('a task with a retry to come', () => {
  for (const first of ['fail', 'timeout', 'silent'] as const) {
    test(`after ${first} can be cancelled, and its waiters are told`, () => {
      const { state, task, last } = life([...running, first, 'cancel'])
      expect([state, task.reason, task.retryAt, task.due]).toEqual(['TERMINATED', 'cancelled', null, null])
      expect(task.endedAt).toBe(moment(4).wall)
      expect(last).toEqual([['settle', null]])
    })
  }
})
