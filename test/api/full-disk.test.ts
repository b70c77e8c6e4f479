/** A disk that fills up under the API: it says so, loses nothing it acknowledged, and goes on when there is room. */
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { board } from './board.js'

const MEGABYTE = 1024 * 1024

/** A small disk of its own; `undefined` without the right to make one. */
async function smallDisk(): Promise<string | undefined> {
  const path = await mkdtemp(join(tmpdir(), 'holdfast-api-full-'))
  onTestFinished(() => rm(path, { recursive: true, force: true, maxRetries: 3 }))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'holdfast-test', path], { stdio: 'pipe' })
  } catch {
    return undefined
  }
  onTestFinished(() => void execFileSync('umount', ['-l', path]))
  await writeFile(join(path, 'ballast'), Buffer.alloc(6 * MEGABYTE))
  return path
}

test('a full disk: 503 with what to do, and the same request afterwards is answered with the task that is there', async (context) => {
  const disk = await smallDisk()
  if (!disk) return context.skip('no right to mount a tmpfs')
  const b = await board({}, { env: { BOARD_STORE: join(disk, 'store') } })
  const bodies: object[] = []
  const ids: string[] = []
  const make = (n: number) => {
    bodies[n] ??= { kind: 'far', input: randomBytes(20_000).toString('base64') }
    return b.post('/v1/tasks', bodies[n], { headers: { 'idempotency-key': `big ${n}` } })
  }
  let refused = await make(0)
  for (let n = 1; refused.status === 201; n++) {
    ids.push(refused.json.id)
    refused = await make(n)
  }
  expect([refused.status, refused.json.code]).toEqual([503, 'ERR_COMMIT_UNKNOWN'])
  expect(refused.json.hint).toMatch(/^The log says what the disk needs, most often space \(`df -h`\)/)
  const next = await b.post('/v1/tasks', { kind: 'far' })
  expect([next.status, next.json.code]).toEqual([503, 'ERR_DEGRADED'])
  expect((await b.get('/readyz')).json).toEqual({ state: 'degraded' })
  expect((await b.get('/healthz')).status).toBe(200)
  expect((await b.get('/metrics')).text).toContain('holdfast_state{state="degraded"} 1')
  await rm(join(disk, 'ballast'))
  for (let status = 503; status !== 200; ) status = (await b.get('/readyz')).status
  const again = await make(ids.length)
  expect([200, 201]).toContain(again.status)
  expect((await make(ids.length)).json.id).toBe(again.json.id)
  for (const id of ids) expect((await b.get(`/v1/tasks/${id}`)).json.state).toBe('QUEUED')
  expect((await b.get('/v1/tasks?kind=far&count=true')).json.count).toBe(ids.length + 1)
})
