import type { AnyDefinition, defineTask } from '../../src/runtime/define.js'
import type { Fact } from './daemon.js'

export function kinds(holdfast: { defineTask: typeof defineTask }, say: (fact: Fact) => void): AnyDefinition[]
