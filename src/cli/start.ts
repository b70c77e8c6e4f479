/**
 * `holdfast start`: runs the daemon of a config until a signal, or until the runtime gives up.
 * SIGTERM and SIGINT let running tasks finish for a while; a second one interrupts them at once; a third one does not
 * even wait for the store, which is no worse for it than a power cut.
 */
import { logFacts } from '../daemon/facts.js'
import { type DaemonLog, daemonLog } from '../daemon/log.js'
import { type LogLevel, logLevel } from '../daemon/log-level.js'
import { Service } from '../daemon/service.js'
import { takeSurroundings } from '../daemon/surroundings.js'
import { createRuntime } from '../index.js'
import { SystemClock } from '../kernel/system-clock.js'
import { ownPackage } from '../model/own-package.js'
import { logOf } from '../runtime/options.js'
import { type Config, loadConfig } from './config.js'
import { logLines } from './log-lines.js'
import { withMachines } from './machine-folder.js'
import { Terminal, type TerminalOptions } from './terminal.js'

/** What runs has so long to end; the unit that `holdfast systemd` writes bears more. */
const DRAIN = '10s'

export interface StartOptions extends Pick<TerminalOptions, 'color'> {
  /** From which level on is logged. Default HOLDFAST_LOG, or `info`. */
  readonly logLevel?: LogLevel
}

export async function start(file: string, options: StartOptions = {}): Promise<void> {
  // Before anything of the config runs: what that starts must not speak in the daemon's name.
  const surroundings = takeSurroundings(process.env, process.pid)
  const asked = signals()
  const clock = new SystemClock()
  let log: DaemonLog | undefined
  try {
    const config = await loadConfig(file)
    const level = levelOf(options)
    log = config.options.log
      ? { ...logOf(config.options.log), close: async () => undefined }
      : ownLog(level, clock, options)
    const leave = logFacts(log, clock)
    asked.tell((name) => log?.info(`${name} was received`))
    const service = await Service.open(surroundings, clock, log)
    try {
      await run({ ...config, options: await withMachines(file, config) }, log, service, asked)
    } catch (error) {
      service?.failed(error)
      throw error
    } finally {
      service?.close()
      leave()
    }
  } finally {
    asked.forget()
    await log?.close()
    clock.close()
  }
}

async function run({ options, setup }: Config, log: DaemonLog, service: Service | undefined, asked: Signals) {
  log.info('holdfast starts', {
    version: ownPackage().version,
    node: process.version,
    path: options.path,
    pid: process.pid,
  })
  service?.starting()
  const runtime = createRuntime({ ...options, log })
  await runtime.start()
  log.info(`holdfast is ready: ${options.path}`)
  service?.ready(runtime)
  // Looked at below; until then a runtime that gives up is not an unhandled rejection.
  const end = runtime.done.then(
    () => undefined,
    (error: unknown) => ({ error }),
  )
  let failure: { error: unknown } | undefined
  try {
    const teardown = await setup?.(runtime)
    failure = await Promise.race([asked.first, end])
    service?.stopping()
    await teardown?.()
  } finally {
    service?.stopping()
    void asked.second.then(() => runtime.stop({ drain: 0 }))
    await runtime.stop({ drain: DRAIN })
    failure ??= await end
  }
  if (failure) throw failure.error
}

/** JSON for programs and journald, readable lines for whoever sits before it. */
function ownLog(level: LogLevel, clock: SystemClock, { color }: StartOptions): DaemonLog {
  const { interactive, colors } = new Terminal({ ...(color !== undefined && { color }) })
  return daemonLog(level, clock, interactive ? logLines(colors, process.stdout) : undefined)
}

function levelOf({ logLevel: asked }: StartOptions): LogLevel {
  return asked ?? logLevel(process.env.HOLDFAST_LOG || 'info', 'HOLDFAST_LOG')
}

type Signals = ReturnType<typeof signals>

/** Promises of the first and the second signal to end. */
function signals() {
  const resolvers: (() => void)[] = []
  const nth = () => new Promise<undefined>((resolve) => resolvers.push(() => resolve(undefined)))
  const [first, second] = [nth(), nth()]
  let told: (name: string) => void = () => undefined
  const hear = (name: string) => {
    told(name)
    const next = resolvers.shift()
    if (next) next()
    else process.exit(1)
  }
  const names = ['SIGTERM', 'SIGINT'] as const
  for (const name of names) process.on(name, hear)
  return {
    first,
    second,
    /** Calls `tell` with the name of each from now on. */
    tell: (tell: (name: string) => void) => {
      told = tell
    },
    forget: () => {
      for (const name of names) process.off(name, hear)
    },
  }
}
