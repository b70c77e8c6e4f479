import { watch } from 'node:fs'
import { chmod, readFile, rm } from 'node:fs/promises'
import { expect, onTestFinished, test } from 'vitest'
import type { PwmData } from '../../../src/devices/sources/shape.js'
import { Sysfs } from '../../../src/devices/sources/sysfs.js'
import { SystemClock } from '../../../src/kernel/system-clock.js'
import { Tree } from './sysfs-tree.js'

const CHIP = 'class/pwm/pwmchip2'
const DATA: PwmData = { dial: 'pwm', channel: 1, periodNs: 1_000_000, inverted: false }
const channel = (some: Readonly<Record<string, string>> = {}) => {
  const files = { enable: '0', period: '0', duty_cycle: '0', polarity: 'normal', ...some }
  return Object.fromEntries(Object.entries(files).map(([file, text]) => [`${CHIP}/pwm1/${file}`, `${text}\n`]))
}

async function chip(files: Readonly<Record<string, string>> = channel()): Promise<Tree> {
  const tree = await Tree.with({ [`${CHIP}/npwm`]: '2\n', [`${CHIP}/export`]: '', ...files })
  await tree.link(`${CHIP}/device`, '../../../fe20c000.pwm')
  return tree
}

function dial(tree: Tree, some: Partial<PwmData> = {}) {
  const clock = new SystemClock()
  onTestFinished(() => clock.close())
  return new Sysfs({ root: tree.root, clock }).dial({ ...DATA, ...some })
}

async function state(tree: Tree): Promise<Record<string, string>> {
  const files = ['enable', 'period', 'duty_cycle', 'polarity']
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file, (await tree.text(`${CHIP}/pwm1/${file}`)).trim()] as const)),
  )
}

test('a channel is set up when it is first set, and then its duty alone is', async () => {
  const tree = await chip()
  const light = dial(tree)
  expect(await light.get()).toBe(0)
  await light.set(0.25)
  expect(await state(tree)).toEqual({ enable: '1', period: '1000000', duty_cycle: '250000', polarity: 'normal' })
  expect(await light.get()).toBe(0.25)
  await rm(tree.at(`${CHIP}/pwm1/period`))
  await light.set(1)
  expect(await tree.text(`${CHIP}/pwm1/duty_cycle`)).toBe('1000000')
})

test('what it drives is left as it is until it is set, and when it is given back', async () => {
  const before = { enable: '1', period: '2000000', duty_cycle: '500000', polarity: 'normal' }
  const tree = await chip(channel(before))
  const light = dial(tree)
  expect(await light.get()).toBe(0.25)
  expect(await state(tree)).toEqual(before)
  await light.set(0.5)
  await light.close()
  expect(await state(tree)).toMatchObject({ enable: '1', period: '1000000', duty_cycle: '500000' })
})

test('inverted, low is on; what was driven the other way round is read so', async () => {
  const tree = await chip(channel({ enable: '1', period: '1000000', duty_cycle: '250000' }))
  const light = dial(tree, { inverted: true })
  expect(await light.get()).toBe(0.75)
  await light.set(0.75)
  expect(await state(tree)).toEqual({ enable: '1', period: '1000000', duty_cycle: '750000', polarity: 'inversed' })
  expect(await light.get()).toBe(0.75)
})

test('a duty beyond its ends is at its end', async () => {
  const tree = await chip()
  const light = dial(tree)
  await light.set(1.5)
  expect(await tree.text(`${CHIP}/pwm1/duty_cycle`)).toBe('1000000')
  await light.set(-1)
  expect(await tree.text(`${CHIP}/pwm1/duty_cycle`)).toBe('0')
})

test('a channel that is not exported is, and is waited for', async () => {
  const tree = await chip({})
  const exported = watch(tree.at(`${CHIP}/export`), () => void kernel())
  onTestFinished(() => exported.close())
  const kernel = async () => {
    exported.close()
    const { [`${CHIP}/pwm1/duty_cycle`]: duty, ...others } = channel()
    for (const [path, text] of Object.entries(others)) await tree.write(path, text)
    await tree.write(`${CHIP}/pwm1/duty_cycle`, duty as string)
  }
  await dial(tree).set(0.5)
  expect(await readFile(tree.at(`${CHIP}/export`), 'utf8')).toBe('1')
  expect(await state(tree)).toMatchObject({ enable: '1', duty_cycle: '500000' })
})

test('a chip is found by its device, whatever its number', async () => {
  const tree = await chip()
  await tree.write('class/pwm/pwmchip0/npwm', '4')
  await tree.link('class/pwm/pwmchip0/device', '../../1f0009c000.pwm')
  await expect(dial(tree).get()).rejects.toMatchObject({
    code: 'ERR_SENSOR_GONE',
    message: 'there are 1f0009c000.pwm, fe20c000.pwm',
    hint: 'Say which by `chip`.',
  })
  await dial(tree, { chip: 'fe20c000.pwm' }).set(1)
  expect(await state(tree)).toMatchObject({ enable: '1' })
  await expect(dial(tree, { chip: 'other.pwm' }).set(1)).rejects.toMatchObject({
    code: 'ERR_SENSOR_GONE',
    message: 'no PWM chip is of the device other.pwm',
  })
})

test('a chip or a channel that is not there is gone, and is found when it is back', async () => {
  await expect(dial(await Tree.with()).set(1)).rejects.toMatchObject({ code: 'ERR_SENSOR_GONE' })
  const tree = await chip()
  await expect(dial(tree, { channel: 2 }).set(1)).rejects.toMatchObject({
    code: 'ERR_SENSOR_GONE',
    message: /has the channels 0 to 1, and no 2/,
  })
  const light = dial(tree)
  await light.set(1)
  await rm(tree.at('class'), { recursive: true })
  await expect(light.set(0.5)).rejects.toMatchObject({ code: 'ERR_SENSOR_GONE' })
  for (const [path, text] of Object.entries({ ...channel(), [`${CHIP}/npwm`]: '2' })) await tree.write(path, text)
  await light.set(0.5)
  expect(await state(tree)).toMatchObject({ enable: '1', duty_cycle: '500000' })
})

test('a channel that says garbage is refused, and not set', async () => {
  const tree = await chip(channel({ period: 'long' }))
  await expect(dial(tree).set(1)).rejects.toMatchObject({
    code: 'ERR_LINE',
    message: /expected a number, found "long"/,
  })
  expect(await state(tree)).toMatchObject({ enable: '0', duty_cycle: '0' })
})

test.skipIf(process.getuid?.() === 0)('a channel that may not be written says which group may', async () => {
  const tree = await chip()
  await chmod(tree.at(`${CHIP}/pwm1/duty_cycle`), 0o444)
  await expect(dial(tree).set(1)).rejects.toMatchObject({ code: 'ERR_LINE_PERMISSION', hint: /gpio/ })
})
