/** holdfast doctor: what is printed, the code it ends with, and that what it advises can be typed. */
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { CHECKS } from '../../src/cli/doctor/checks.js'
import { examine } from '../../src/cli/doctor/examination.js'
import { type Finding, Findings } from '../../src/cli/doctor/finding.js'
import { program } from '../../src/cli/program.js'
import { diskStore } from '../../src/store/disk.js'
import { holdfast, onTerminal } from './typed.js'
import { directory, place, tree } from './ward.js'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('../..', import.meta.url))

async function examined(checks: Parameters<typeof examine>[1], deep = false): Promise<Finding[]> {
  const findings: Finding[] = []
  for await (const each of examine(await place({ deep }), checks)) findings.push(each)
  return findings
}

/** The directory of a config whose store is sound. */
async function board(): Promise<string> {
  const cwd = await tree({ 'holdfast.config.json': '{"path":"store"}' })
  const store = diskStore(join(cwd, 'store'))
  await store.open()
  await store.close()
  return cwd
}

describe('the examination', () => {
  const well = { name: 'well', looks: '', run: async () => [new Findings('well').ok('it is')] }

  test('a check that throws is a finding, with its hint, and the others go on', async () => {
    const fails = {
      name: 'fails',
      looks: '',
      run: () => Promise.reject(Object.assign(new Error('no'), { hint: 'try' })),
    }
    expect(await examined({ checks: [fails, well] })).toEqual([
      { check: 'fails', level: 'fault', says: 'no', advice: 'try' },
      { check: 'well', level: 'ok', says: 'it is' },
    ])
  })

  test('a check that hangs is a finding, too', async () => {
    const hangs = { name: 'hangs', looks: '', run: () => new Promise<never>(() => undefined) }
    expect(await examined({ checks: [hangs, well], limitMs: 5 })).toMatchObject([
      { check: 'hangs', level: 'fault', says: 'no answer within 5ms' },
      { check: 'well' },
    ])
  })

  test('with --deep it takes the time it takes, and Ctrl-C ends it', async () => {
    const stop = new AbortController()
    const hangs = { name: 'hangs', looks: '', run: () => new Promise<never>(() => setImmediate(() => stop.abort())) }
    const all = examined({ checks: [hangs, well], limitMs: 0, signal: stop.signal }, true)
    await expect(all).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('the command', () => {
  test('to a pipe: a line a finding in words, and 0 when nothing is at fault', async () => {
    const { code, out, err } = await holdfast(['doctor'], { cwd: await board() })
    expect([code, err]).toEqual([0, ''])
    const lines = out.trimEnd().split('\n')
    const last = lines.pop()
    expect(last).toMatch(/^(all is well|no faults, \d+ warnings?)$/)
    expect(lines.filter((line) => !/^(ok|note|warning) +[a-z]+ +\S|^ {15}\S/.test(line))).toEqual([])
    expect(lines).toContainEqual(expect.stringMatching(/^ok {6}files {2}format 2, .* no damage$/))
  })

  test('a fault is repeated in the last line, and the code is 1', async () => {
    const cwd = await board()
    await writeFile(join(cwd, 'store/format.json'), '{"format":99}')
    const { code, out } = await holdfast(['doctor'], { cwd })
    expect(code).toBe(1)
    expect(out).toMatch(/^fault {3}files {2}the store .* has format 99.*\n {15}Install the newer version/m)
    expect(out).toMatch(/\n1 fault: files: the store .* has format 99, this version reads up to \d+\n$/)
  })

  test('--json is an array of findings', async () => {
    const { code, out } = await holdfast(['doctor', '--deep', '--json'], { cwd: await board() })
    const findings = JSON.parse(out) as Finding[]
    expect(code).toBe(0)
    const names = CHECKS.map(({ name }) => name)
    for (const { check, level, says } of findings) {
      expect(names).toContain(check)
      expect(['ok', 'note', 'warning']).toContain(level)
      expect(says).toMatch(/^\S.*\S$/)
    }
    expect(findings.map(({ check }) => names.indexOf(check))).toEqual(
      findings.map(({ check }) => names.indexOf(check)).sort((a, b) => a - b),
    )
  })

  test('--path: a store without a config; escape sequences in a name do not get through', async () => {
    const path = join(await directory(), 'red\x1b[31m')
    await mkdir(path)
    const { closed } = onTerminal(['doctor', '--path', path, '--no-color'])
    const { code, screen } = await closed
    expect(code).toBe(0)
    expect(screen).toMatch(/^✓ store {2}.*red�\[31m, of \S+ alone$/m)
    expect(screen).not.toContain('\x1b[31m')
  })

  test('where a config is no JavaScript, a command says the line', async () => {
    const { code, out } = await holdfast(['doctor', '--json'], {
      cwd: await tree({ 'holdfast.config.js': '\nexport default {' }),
    })
    const { advice } = (JSON.parse(out) as Finding[]).find(({ check }) => check === 'config') as Finding
    expect([code, advice]).toEqual([1, expect.stringMatching(/^`node \S+` says where\.$/)])
    const told = run('sh', ['-c', (advice as string).split('`')[1] as string])
    await expect(told).rejects.toMatchObject({ stderr: expect.stringMatching(/holdfast\.config\.js:2/) })
  })

  test('the config of the portal, with its devices, has no fault', async () => {
    const config = join(ROOT, 'docs/examples/portal/holdfast.config.js')
    const { out } = await holdfast(['doctor', '--json', '-c', config], { cwd: await directory() })
    const found = (JSON.parse(out) as Finding[]).filter(({ check }) => check === 'config')
    expect(found).toMatchObject([{ level: 'ok' }])
  })

  test('a config that is not there is wrong usage', async () => {
    expect(await holdfast(['doctor', '--config', 'nowhere.js'])).toMatchObject({ code: 2, out: '' })
  })
})

test('every command that is advised is a command', () => {
  const folder = join(ROOT, 'src/cli/doctor')
  const files = [...readdirSync(folder).map((name) => join(folder, name)), join(ROOT, 'src/cli/hints.ts')]
  const advised = files.flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/`(?:sudo [^`]*)?holdfast ([^`]*?)\\?`/g)].map(
      ([, words]) => words as string,
    ),
  )
  expect(advised.length).toBeGreaterThan(5)
  for (const words of advised) expect(unknownIn(program(), words.split(' ')), words).toBeUndefined()
})

/** The first word that a command does not know; arguments are anything. */
function unknownIn(command: Command, [word, ...rest]: readonly string[]): string | undefined {
  if (word === undefined) return undefined
  if (word.startsWith('-')) {
    const known = [...command.options, ...(command.parent?.options ?? [])].some(({ long, short }) =>
      [long, short].includes(word),
    )
    return known ? unknownIn(command, rest.slice(rest[0]?.startsWith('-') ? 0 : 1)) : word
  }
  const inner = command.commands.find((each) => each.name() === word)
  if (inner) return unknownIn(inner, rest)
  return command.commands.length > 0 || command.registeredArguments.length === 0 ? word : unknownIn(command, rest)
}

test('the files that are advised to be read are there', () => {
  const folder = join(ROOT, 'src/cli/doctor')
  const text = readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n')
  for (const [page] of text.matchAll(/docs\/[\w/-]+\.md/g)) expect(() => readFileSync(join(ROOT, page))).not.toThrow()
})

test('the table of the guide names every check and what it looks at', () => {
  const guide = readFileSync(join(ROOT, 'docs/guides/is-all-well.md'), 'utf8')
  const rows = [...guide.matchAll(/^\| `(\w+)` \| (.*?) \|/gm)].map(([, name, looks]) => [name, looks])
  expect(rows).toEqual(CHECKS.map(({ name, looks }) => [name, looks]))
})
