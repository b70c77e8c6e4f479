import { api } from './api.mjs'
import { dormantFill, dormantStart, dormantWithout } from './dormant.mjs'
import { edges } from './edges.mjs'
import { flow } from './flow.mjs'
import { group } from './group.mjs'
import { growthCost, growthFill } from './growth.mjs'
import { idle } from './idle.mjs'
import { inspect } from './inspect.mjs'
import { interruptedFill, interruptedStart } from './interrupted.mjs'
import { inInline, inProcess, inThread } from './isolated.mjs'
import { latency } from './latency.mjs'
import { memoryAtRest, memoryFill } from './memory.mjs'
import { page } from './page.mjs'
import { portal } from './portal.mjs'
import { restartFill, restartStart } from './restart.mjs'
import { runningFill, runningStart } from './restart-running.mjs'
import { retentionFill, retentionSweep } from './retention.mjs'
import { schedulesFill, schedulesIdle, ticks } from './schedules.mjs'
import { bulk, callers, single, throughput } from './throughput.mjs'
import { wear } from './wear.mjs'
import { arrivals } from './window.mjs'

/** Each mode is a list of phases; each phase is a process. */
export const modes = {
  bulk: [throughput(bulk)],
  single: [throughput(single)],
  callers100: [throughput(callers)],
  latency: [latency],
  idle: [idle],
  edges: [edges],
  restart: [restartFill, restartStart],
  dormant: [dormantFill, dormantStart, dormantWithout],
  api: [api],
  isolated: [inInline, inThread, inProcess],
  group: [group],
  flow: [flow],
  'schedules-idle': [schedulesFill, schedulesIdle],
  ticks: [ticks],
  inspect: [inspect],
  page: [page],
  interrupted: [interruptedFill, interruptedStart],
  'restart-running': [runningFill, runningStart],
  growth: [growthFill, growthCost],
  memory: [memoryFill, memoryAtRest],
  portal: [portal],
  wear: [wear],
  window: [arrivals],
  retention: [retentionFill, retentionSweep],
}
