/** The views, in the order of the navigation: a new one is a line here and a file in `views`. Each is loaded when it is looked at. */
import type { ComponentType } from 'preact'
import type { IconName } from './parts/icon.js'

export interface View {
  /** The first part of its addresses. */
  readonly path: string
  readonly title: string
  readonly icon: IconName
  load(): Promise<ComponentType>
}

export const VIEWS: readonly View[] = [
  {
    path: 'overview',
    title: 'Overview',
    icon: 'overview',
    load: async () => (await import('./views/overview.js')).Overview,
  },
  { path: 'tasks', title: 'Tasks', icon: 'tasks', load: async () => (await import('./views/tasks.js')).Tasks },
  {
    path: 'devices',
    title: 'Devices',
    icon: 'devices',
    load: async () => (await import('./views/devices.js')).Devices,
  },
  {
    path: 'machines',
    title: 'Machines',
    icon: 'machines',
    load: async () => (await import('./views/machines.js')).Machines,
  },
  {
    path: 'sequence',
    title: 'Sequence',
    icon: 'sequence',
    load: async () => (await import('./views/sequence.js')).Sequence,
  },
  {
    path: 'schedules',
    title: 'Schedules',
    icon: 'schedules',
    load: async () => (await import('./views/schedules.js')).Schedules,
  },
  { path: 'care', title: 'Care', icon: 'care', load: async () => (await import('./views/care.js')).Care },
]
