import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { fault } from '../../../src/devices/sources/files.js'
import type { SourceData } from '../../../src/devices/sources/shape.js'
import { Sysfs } from '../../../src/devices/sources/sysfs.js'
import { SystemClock } from '../../../src/kernel/system-clock.js'
import { CODES } from '../../../src/model/errors.js'
import { Tree } from './sysfs-tree.js'

const never = new AbortController().signal

function sysfs(tree: Tree): Sysfs {
  const clock = new SystemClock()
  onTestFinished(() => clock.close())
  return new Sysfs({ root: tree.root, clock })
}

const read = (tree: Tree, data: SourceData) => sysfs(tree).source(data).read(never)
const file = (path: string, scale = 1, offset = 0): SourceData => ({ source: 'file', path, scale, offset })

const IIO = 'bus/iio/devices/iio:device'
const DHTS = {
  [`${IIO}0/name`]: 'bme280\n',
  [`${IIO}0/in_temp_input`]: '99000\n',
  [`${IIO}10/name`]: 'dht11@11\n',
  [`${IIO}10/in_temp_input`]: '21437\n',
  [`${IIO}10/in_humidityrelative_input`]: '48300\n',
}
const temperature: SourceData = { source: 'dht', quantity: 'temperature' }

describe('a DHT', () => {
  test('is found by its name, and gives °C and %', async () => {
    const tree = await Tree.with(DHTS)
    expect(await read(tree, temperature)).toBe(21.437)
    expect(await read(tree, { source: 'dht', quantity: 'humidity', name: 'dht11@11' })).toBe(48.3)
  })

  test('among several has to be named', async () => {
    const tree = await Tree.with({ ...DHTS, [`${IIO}2/name`]: 'dht11@4', [`${IIO}2/in_temp_input`]: '-3000' })
    await expect(read(tree, temperature)).rejects.toMatchObject({
      code: 'ERR_SENSOR_GONE',
      message: 'there are 2: dht11@4, dht11@11',
      hint: 'Say which by `name`.',
    })
    expect(await read(tree, { ...temperature, name: 'dht11@4' })).toBe(-3)
  })

  test('that is not there is gone, whatever is: no folder, another name, no file', async () => {
    const gone = { code: 'ERR_SENSOR_GONE' }
    await expect(read(await Tree.with(), temperature)).rejects.toMatchObject(gone)
    const tree = await Tree.with(DHTS)
    await expect(read(tree, { ...temperature, name: 'dht11@4' })).rejects.toMatchObject({
      ...gone,
      message: 'there is no DHT with the name dht11@4',
    })
    await rm(tree.at(`${IIO}10/in_temp_input`))
    await expect(read(tree, temperature)).rejects.toMatchObject(gone)
  })

  test('is found again under another number, and what has its number now is not read', async () => {
    const tree = await Tree.with(DHTS)
    const source = sysfs(tree).source(temperature)
    await source.read(never)
    await rename(tree.at(`${IIO}10`), tree.at(`${IIO}11`))
    await rename(tree.at(`${IIO}0`), tree.at(`${IIO}10`))
    expect(await source.read(never)).toBe(21.437)
  })
})

describe('a DS18B20', () => {
  const [one, other] = ['28-0316a2798ef1', '28-000005e2fdc3']
  const at = (id: string) => `bus/w1/devices/${id}/temperature`

  test('is the only one of its family, or has its id', async () => {
    const tree = await Tree.with({ [at(one as string)]: '-1062\n', 'bus/w1/devices/w1_bus_master1/x': '' })
    expect(await read(tree, { source: 'ds18b20' })).toBe(-1.062)
    await tree.write(at(other as string), '30125\n')
    await expect(read(tree, { source: 'ds18b20' })).rejects.toMatchObject({ code: 'ERR_SENSOR_GONE' })
    expect(await read(tree, { source: 'ds18b20', id: other as string })).toBe(30.125)
  })

  test('that has had no power for its conversion, or fails it, gives no reading', async () => {
    const tree = await Tree.with({ [at(one as string)]: '85000\n' })
    await expect(read(tree, { source: 'ds18b20' })).rejects.toMatchObject({ code: 'ERR_READING', message: /85 °C/ })
    await tree.write(at(one as string), '')
    await expect(read(tree, { source: 'ds18b20' })).rejects.toMatchObject({
      code: 'ERR_READING',
      message: /expected a number, found nothing/,
    })
    await tree.write(at(one as string), '84937')
    expect(await read(tree, { source: 'ds18b20' })).toBe(84.937)
  })

  test.each(['../../x', '28-', '10-0316a2798ef1', '28-0316a2798ef1/..'])('has no id %o', async (id) => {
    const tree = await Tree.with()
    expect(() => sysfs(tree).source({ source: 'ds18b20', id })).toThrow(/id: expected/)
  })
})

