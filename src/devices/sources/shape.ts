/** What is read and set through files of the kernel, as plain JSON: a definition makes it, a {@link SourceBackend} opens it. */

/** A DHT11 or DHT22 of the kernel (`dtoverlay=dht11`), in °C or in % of relative humidity. */
export interface DhtData {
  readonly source: 'dht'
  readonly quantity: 'temperature' | 'humidity'
  /** Its name in IIO, `dht11@11` for GPIO17 (in hexadecimal); without it there must be one alone. */
  readonly name?: string
}

/** A DS18B20 on the 1-wire bus, in °C. */
export interface Ds18b20Data {
  readonly source: 'ds18b20'
  /** `28-0316a2798ef1`; without it there must be one alone. */
  readonly id?: string
}

/** The temperature of the processor, in °C. */
export interface CpuTemperatureData {
  readonly source: 'cpu-temperature'
}

/** 1 while the power supply of a Raspberry Pi is too weak, else 0. */
export interface UnderVoltageData {
  readonly source: 'under-voltage'
}

/** What the firmware of a Raspberry Pi holds back, as bits: see {@link THROTTLED}. */
export interface ThrottlingData {
  readonly source: 'throttling'
}

/** Any file with a number in it; the reading is number × scale + offset. */
export interface FileData {
  readonly source: 'file'
  /** Below the root of sysfs: `class/thermal/thermal_zone0/temp`, or the same with `/sys/` before it. */
  readonly path: string
  readonly scale: number
  readonly offset: number
}

export type SourceData = DhtData | Ds18b20Data | CpuTemperatureData | UnderVoltageData | ThrottlingData | FileData

/** A channel of a PWM chip. */
export interface PwmData {
  readonly dial: 'pwm'
  /** The device of the chip, `1f00098000.pwm`: its number changes. Without it there must be one alone. */
  readonly chip?: string
  readonly channel: number
  /** The length of a pulse with its pause, in nanoseconds. */
  readonly periodNs: number
  /** Low is on. */
  readonly inverted: boolean
}

/** The bits of {@link ThrottlingData}; the same 16 bits higher: since the kernel last looked. */
export const THROTTLED = { underVoltage: 1, frequencyCapped: 2, throttled: 4, softLimit: 8 } as const
