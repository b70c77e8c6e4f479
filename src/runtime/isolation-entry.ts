/**
 * What a thread or process of the pool runs: it is told of a task, loads its module, calls it, and says what came of
 * it. One task at a time. It imports little, for its start is what an isolated task waits for.
 */
import { Socket } from 'node:net'
import { isMainThread, parentPort } from 'node:worker_threads'
import { HoldfastError } from '../model/errors.js'
import { jsonText } from '../model/json.js'
import { CellTask } from './isolation-task.js'
import { CHANNEL, type Down, type Ending, portable, snoozeMs, type Up } from './isolation-words.js'

type Processor = (task: unknown) => unknown

let current: CellTask | undefined

const say = isMainThread ? inProcess() : inThread()
// It ends all the same; this only says why.
process.on('uncaughtExceptionMonitor', (error) => say({ type: 'dying', error: portable(error) }))

function hear(word: Down): void {
  if (word.type === 'run') void run(word)
  else if (word.type === 'leave') process.exit(0)
  else current?.hear(word)
}

async function run(order: Extract<Down, { type: 'run' }>): Promise<void> {
  say({ type: 'begun' })
  const task = new CellTask(order, say)
  current = task
  let spent = true
  let ending: Ending
  try {
    const call = await processorOf(order)
    spent = false
    ending = endingOf(await call(task.seen), order.limits.result)
  } catch (error) {
    const ms = snoozeMs(error)
    ending = ms === undefined ? { error: portable(error) } : { snoozeMs: ms }
  }
  if (!isMainThread) await Promise.all([process.stdout, process.stderr].map(written))
  current = undefined
  task.end()
  say({ type: 'end', ending, spent })
}

/** A module that could not be loaded stays so in this thread or process. */
async function processorOf({ module, interrupted }: { module: string; interrupted: boolean }): Promise<Processor> {
  const found = (await import(module)) as { run?: unknown; default?: unknown; recover?: unknown }
  const call = (interrupted ? found.recover : undefined) ?? found.run ?? found.default
  if (typeof call === 'function') return call as Processor
  throw new HoldfastError('ERR_INVALID_DEFINITION', `${module} has no processor`, {
    hint: 'Its default export, or its export `run`, has to be a function.',
  })
}

/** A thread's stream waits for the daemon between its pieces: what was printed in the run arrives before its end. */
async function written(stream: NodeJS.WriteStream): Promise<void> {
  if (stream.writableLength > 0) await new Promise<void>((resolve) => void stream.write('', () => resolve()))
}

function endingOf(value: unknown, limit: number): Ending {
  const ms = snoozeMs(value)
  return ms === undefined ? { result: jsonText(value, 'result', limit) } : { snoozeMs: ms }
}

function inThread(): (word: Up) => void {
  parentPort?.on('message', hear)
  return (word) => parentPort?.postMessage(word)
}

/** The daemon decides when a child ends: what a terminal or systemd sends to all of its group or unit is not for it. */
function inProcess(): (word: Up) => void {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => undefined)
  const channel = new Socket({ fd: CHANNEL, readable: true, writable: true })
  let rest = ''
  channel.setEncoding('utf8')
  channel.on('data', (chunk) => {
    const lines = `${rest}${chunk}`.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) hear(JSON.parse(line) as Down)
  })
  // The daemon is gone: nobody is left to work for.
  channel.on('close', () => process.exit(1))
  channel.on('error', () => process.exit(1))
  return (word) => void channel.write(`${JSON.stringify(word)}\n`)
}