describe('the board', () => {
  test('has the temperature of its processor in the zone of that type', async () => {
    const tree = await Tree.with({
      'class/thermal/thermal_zone0/type': 'gpu-thermal\n',
      'class/thermal/thermal_zone0/temp': '1\n',
      'class/thermal/thermal_zone1/type': 'cpu-thermal\n',
      'class/thermal/thermal_zone1/temp': '54534\n',
    })
    expect(await read(tree, { source: 'cpu-temperature' })).toBe(54.534)
  })

  test('says by its monitor whether the supply is too weak', async () => {
    const tree = await Tree.with({
      'class/hwmon/hwmon0/name': 'cpu_thermal\n',
      'class/hwmon/hwmon1/name': 'rpi_volt\n',
      'class/hwmon/hwmon1/in0_lcrit_alarm': '1\n',
    })
    expect(await read(tree, { source: 'under-voltage' })).toBe(1)
  })

  test('says by its firmware what is held back, in hexadecimal', async () => {
    const tree = await Tree.with({ 'devices/platform/soc/soc:firmware/get_throttled': '50005\n' })
    await tree.link(
      'bus/platform/drivers/raspberrypi-firmware/soc:firmware',
      tree.at('devices/platform/soc/soc:firmware'),
    )
    expect(await read(tree, { source: 'throttling' })).toBe(0x50005)
  })

  test.each(['cpu-temperature', 'under-voltage', 'throttling'] as const)('may have no %s', async (source) => {
    await expect(read(await Tree.with(), { source })).rejects.toMatchObject({ code: 'ERR_SENSOR_GONE' })
  })
})

describe('a file', () => {
  test.each([
    ['42', 42],
    ['-0.5\n', -0.5],
    [' 1e3 \n', 1_000],
    ['+7.', 7],
  ])('with %o is a number', async (text, value) => {
    expect(await read(await Tree.with({ 'a/b': text }), file('a/b'))).toBe(value)
  })

  test('is scaled, then moved', async () => {
    const tree = await Tree.with({ 'a/b': '21437' })
    expect(await read(tree, file('/sys/a/b', 0.001, -273.15))).toBe(-251.713)
    await expect(read(await Tree.with({ 'a/b': '1e308' }), file('a/b', 10))).rejects.toMatchObject({
      code: 'ERR_READING',
    })
  })

  test.each(['', 'NaN', 'Infinity', '0x1f', '12 34', '1,5', 'warm', '\0', '1e999'])(
    'with %o is no reading',
    async (text) => {
      await expect(read(await Tree.with({ 'a/b': text }), file('a/b'))).rejects.toMatchObject({
        code: 'ERR_READING',
        message: /expected a number, found/,
      })
    },
  )

  test('that is huge is no reading, and is not read to its end', async () => {
    const tree = await Tree.with({ 'a/b': '1'.repeat(10_000_000) })
    await expect(read(tree, file('a/b'))).rejects.toMatchObject({ code: 'ERR_READING', message: /more than 64 bytes/ })
  })

  test('that is a folder or a pipe is no reading, and keeps nobody waiting', async () => {
    const tree = await Tree.with({ 'a/b': '1' })
    execFileSync('mkfifo', [tree.at('a/pipe')])
    await mkdir(tree.at('a/folder'))
    for (const path of ['a/pipe', 'a/folder'])
      await expect(read(tree, file(path))).rejects.toMatchObject({ code: 'ERR_READING', message: /is no file/ })
  })

  test('that vanishes is gone, and is read again when it is back', async () => {
    const tree = await Tree.with({ 'a/b': '1' })
    const source = sysfs(tree).source(file('a/b'))
    expect(await source.read(never)).toBe(1)
    await rm(tree.at('a'), { recursive: true })
    await expect(source.read(never)).rejects.toMatchObject({ code: 'ERR_SENSOR_GONE' })
    await tree.write('a/b', '2')
    expect(await source.read(never)).toBe(2)
  })

  test.each([
    ['EACCES', 'ERR_READING', 'See who may: `ls -l /sys/a`.'],
    ['EIO', 'ERR_READING', CODES.ERR_READING[1]],
    ['ETIMEDOUT', 'ERR_READING', CODES.ERR_READING[1]],
    ['ENODEV', 'ERR_SENSOR_GONE', CODES.ERR_SENSOR_GONE[1]],
    ['ENOTDIR', 'ERR_SENSOR_GONE', CODES.ERR_SENSOR_GONE[1]],
  ])('of which the kernel says %s is told as %s', (code, ours, hint) => {
    const cause = Object.assign(new Error(code), { code })
    expect(fault(cause, '/sys/a')).toMatchObject({ code: ours, hint, cause })
  })

  test.each(['', '/etc/passwd', '../x', 'a/../../x', '/sys/../etc/passwd', '/sys/', '/sysx/a', 'a\0b'])(
    'is not looked for at %o',
    async (path) => {
      const tree = await Tree.with()
      expect(() => sysfs(tree).source(file(path))).toThrow(/path: expected a file below \/sys/)
    },
  )
})

test.skipIf(!existsSync('/sys/class/net/lo/mtu'))(
  'the sysfs of this machine is read as the kernel gives it',
  async () => {
    const clock = new SystemClock()
    onTestFinished(() => clock.close())
    const mtu = new Sysfs({ clock }).source(file('/sys/class/net/lo/mtu', 0.001))
    expect(await mtu.read(never)).toBe(Number(readFileSync('/sys/class/net/lo/mtu', 'utf8')) / 1_000)
  },
)

test('a reading that was given up before it began is none', async () => {
  const tree = await Tree.with({ 'a/b': '1' })
  await expect(sysfs(tree).source(file('a/b')).read(AbortSignal.abort())).rejects.toMatchObject({ code: 'ERR_READING' })
})

test('a hundred readings at once are a hundred readings', async () => {
  const files = Array.from({ length: 100 }, (_, n) => [`a/${n}`, `${n}`] as const)
  const root = sysfs(await Tree.with(Object.fromEntries(files)))
  const readings = files.map(([path]) => root.source(file(path)).read(new AbortController().signal))
  expect(await Promise.all(readings)).toEqual(files.map((_, n) => n))
})
