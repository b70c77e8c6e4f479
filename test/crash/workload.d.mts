import type { Runtime } from '../../src/runtime/runtime.js'
import type { Fact } from './daemon.js'

export function workload(
  runtime: Runtime,
  say: (fact: Fact) => void,
  before: readonly Fact[],
  life: string | number,
): Promise<void>
