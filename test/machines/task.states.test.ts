/** The seven states: what leaves each, and what changes nothing. */
import { describe, expect, test } from 'vitest'
import { HISTORY_FIRST, HISTORY_LATEST, type TaskEvent } from '../../machines/index.js'
import { type EventName, events, life, moment, policy, running } from './task.events.js'

const ALL = Object.keys(events) as EventName[]

describe('the way of a task', () => {
  test('a task goes NONE → SPOOLED → QUEUED → RUNNING → FINISHED, and its history says when', () => {
    const { state, task, states, ports } = life([...running, 'finish'])
    expect(state).toBe('FINISHED')
    expect(states).toEqual(['SPOOLED', 'QUEUED', 'RUNNING', 'FINISHED'])
    expect(task.history.map(({ at }) => at)).toEqual([0, 1, 2, 3].map((n) => moment(n).wall))
    expect(task).toMatchObject({
      result: { etag: 'e1' },
      attempt: 1,
      failures: 0,
      endedAt: moment(3).wall,
      deadline: null,
    })
    expect(ports).toEqual(['run', 'settle'])
  })

  test('a processor starts once for each time the task enters RUNNING, and at no other time', () => {
    const { ports } = life([...running, 'step', 'killedResumes', 'drain', 'start', 'fail', 'retry', 'due', 'start'])
    expect(ports.filter((port) => port === 'run')).toHaveLength(3)
  })

  test('a start with a timeout sets a deadline on the steady hand; leaving RUNNING clears it', () => {
    expect(life(['accept', 'due', 'startTimed']).task.deadline).toBe(moment(2).steady + 120_000)
    for (const end of ['finish', 'fail', 'timeout', 'silent', 'cancel', 'snooze', 'drain', 'killed'] as const) {
      expect(life(['accept', 'due', 'startTimed', end]).task.deadline, end).toBeNull()
    }
  })
})

describe('an end is an end', () => {
  for (const name of ALL) {
    test(`a FINISHED task is not changed by ${name}`, () => {
      const finished = life([...running, 'finish'])
      const after = life([...running, 'finish', name])
      expect([after.state, after.task, after.last]).toEqual([finished.state, finished.task, []])
    })
  }

  for (const name of ALL.filter((each) => each !== 'retryByHand')) {
    test(`a dead task is not changed by ${name}`, () => {
      const dead = life([...running, 'failTerminal'])
      const after = life([...running, 'failTerminal', name])
      expect([after.state, after.task, after.last]).toEqual([dead.state, dead.task, []])
    })

    test(`a cancelled task is not changed by ${name}`, () => {
      const cancelled = life(['accept', 'cancel'])
      const after = life(['accept', 'cancel', name])
      expect([after.state, after.task, after.last]).toEqual([cancelled.state, cancelled.task, []])
    })
  }

  test('whoever waits is told once, at the end and not at a failure with a retry to come', () => {
    expect(life([...running, 'fail']).ports).not.toContain('settle')
    expect(life([...running, 'timeout']).ports).not.toContain('settle')
    for (const end of ['finish', 'failTerminal', 'cancel'] as const) {
      expect(life([...running, end]).ports.filter((port) => port === 'settle')).toHaveLength(1)
    }
  })
})

describe('stopped before it ran', () => {
  for (const [name, reason] of [
    ['cancel', 'cancelled'],
    ['supersede', 'superseded'],
    ['expire', 'expired'],
  ] as const) {
    test(`${name} ends a SPOOLED and a QUEUED task as ${reason}, and no run is aborted`, () => {
      for (const before of [['accept'], ['accept', 'due']] as EventName[][]) {
        const { state, task, ports } = life([...before, name])
        expect([state, task.reason, task.endedAt]).toEqual(['TERMINATED', reason, moment(before.length).wall])
        expect(ports).toEqual(['settle'])
      }
    })
  }

  test('a RUNNING task does not expire', () => {
    expect(life([...running, 'expire']).state).toBe('RUNNING')
  })

  test('a superseded run is told to stop, and one that waits for its retry gives way, too', () => {
    const stopped = life([...running, 'supersede'])
    expect([stopped.state, stopped.task.reason]).toEqual(['TERMINATED', 'superseded'])
    expect(stopped.last).toEqual([
      ['abort', { reason: 'superseded' }],
      ['settle', null],
    ])
    for (const failed of ['fail', 'timeout'] as const) {
      const { state, task, ports } = life([...running, failed, 'supersede'])
      expect([state, task.reason, task.retryAt]).toEqual(['TERMINATED', 'superseded', null])
      expect(ports.filter((port) => port === 'settle')).toHaveLength(1)
    }
    expect(life([...running, 'failTerminal', 'supersede']).state).toBe('FAILED')
  })

  test('what has started once cannot expire any more, wherever it goes from there', () => {
    const expires = moment(99).steady
    expect(life(['accept', 'due'], { expires }).task.expires).toBe(expires)
    for (const after of ['snooze', 'drain', 'killed'] as const) {
      expect(life([...running, after], { expires }).task.expires, after).toBeNull()
    }
    expect(life([...running, 'fail', 'retry'], { expires }).task.expires).toBeNull()
    expect(life(['accept', 'expire', 'retryByHand'], { expires }).task.expires).toBeNull()
  })

  test('a cancelled run is told to stop before its waiters are told', () => {
    expect(life([...running, 'cancel']).last).toEqual([
      ['abort', { reason: 'cancelled' }],
      ['settle', null],
    ])
  })
})

