/** Interruptions are not failures: what a death of the process, a power cut and a clean stop do to a running task. */
import { describe, expect, test } from 'vitest'
import type { TaskEvent } from '../../machines/index.js'
import { type EventName, events, life, moment, running } from './task.events.js'

const LIMIT = 3
const killed: TaskEvent = { ...events.killed, limit: LIMIT }
const killedResumes: TaskEvent = { ...events.killedResumes, limit: LIMIT }
const powerCut: TaskEvent = { ...events.powerCut, limit: LIMIT }
const times = <T>(n: number, ...story: T[]): T[] => Array.from({ length: n }, () => story).flat()

describe('a function', () => {
  test('that is interrupted runs again, with the next attempt and no failure', () => {
    expect(life([...running, killed])).toMatchObject({ state: 'QUEUED', task: { attempt: 1, failures: 0 } })
    expect(life([...running, killed, 'start'])).toMatchObject({ state: 'RUNNING', task: { attempt: 2, failures: 0 } })
  })

  test('that lived through as many process deaths as the limit runs again', () => {
    const { state, task } = life([...running, ...times<EventName | TaskEvent>(LIMIT, killed, 'start')])
    expect([state, task.interruptions]).toEqual(['RUNNING', LIMIT])
  })

  test('interrupted by process deaths more often than the limit ends TERMINATED interrupted', () => {
    const { state, task, last } = life([...running, ...times<EventName | TaskEvent>(LIMIT, killed, 'start'), killed])
    expect([state, task.reason, task.interruptions]).toEqual(['TERMINATED', 'interrupted', LIMIT + 1])
    expect(task.endedAt).toBe(moment(3 + 2 * LIMIT).wall)
    expect(last).toEqual([['settle', null]])
  })

  test('is untouched by ten power cuts', () => {
    const { state, task } = life([...running, ...times<EventName | TaskEvent>(10, powerCut, 'start'), 'finish'])
    expect([state, task.interruptions, task.failures]).toEqual(['FINISHED', 0, 0])
  })

  for (const mercy of ['step', 'snooze', 'drain', 'stopped'] as const) {
    test(`is forgiven its deaths by a ${mercy}`, () => {
      expect(life([...running, killed, 'start', killed, 'start', mercy]).task.interruptions).toBe(0)
    })
  }

  for (const mercy of ['forgive', 'pause', 'later'] as const) {
    test(`that waits in its queue is forgiven its deaths by a ${mercy}`, () => {
      expect(life([...running, killed, mercy]).task.interruptions).toBe(0)
    })
  }

  test('that a closing gate interrupts goes back to its queue, told why, with no failure and no death forgiven', () => {
    const gated: TaskEvent = { ...events.drain, by: 'gate' }
    const { state, task, last } = life([...running, killed, 'start', gated])
    expect([state, last]).toEqual(['QUEUED', [['abort', { reason: 'gate' }]]])
    expect(task).toMatchObject({ attempt: 2, failures: 0, interruptions: 1 })
  })

  test('that is drained goes back to its queue, its run told to stop', () => {
    const { state, last } = life([...running, 'drain'])
    expect([state, last]).toEqual(['QUEUED', [['abort', { reason: 'drained' }]]])
  })
})

describe('a machine', () => {
  for (const name of ['killedResumes', 'powerCutResumes', 'stoppedResumes'] as const) {
    test(`goes on where it was after ${name}, with its attempt unchanged and no new start`, () => {
      const { state, task, last, states } = life([...running, name])
      expect([state, task.attempt, last]).toEqual(['RUNNING', 1, []])
      expect(states).toEqual(['SPOOLED', 'QUEUED', 'RUNNING'])
    })
  }

  test('that moved on between deaths is never given up', () => {
    const { state, task } = life([...running, ...times<EventName | TaskEvent>(10, killedResumes, 'step')])
    expect([state, task.interruptions]).toEqual(['RUNNING', 0])
  })

  test('that kills the daemon in the same step each time is given up', () => {
    const { state, task } = life([...running, ...times(LIMIT + 1, killedResumes)])
    expect([state, task.reason]).toEqual(['TERMINATED', 'interrupted'])
  })
})

describe('an at-most-once task', () => {
  const once = (...story: (EventName | TaskEvent)[]) => life([...running, ...story], { atMostOnce: true })
  const outcomes = [
    'fail',
    'failAfter',
    'timeout',
    'silent',
    'snooze',
    'drain',
    'killed',
    'killedResumes',
    'powerCut',
    'powerCutResumes',
    'stopped',
    'stoppedResumes',
    'cancel',
  ] as const

  for (const outcome of outcomes) {
    test(`never runs again by itself after ${outcome}`, () => {
      const { state, task, ports } = once(outcome, 'retry', 'resume', 'due', 'start')
      expect(['FAILED', 'TERMINATED']).toContain(state)
      expect(task).toMatchObject({ attempt: 1, retryAt: null, due: null })
      expect(ports.filter((port) => port === 'run')).toHaveLength(1)
      expect(ports.filter((port) => port === 'settle')).toHaveLength(1)
    })

    test(`runs again by hand after ${outcome}`, () => {
      expect(once(outcome, 'retryByHand', 'due', 'start')).toMatchObject({ state: 'RUNNING', task: { attempt: 2 } })
    })
  }

  for (const outcome of ['drain', 'killed', 'powerCutResumes', 'stopped'] as const) {
    test(`ends TERMINATED interrupted after ${outcome}`, () => {
      expect(once(outcome)).toMatchObject({ state: 'TERMINATED', task: { reason: 'interrupted' } })
    })
  }
})

test('a task put back by hand starts its count of deaths afresh', () => {
  const dead = [...running, ...times<EventName | TaskEvent>(LIMIT, killed, 'start'), killed] as const
  expect(life([...dead, 'retryByHand']).task.interruptions).toBe(0)
  expect(life([...dead, 'retryByHand', 'due', 'start', killed]).state).toBe('QUEUED')
})
