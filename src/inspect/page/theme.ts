/** Light or dark: as the system has it, until somebody chooses. */
import { computed, effect, signal } from '@preact/signals'

export type Theme = 'auto' | 'light' | 'dark'

const KEPT = 'holdfast.theme'
const dark = matchMedia('(prefers-color-scheme: dark)')
const system = signal(dark.matches)
dark.addEventListener('change', () => {
  system.value = dark.matches
})

export const theme = signal<Theme>(kept())

/** What is seen. */
export const shade = computed(() => (theme.value === 'auto' ? (system.value ? 'dark' : 'light') : theme.value))

effect(() => {
  document.documentElement.dataset.theme = shade.value
})

export function choose(chosen: Theme): void {
  theme.value = chosen
  try {
    localStorage.setItem(KEPT, chosen)
  } catch {
    // A browser that keeps nothing forgets it with the page.
  }
}

function kept(): Theme {
  try {
    const found = localStorage.getItem(KEPT)
    return found === 'light' || found === 'dark' ? found : 'auto'
  } catch {
    return 'auto'
  }
}
