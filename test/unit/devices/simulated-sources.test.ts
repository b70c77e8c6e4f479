import { expect, test } from 'vitest'
import type { PwmData, SourceData } from '../../../src/devices/sources/shape.js'
import { SimulatedSources } from '../../../src/devices/sources/simulated.js'

const never = new AbortController().signal
const warm: SourceData = { source: 'dht', quantity: 'temperature' }
const humid: SourceData = { source: 'dht', quantity: 'humidity' }

test('a sensor reads something likely, then what it was set to, by every device of it', async () => {
  const sources = new SimulatedSources()
  const [one, other, third] = [sources.source(warm), sources.source({ ...warm }), sources.source(humid)]
  expect(await Promise.all([one, other, third].map((each) => each.read(never)))).toEqual([20, 20, 50])
  sources.set(warm, -5.5)
  expect(await Promise.all([one, other, third].map((each) => each.read(never)))).toEqual([-5.5, -5.5, 50])
})

test('a sensor that fails gives no reading, and then the one that it had', async () => {
  const sources = new SimulatedSources()
  const source = sources.source({ source: 'ds18b20', id: '28-0316a2798ef1' })
  sources.fail({ source: 'ds18b20', id: '28-0316a2798ef1' }, 'no answer')
  await expect(source.read(never)).rejects.toMatchObject({ code: 'ERR_READING', message: 'simulated: no answer' })
  sources.fail({ source: 'ds18b20', id: '28-0316a2798ef1' }, null)
  expect(await source.read(never)).toBe(20)
})

test('what was set is there when it is opened again; what was closed reads nothing', async () => {
  const sources = new SimulatedSources()
  const file: SourceData = { source: 'file', path: 'a/b', scale: 0.001, offset: 0 }
  sources.set(file, 7)
  const first = sources.source(file)
  first.close()
  await expect(first.read(never)).rejects.toMatchObject({ code: 'ERR_READING' })
  expect(await sources.source(file).read(never)).toBe(7)
  await expect(sources.source(file).read(AbortSignal.abort())).rejects.toMatchObject({ code: 'ERR_READING' })
})

test('a dial stands where it was put, over a restart of its device too', async () => {
  const sources = new SimulatedSources()
  const data: PwmData = { dial: 'pwm', channel: 0, periodNs: 1_000_000, inverted: false }
  const dial = sources.dial(data)
  expect(await dial.get()).toBe(0)
  await dial.set(0.4)
  await dial.close()
  expect(await sources.dial(data).get()).toBe(0.4)
  expect(sources.duty(data)).toBe(0.4)
  expect(sources.duty({ ...data, channel: 1 })).toBe(0)
  await sources.dial(data).set(2)
  expect(sources.duty(data)).toBe(1)
})