describe('a pause', () => {
  test('is a flag, not a state: a paused task stays where it is', () => {
    expect(life(['accept', 'pause'])).toMatchObject({ state: 'SPOOLED', task: { paused: true }, states: ['SPOOLED'] })
    expect(life(['accept', 'due', 'pause'])).toMatchObject({ state: 'QUEUED', task: { paused: true } })
  })

  test('holds a task back from its queue and from a start; a resume lets it go on', () => {
    expect(life(['accept', 'pause', 'due']).state).toBe('SPOOLED')
    expect(life(['accept', 'due', 'pause', 'start']).state).toBe('QUEUED')
    expect(life(['accept', 'pause', 'due', 'resume', 'due']).state).toBe('QUEUED')
    expect(life(['accept', 'due', 'pause', 'start', 'resume', 'start']).state).toBe('RUNNING')
  })

  test('does not reach a RUNNING task', () => {
    expect(life([...running, 'pause']).task.paused).toBe(false)
  })

  test('does not protect from a cancel', () => {
    expect(life(['accept', 'pause', 'cancel']).state).toBe('TERMINATED')
  })
})

describe('another time, another route', () => {
  test('a QUEUED task that is rescheduled to later goes back to SPOOLED with the new time', () => {
    const { state, task } = life(['accept', 'due', 'later'])
    expect([state, task.due]).toEqual(['SPOOLED', { hand: 'steady', at: 3_600_000 }])
  })

  test('a QUEUED task that is rescheduled to now stays in its queue', () => {
    expect(life(['accept', 'due', 'atOnce'])).toMatchObject({ state: 'QUEUED', states: ['SPOOLED', 'QUEUED'] })
  })

  test('priority and route can be changed until it runs', () => {
    for (const before of [['accept'], ['accept', 'due']] as EventName[][]) {
      expect(life([...before, 'amend']).task).toMatchObject({ priority: 9, route: 'network' })
    }
    expect(life([...running, 'amend']).task).toMatchObject({ priority: 4, route: 'default' })
  })

  test('an amendment changes only what it names', () => {
    const amend: TaskEvent = { type: 'amend', now: moment(0), priority: 0 }
    expect(life(['accept', amend]).task).toMatchObject({ priority: 0, route: 'default' })
  })
})

describe('a snooze', () => {
  test('spends no attempt and no failure', () => {
    const { state, task } = life([...running, 'snooze'])
    expect([state, task.attempt, task.failures]).toEqual(['SPOOLED', 0, 0])
    expect(life([...running, 'snooze', 'due', 'start']).task.attempt).toBe(1)
  })

  test('can be taken any number of times before the last attempt', () => {
    const naps = Array.from({ length: 50 }, () => ['snooze', 'due', 'start'] as const).flat()
    const failed: TaskEvent = { ...events.fail, retry: policy(1) }
    expect(life([...running, ...naps]).task.attempt).toBe(1)
    expect(life([...running, ...naps, failed]).task).toMatchObject({ failures: 1, retryAt: null })
  })
})

describe('history', () => {
  test('keeps the first and the latest entries, however long the life', () => {
    const naps = Array.from({ length: 100 }, () => ['snooze', 'due', 'start'] as const).flat()
    const { task } = life([...running, ...naps, 'finish'])
    const times = task.history.map(({ at }) => at)
    expect(task.history).toHaveLength(HISTORY_FIRST + HISTORY_LATEST)
    expect(times.slice(0, HISTORY_FIRST)).toEqual(Array.from({ length: HISTORY_FIRST }, (_, n) => moment(n).wall))
    expect(times.slice(HISTORY_FIRST)).toEqual(
      Array.from({ length: HISTORY_LATEST }, (_, n) => moment(303 - HISTORY_LATEST + 1 + n).wall),
    )
    expect(task.history.at(-1)?.state).toBe('FINISHED')
  })

  test('is not written by what does not move the task', () => {
    expect(life([...running, 'step', 'pause', 'amend', 'powerCutResumes']).states).toEqual([
      'SPOOLED',
      'QUEUED',
      'RUNNING',
    ])
  })
})
