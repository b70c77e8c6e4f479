import { useId } from 'preact/hooks'
import type { KindView } from '../../../runtime/kind-control.js'
import type { RouteView } from '../../../runtime/route-control.js'
import { useAsked } from '../asked.js'
import { Icon } from '../parts/icon.js'
import { STATES } from '../parts/state.js'
import { go } from '../place.js'
import type { TaskFilter } from '../task-list.js'
import { plain } from '../text.js'

interface FiltersProps {
  readonly filter: TaskFilter
  readonly change: (changed: Partial<Record<keyof TaskFilter, string | undefined>>) => void
}

export function TaskFilters({ filter, change }: FiltersProps) {
  const kinds = useAsked<{ items: KindView[] }>('/v1/kinds').data?.items ?? []
  const routes = useAsked<{ items: RouteView[] }>('/v1/routes').data?.items ?? []
  const states = new Set(filter.state?.split(',') ?? [])
  const toggle = (state: string) => {
    if (!states.delete(state)) states.add(state)
    change({ state: states.size === 0 ? undefined : [...states].join(',') })
  }
  return (
    <div class="filters">
      <form
        class="find"
        role="search"
        onSubmit={(event) => {
          event.preventDefault()
          const id = String(new FormData(event.currentTarget).get('id')).trim()
          if (id !== '') go(['tasks', id])
        }}
      >
        <Icon name="search" />
        <input
          name="id"
          type="search"
          placeholder="Open a task by its id"
          aria-label="Open a task by its id"
          spellcheck={false}
        />
      </form>
      <div class="chips" role="group" aria-label="States">
        {STATES.map((state) => (
          <button
            key={state}
            type="button"
            class={`chip state-${state.toLowerCase()}`}
            aria-pressed={states.has(state)}
            onClick={() => toggle(state)}
          >
            <i class="dot" aria-hidden="true" />
            {state}
          </button>
        ))}
      </div>
      <div class="fields">
        <Choice
          label="Kind"
          value={filter.kind}
          options={kinds.map(({ name }) => name)}
          change={(kind) => change({ kind })}
        />
        <Choice
          label="Route"
          value={filter.route}
          options={routes.map(({ name }) => name)}
          change={(route) => change({ route })}
        />
        <Field label="Group" value={filter.group} change={(group) => change({ group })} />
        <Field label="Schedule" value={filter.schedule} change={(schedule) => change({ schedule })} />
        <Field label="Led to by" value={filter.cause} change={(cause) => change({ cause })} />
      </div>
    </div>
  )
}

interface OneProps {
  readonly label: string
  readonly value: string | undefined
  readonly change: (value: string | undefined) => void
}

function Choice({ label, value = '', options, change }: OneProps & { readonly options: readonly string[] }) {
  const id = useId()
  // What the address names is there, even before it is known what there is.
  const all = value === '' || options.includes(value) ? options : [value, ...options]
  return (
    <label class="field" for={id}>
      {label}
      <select id={id} value={value} onChange={(event) => change(event.currentTarget.value || undefined)}>
        <option value="">any</option>
        {all.map((option) => (
          <option key={option} value={option}>
            {plain(option, 60)}
          </option>
        ))}
      </select>
    </label>
  )
}

function Field({ label, value = '', change }: OneProps) {
  const id = useId()
  return (
    <label class="field" for={id}>
      {label}
      <input
        id={id}
        value={value}
        placeholder="any"
        spellcheck={false}
        onChange={(event) => change(event.currentTarget.value.trim() || undefined)}
      />
    </label>
  )
}
