/** A processor for threads and processes that does what its input says: well, badly, or for ever. */
import { spawn } from 'node:child_process'
import { appendFileSync, existsSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { isMainThread, parentPort } from 'node:worker_threads'
import { RetryAfter, snooze, TerminalError } from 'holdfast/processor'

const forEver = () => new Promise(() => setInterval(() => undefined, 1 << 30))
const aborted = ({ signal }) =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason), { once: true }))
/** True for the first run only. */
function once({ input }) {
  if (existsSync(input.mark)) return false
  writeFileSync(input.mark, '')
  return true
}
const place = () => (isMainThread ? 'process' : 'thread')
let calls = 0

const does = {
  look: ({ id, kind, input, attempt, group, cause, signal }) => ({
    task: { id, kind, input, attempt, group, cause: cause ?? null, aborted: signal.aborted },
    place: place(),
    pid: process.pid,
    calls,
  }),
  double: ({ input }) => input.n * 2,
  date: ({ input }) => ({ isDate: input.at instanceof Date, year: input.at.getUTCFullYear() }),
  nothing: () => undefined,
  notJson: () => ({ when: new Date(0) }),
  large: () => 'x'.repeat(300_000),
  throws: () => {
    throw Object.assign(new TypeError('it does not fit'), { code: 'E_FIT' })
  },
  throwsText: () => {
    throw 'just text'
  },
  terminal: () => {
    throw new TerminalError('for good')
  },
  retryAfter: (task) => {
    if (once(task)) throw new RetryAfter('1ms')
    return task.attempt
  },
  snoozes: (task) => (once(task) ? snooze('1ms') : 'awake'),
  snoozesByThrowing: (task) => {
    if (once(task)) throw snooze('1ms')
    return 'awake'
  },
  /** What the calls of the task are answered with. */
  async calls(task) {
    const refused = (call) => call.then(String, ({ name, code, hint, message }) => ({ name, code, hint, message }))
    task.progress({ percent: 10 })
    await task.emit({ type: 'begun', n: 1 })
    const child = await task.enqueue('double', { do: 'double', n: 4 }, { runAt: new Date(0), group: 'made' })
    return {
      child,
      unknown: await refused(task.enqueue('no-such-kind')),
      option: await refused(task.enqueue('double', null, { priority: 12 })),
      input: await refused(task.enqueue('double', { at: new Date(0) })),
      event: await refused(task.emit({ kind: 'no type' })),
      progress: await refused(
        (async () => {
          task.progress(() => undefined)
        })(),
      ),
    }
  },
  async enqueuesAndThrows(task) {
    await task.enqueue('double', { do: 'double', n: 1 })
    throw new Error('after the enqueue')
  },
  async keeps(task) {
    globalThis.kept = task
  },
  async late() {
    const refused = (call) => call.catch(({ code }) => code)
    globalThis.kept.heartbeat()
    return [await refused(globalThis.kept.emit({ type: 'late' })), await refused(globalThis.kept.enqueue('double'))]
  },
  writes: ({ log, input }) => {
    console.log('to stdout')
    console.error('to stderr')
    process.stdout.write(`${'long '.repeat(2000)}\n`)
    log.info('to the log', { error: new RangeError('far'), n: 1n })
    return input.n
  },
  laterWrites: () => {
    process.once('exit', () => console.log('at the end'))
  },
  async beats(task) {
    for (let i = 0; i < 5; i++) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      if (i % 2 === 0) task.heartbeat()
      else task.progress({ i })
    }
    return 'lived'
  },
  /** Ends well as soon as it is told to stop, and writes down what it was told. */
  async waits(task) {
    const told = aborted(task)
    hold(task)
    const kept = setInterval(() => undefined, 1 << 30)
    await task.emit({ type: 'here', pid: process.pid })
    task.log.info('at it')
    const { name, code } = await told
    clearInterval(kept)
    if (task.input.witness) appendFileSync(task.input.witness, `${task.id} ${name} ${code}\n`)
    return 'too late'
  },
  async deaf(task) {
    hold(task)
    await task.emit({ type: 'here', pid: process.pid })
    return forEver()
  },
  async blocks(task) {
    hold(task)
    await task.emit({ type: 'here', pid: process.pid })
    task.log.info('at it')
    for (;;);
  },
  /** Programs that it started hold the pipe too. */
  async starts(task) {
    spawn('sleep', ['600'], { stdio: ['ignore', hold(task), 'ignore'] })
    await task.emit({ type: 'here', pid: process.pid })
    task.log.info('at it')
    for (;;);
  },
  /** Its result is given, and something of it goes on. */
  async leavesWork(task) {
    const told = aborted(task)
    hold(task)
    setInterval(() => undefined, 1)
    await task.emit({ type: 'here', pid: process.pid })
    await told
  },
  exits: ({ input }) => process.exit(input.code ?? 3),
  exitsAfter: () => {
    setImmediate(() => process.exit(0))
    return 'in time'
  },
  uncaught: () => {
    setImmediate(() => {
      throw new RangeError('nobody caught it')
    })
    return forEver()
  },
  rejected: () => {
    void Promise.reject(new RangeError('nobody caught it'))
    return forEver()
  },
  killed: () => process.kill(process.pid, 'SIGKILL') && forEver(),
  memory: () => {
    const kept = []
    for (;;) kept.push({ n: [Math.random()] })
  },
  garbage: () => {
    if (parentPort) parentPort.postMessage(null)
    else writeSync(3, 'no JSON\n')
    return forEver()
  },
  lies: () => {
    const word = { type: 'end', ending: { result: '{' }, spent: false }
    if (parentPort) parentPort.postMessage(word)
    else writeSync(3, `${JSON.stringify(word)}\n`)
    return forEver()
  },
  /** A line without an end. */
  floods: () => {
    for (;;) {
      try {
        writeSync(3, 'x'.repeat(65_536))
      } catch (error) {
        if (error.code !== 'EAGAIN') throw error
      }
    }
  },
  /** Waits for what comes through a pipe. */
  reads: ({ input }) => readFile(input.from, 'utf8'),
  /** Waits so that not even the end of its thread can come between. */
  readsInC: ({ input }) => readFileSync(input.from, 'utf8'),
  async readsAndEmits(task) {
    await task.emit({ type: 'here', pid: process.pid })
    await readFile(task.input.from, 'utf8')
    await task.emit({ type: 'read' })
    return 'emitted'
  },
  chatters: (task) => {
    for (let i = 0; i < 20_000; i++) {
      task.progress({ i })
      task.log.debug(`line ${i}`)
    }
    return 'said'
  },
}

/** Holds a pipe open until whoever has it is gone. */
function hold({ input }) {
  return input.pipe ? openSync(input.pipe, 'w') : undefined
}

export default async function processor(task) {
  calls++
  return does[task.input.do](task)
}

export const recover = ({ input, attempt }) => `recovered ${input.do} at ${attempt}`
