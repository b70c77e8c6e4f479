/** What is measured when somebody asks. */
import { performance } from 'node:perf_hooks'
import type { Registry } from 'prom-client'
import type { Runtime } from '../runtime/runtime.js'
import type { WearReport } from '../runtime/wear.js'
import { measureDevices } from './device-gauges.js'
import { countedBy, gaugesIn, type Make } from './gauge.js'
import type { Scrape } from './scrape.js'

const STATES = ['starting', 'working', 'degraded', 'stopping'] as const
const WORKERS = ['waiting', 'working', 'idle', 'gone'] as const

export function measureAll(runtime: Runtime, scrape: Scrape, registry: Registry): void {
  const gauge = gaugesIn(registry)
  gauge('state', (states) => {
    for (const state of STATES) states.set({ state }, runtime.state === state ? 1 : 0)
  })
  measureLoad(runtime, scrape, gauge)
  measureGates(scrape, registry, gauge)
  measureDevices(scrape, registry, gauge)
  measureWear(scrape, gauge)
  measureProcess(gauge)
}

function measureLoad(runtime: Runtime, scrape: Scrape, gauge: Make): void {
  gauge('queue_depth', (depth) => {
    for (const { route, queued } of scrape.load().routes) depth.set({ route }, queued)
  })
  gauge('queue_wait_seconds', (wait) => {
    for (const { route, waitingMs } of scrape.load().routes) wait.set({ route }, waitingMs / 1000)
  })
  gauge('queue_oldest_seconds', (age) => {
    for (const { route, oldestMs } of scrape.load().routes) age.set({ route }, oldestMs / 1000)
  })
  gauge('route_running', (running) => {
    for (const each of scrape.load().routes) running.set({ route: each.route }, each.running)
  })
  gauge('route_concurrency', (places) => {
    for (const { route, concurrency } of scrape.load().routes) places.set({ route }, concurrency)
  })
  gauge('remote_queue_depth', (depth) => {
    for (const { kind, route, queued } of scrape.load().remote) depth.set({ kind, route }, queued)
  })
  gauge('workers', (workers) => {
    for (const state of WORKERS) workers.set({ state }, 0)
    for (const { state } of runtime.leases.workers()) workers.inc({ state })
  })
  gauge('live_actors', (live) => live.set(scrape.load().live))
  gauge('runs', (runs) => runs.set(scrape.load().runs))
  gauge('schedules', (schedules) => schedules.set(scrape.load().schedules))
}

function measureGates(scrape: Scrape, registry: Registry, gauge: Make): void {
  gauge('gate_open', async (open) => {
    for (const each of await scrape.gates()) open.set({ gate: each.name }, each.open ? 1 : 0)
  })
  gauge('gate_asked', async (asked) => {
    for (const { name, state } of await scrape.gates()) asked.set({ gate: name }, state === 'asleep' ? 0 : 1)
  })
  countedBy(registry, 'gate_changes_total', async () =>
    (await scrape.gates()).map(({ name, changes }) => [{ gate: name }, changes]),
  )
}

function measureWear(scrape: Scrape, gauge: Make): void {
  const bytes = ({ written, ...store }: WearReport, of: 'bytesToday' | 'bytesPerDay') =>
    Object.entries({ store: store[of], ...(written ? { kernel: written[of] } : {}) })
  gauge('wear_bytes_per_day', (mean) => {
    for (const [source, value] of bytes(scrape.wear(), 'bytesPerDay')) mean.set({ source }, value)
  })
  gauge('wear_bytes_today', (today) => {
    for (const [source, value] of bytes(scrape.wear(), 'bytesToday')) today.set({ source }, value)
  })
  gauge('wear_fsyncs_per_day', (mean) => mean.set(scrape.wear().fsyncsPerDay))
  gauge('wear_fsyncs_today', (today) => today.set(scrape.wear().fsyncsToday))
  gauge('wear_budget_per_day', (budget) => {
    const { bytesPerDay, fsyncsPerDay } = scrape.wear().budget ?? {}
    if (bytesPerDay !== undefined) budget.set({ of: 'bytes' }, bytesPerDay)
    if (fsyncsPerDay !== undefined) budget.set({ of: 'fsyncs' }, fsyncsPerDay)
  })
}

function measureProcess(gauge: Make): void {
  let before = performance.eventLoopUtilization()
  gauge('event_loop_lag_seconds', async (lag) => {
    const from = process.hrtime.bigint()
    await new Promise((resolve) => setImmediate(resolve))
    lag.set(Number(process.hrtime.bigint() - from) / 1e9)
  })
  gauge('event_loop_utilization', (busy) => {
    const now = performance.eventLoopUtilization()
    busy.set(performance.eventLoopUtilization(now, before).utilization)
    before = now
  })
  gauge('process_resident_memory_bytes', (memory) => memory.set(process.memoryUsage.rss()))
}
