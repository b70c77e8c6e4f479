/** A metric that is measured when somebody asks. While the disk fails, what has to be read from the runtime stays as it was. */
import { Counter, Gauge, type Registry } from 'prom-client'
import { HoldfastError } from '../model/errors.js'
import { type LabelOf, type Named, optionsOf } from './metrics.js'

type Measured<Name extends Named<'gauge'>> = (gauge: Gauge<LabelOf<Name>>) => void | Promise<void>
export type Make = <Name extends Named<'gauge'>>(name: Name, collect: Measured<Name>) => void

/** Makes gauges, each with its way to be measured. */
export function gaugesIn(registry: Registry): Make {
  return (name, collect) => {
    const made: Gauge<LabelOf<typeof name>> = new Gauge({
      ...optionsOf(name, registry),
      collect: () => readable(() => collect(made)),
    })
  }
}

/** A counter of what is counted elsewhere: `all` gives how many there are now, by their labels. */
export function countedBy<Name extends Named<'counter'>>(
  registry: Registry,
  name: Name,
  all: () => Promise<readonly (readonly [labels: Record<LabelOf<Name>, string>, count: number])[]>,
): void {
  const counter: Counter<LabelOf<Name>> = new Counter<LabelOf<Name>>({
    ...optionsOf(name, registry),
    collect: () =>
      readable(async () => {
        const found = await all()
        counter.reset()
        for (const [labels, count] of found) counter.inc(labels, count)
      }),
  })
}

async function readable(measure: () => void | Promise<void>): Promise<void> {
  try {
    await measure()
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error
  }
}
