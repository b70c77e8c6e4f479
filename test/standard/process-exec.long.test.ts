/** process.exec, with real processes. */
import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { standardActors } from '../../src/standard/index.js'
import { temporaryDirectory } from '../runtime/lab.js'
import { playing } from './played.js'

const sh = (script: string, more: object = {}) => ({ command: '/bin/sh', args: ['-c', script], ...more })
const shell = () => playing('process.exec', { exec: { commands: ['/bin/sh', 'echo', 'no-such-command'] } })

/** Its line in /proc says no more than that it waits to be buried, or it is gone. */
async function isDead(pid: number): Promise<boolean> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  return line === undefined || /\) [ZX] /.test(line)
}

test('what a command writes, reads and ends with', async () => {
  const { ask } = await shell()
  const output = { code: 0, signal: null, stdout: 'a b;c $HOME\n', stderr: '' }
  expect(await ask({ command: 'echo', args: ['a b;c', '$HOME'] })).toEqual({ output })
  expect(await ask(sh('cat; echo bad >&2', { stdin: 'given' }))).toMatchObject({
    output: { stdout: 'given', stderr: 'bad\n' },
  })
  expect(await ask(sh('exit 3'))).toEqual({ code: 'ERR_EXEC_EXIT', message: '/bin/sh ended with 3' })
  expect(await ask(sh('echo why >&2; exit 1'))).toMatchObject({ message: '/bin/sh ended with 1: why' })
  expect(await ask(sh('exit 3', { expect: [0, 3] }))).toMatchObject({ output: { code: 3 } })
  expect(await ask(sh('kill -9 $$'))).toMatchObject({ code: 'ERR_EXEC_EXIT', message: '/bin/sh ended by SIGKILL' })
  expect(await ask(sh('kill -9 $$', { expect: 'any' }))).toMatchObject({ output: { code: null, signal: 'SIGKILL' } })
})

test('only what is in the list, as it stands there', async () => {
  const { ask } = await shell()
  for (const command of ['sh', '/bin/../bin/sh', 'rm', '/bin/echo', 'echo x'])
    expect(await ask({ command })).toMatchObject({ code: 'ERR_EXEC_REFUSED' })
  expect(await ask({ command: 'no-such-command' })).toMatchObject({ code: 'ENOENT' })
  expect(await ask({ command: 'echo', args: ['a\0b'] })).toMatchObject({ code: 'ERR_INVALID_INPUT' })
  const off = await playing('process.exec')
  expect(await off.ask({ command: 'echo' })).toMatchObject({ code: 'ERR_EXEC_REFUSED' })
  for (const commands of [['./run'], ['bin/run'], [''], 'echo'])
    expect(() => standardActors({ exec: { commands } as never })).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_OPTION' }),
    )
})

test('of our environment a command sees what it needs, and the key of its invocation', async () => {
  process.env.HOLDFAST_TEST_SECRET = 'secret'
  const { ask } = await shell()
  const { output } = (await ask(sh('env'))) as { output: { stdout: string } }
  delete process.env.HOLDFAST_TEST_SECRET
  expect(output.stdout).not.toContain('secret')
  expect(output.stdout).toMatch(/^HOLDFAST_IDEMPOTENCY_KEY=\S+\.[0-9A-Za-z]{22}$/m)
})

test('one that writes without end is stopped', async () => {
  const { ask } = await shell()
  expect(await ask(sh('while :; do echo yes; done'))).toMatchObject({ code: 'ERR_TOO_LARGE' })
  expect(await ask(sh('echo 12345', { maxBytes: 5 }))).toMatchObject({ code: 'ERR_TOO_LARGE' })
})

test('one that does not hear SIGTERM is killed with its children when its time is up', async () => {
  const { ask } = await shell()
  const path = join(await temporaryDirectory(), 'pids')
  const script = `trap '' TERM; (trap '' TERM; while :; do read -t 1 x < /dev/zero; done) & echo $$ $! > ${path}; wait`
  await writeFile(path, '')
  expect(await ask(sh(script, { timeout: '300ms' }))).toMatchObject({ code: 'ERR_TIMEOUT' })
  const pids = (await readFile(path, 'utf8')).trim().split(' ').map(Number)
  expect(pids).toHaveLength(2)
  for (const pid of pids) expect(await isDead(pid)).toBe(true)
})

test('what a command leaves running ends with it', async () => {
  const { ask } = await shell()
  const { output } = (await ask(sh('sleep 1000 & echo $!'))) as { output: { stdout: string } }
  expect(await isDead(Number(output.stdout))).toBe(true)
})

test('one who fled from the group and keeps the pipes open keeps nobody waiting', async () => {
  const { ask } = await shell()
  const { output } = (await ask(sh('setsid sh -c "sleep 30" & echo $!; sleep 0.2'))) as { output: { stdout: string } }
  expect(output.stdout).toMatch(/^\d+\n$/)
  process.kill(Number(output.stdout), 'SIGKILL')
})

test('when its state is left it is stopped', async () => {
  const { runtime } = await shell()
  const path = join(await temporaryDirectory(), 'said')
  const script = `trap 'echo stopped >> ${path}; exit' TERM; echo started > ${path}; while :; do sleep 0.05; done`
  const task = await runtime.enqueue('ask', sh(script) as never)
  const said = async (text: string) => {
    while (!(await readFile(path, 'utf8').catch(() => '')).includes(text)) await new Promise(setImmediate)
  }
  await said('started')
  await runtime.send(task.id, { type: 'leave' })
  await said('stopped')
  expect(await task.finished()).toBeNull()
})

test('without a free descriptor a command fails with the error of the system', async () => {
  const program = fileURLToPath(new URL('exhausted.mjs', import.meta.url))
  const script = `ulimit -n 64; exec ${process.execPath} ${program}`
  expect((await promisify(execFile)('/bin/sh', ['-c', script])).stdout).toBe('EMFILE')
})

test('a runtime that stops leaves no command behind, not even one that does not hear SIGTERM', async () => {
  const { runtime } = await shell()
  const path = join(await temporaryDirectory(), 'pid')
  await runtime.enqueue('ask', sh(`trap '' TERM; echo $$ > ${path}; while :; do sleep 0.05; done`) as never)
  let pid = ''
  while (!pid.endsWith('\n')) {
    await new Promise(setImmediate)
    pid = await readFile(path, 'utf8').catch(() => '')
  }
  await runtime.stop({ drain: 0 })
  expect(await isDead(Number(pid))).toBe(true)
})
