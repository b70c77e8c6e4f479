/** The machines that a program of the rig can be run on, by their names. */
import { Arm64Machine } from './arm64-machine.mjs'
import { Machine } from './machine.mjs'

export const MACHINES = { uml: Machine, arm64: Arm64Machine }
