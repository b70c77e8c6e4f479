import { useSignal } from '@preact/signals'
import type { ComponentType } from 'preact'
import { useEffect, useErrorBoundary, useRef } from 'preact/hooks'
import { link } from './feed.js'
import { Icon } from './parts/icon.js'
import { LinkState } from './parts/link-state.js'
import { Notices } from './parts/notices.js'
import { Empty, Waiting } from './parts/panel.js'
import { href, place } from './place.js'
import { logOut, session } from './session.js'
import { plain } from './text.js'
import { choose, shade } from './theme.js'
import { LogIn } from './views/log-in.js'
import { VIEWS, type View } from './views.js'
import { timeOf } from './words.js'

export function App() {
  const known = session.value
  if (known === undefined) return <main class="alone">{<Waiting of="Looking for the daemon" />}</main>
  if (known === 'none') return <LogIn />
  return <Shell />
}

function Shell() {
  const [name = 'overview', about] = place.value.path
  const view = VIEWS.find(({ path }) => path === name)
  const main = useRef<HTMLElement>(null)
  const before = useRef(place.value.path.join('/'))
  useEffect(() => {
    const title = about === undefined ? (view?.title ?? 'Nothing here') : plain(about, 80)
    document.title = `${title} · holdfast`
    const here = place.value.path.join('/')
    // Who changed the view begins to read at its top.
    if (here !== before.current) main.current?.focus()
    before.current = here
  }, [name, about])
  return (
    <div class="shell">
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <nav class="side" aria-label="Views">
        <a class="brand" href={href(['overview'])} aria-label="holdfast, overview">
          <svg viewBox="0 0 32 32" aria-hidden="true">
            <rect width="32" height="32" rx="8" class="brand-ground" />
            <path d="M10 7v18M22 7v18M10 16h12" class="brand-line" />
          </svg>
          <span>holdfast</span>
        </a>
        <ul>
          {VIEWS.map(({ path, title, icon }) => (
            <li key={path}>
              <a href={href([path])} {...(path === name ? { 'aria-current': 'page' as const } : {})}>
                <Icon name={icon} />
                <span>{title}</span>
              </a>
            </li>
          ))}
        </ul>
        <div class="side-foot">
          <LinkState />
          <div class="side-buttons">
            <ThemeButton />
            <LeaveButton />
          </div>
        </div>
      </nav>
      <main id="main" ref={main} tabIndex={-1} aria-busy={link.value.state === 'connecting'}>
        <Away />
        {view ? <Loaded key={view.path} view={view} /> : <Empty>There is no such view.</Empty>}
      </main>
      <Notices />
    </div>
  )
}

/** What is seen is from before; nothing has to be done. */
function Away() {
  const { state, since } = link.value
  if (state !== 'away') return null
  return (
    <p class="away">
      The daemon does not answer. What you see is from {timeOf(since)}; the page goes on as soon as it is back.
    </p>
  )
}

function Loaded({ view }: { readonly view: View }) {
  const loaded = useSignal<{ View: ComponentType } | 'failed' | undefined>(undefined)
  const [error] = useErrorBoundary((thrown) => console.error(thrown))
  useEffect(() => {
    view.load().then(
      (View) => {
        loaded.value = { View }
      },
      () => {
        loaded.value = 'failed'
      },
    )
  }, [view])
  if (error || loaded.value === 'failed') {
    return (
      <div class="trouble" role="alert">
        <strong>This view could not be shown.</strong>
        <span>The daemon may be of another version than the page by now.</span>
        <button type="button" onClick={() => location.reload()}>
          Load the page anew
        </button>
      </div>
    )
  }
  if (!loaded.value) return <Waiting of="Loading" />
  const { View } = loaded.value
  return <View />
}

function ThemeButton() {
  const other = shade.value === 'dark' ? 'light' : 'dark'
  return (
    <button type="button" class="quiet" aria-label={`Use the ${other} theme`} onClick={() => choose(other)}>
      <Icon name={other === 'light' ? 'sun' : 'moon'} />
    </button>
  )
}

function LeaveButton() {
  const known = session.value
  if (typeof known !== 'object' || known.by !== 'session') return null
  return (
    <button type="button" class="quiet" aria-label="Log out" onClick={() => void logOut()}>
      <Icon name="out" />
    </button>
  )
}
