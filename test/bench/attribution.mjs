// What parts of the sources cost, told apart by their files: a noisy machine changes how long they take, not whose it is.
import { Session } from 'node:inspector/promises'

/** One sample in so many bytes; each stands for as much as was allocated. */
const SAMPLING_BYTES = 512
const SAMPLING_US = 100

/** Bytes that were allocated during `work`, collected ones too: all of them, and those by files that `mine` says. */
export async function allocatedDuring(work, mine) {
  return within(async (session) => {
    const options = { includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true }
    await session.post('HeapProfiler.startSampling', { samplingInterval: SAMPLING_BYTES, ...options })
    await work()
    const { profile } = await session.post('HeapProfiler.stopSampling')
    const sum = { all: 0, mine: 0 }
    const add = ({ callFrame, selfSize, children }) => {
      sum.all += selfSize
      if (mine(callFrame.url)) sum.mine += selfSize
      for (const child of children) add(child)
    }
    add(profile.head)
    return sum
  })
}

/**
 * The part of the samples of the main thread at work that were in files that `mine` says, in percent. Samples are
 * counted, not their times: where others take the processor away, a sample lasts as long as they had it.
 */
export async function shareDuring(work, mine) {
  return within(async (session) => {
    await session.post('Profiler.enable')
    await session.post('Profiler.setSamplingInterval', { interval: SAMPLING_US })
    await session.post('Profiler.start')
    await work()
    const { profile } = await session.post('Profiler.stop')
    const of = (holds) => {
      const nodes = new Set(profile.nodes.filter(({ callFrame }) => holds(callFrame)).map(({ id }) => id))
      return profile.samples.filter((id) => nodes.has(id)).length
    }
    return (
      (100 * of(({ url }) => mine(url))) /
      Math.max(
        1,
        of(({ functionName }) => functionName !== '(idle)'),
      )
    )
  })
}

async function within(work) {
  const session = new Session()
  session.connect()
  try {
    return await work(session)
  } finally {
    session.disconnect()
  }
}
