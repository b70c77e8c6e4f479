/** Lines on a grid of 20, in the colour of the text. */
const PATHS = {
  overview: 'M3 10.5 7 6.5l3 3 6.5-6.5M3 17h14M12.5 3h4v4',
  tasks: 'M7.5 5H17M7.5 10H17M7.5 15H17M3 5h.5M3 10h.5M3 15h.5',
  devices: 'M5.5 5.5h9v9h-9zM8 2.5v3M12 2.5v3M8 14.5v3M12 14.5v3M2.5 8h3M2.5 12h3M14.5 8h3M14.5 12h3',
  machines: 'M3 4h6v5H3zM11 11h6v5h-6zM9 6.5h3.5a1.5 1.5 0 0 1 1.5 1.5v3',
  sequence: 'M5 3v14M15 3v14M5 7h10m-3-2.5L15 7l-3 2.5M15 13H5m3-2.5L5 13l3 2.5',
  schedules: 'M10 5.5V10l3 2M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14z',
  care: 'M10 3 3.5 15.5h13zM10 8v3.5M10 13.6v.1',
  sun: 'M10 13a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM10 2.5V4M10 16v1.5M2.5 10H4M16 10h1.5M4.7 4.7l1 1M14.3 14.3l1 1M4.7 15.3l1-1M14.3 5.7l1-1',
  moon: 'M16 11.8A6.5 6.5 0 0 1 8.2 4a6.5 6.5 0 1 0 7.8 7.8z',
  close: 'M5 5l10 10M15 5 5 15',
  back: 'M12 4 6 10l6 6',
  more: 'm6 8 4 4 4-4',
  out: 'M12 14v2.5H4v-13h8V6M8 10h9m-2.5-2.5L17 10l-2.5 2.5',
  pause: 'M7 4.5v11M13 4.5v11',
  play: 'M6 4.5v11l9-5.5z',
  retry: 'M15.5 7.5A6 6 0 1 0 16 11M16 3.5v4h-4',
  cancel: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM5.2 5.2l9.6 9.6',
  send: 'M3.5 10 17 3.5 12.5 17 9.5 11z',
  search: 'M9 14.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11zM13.2 13.2 17 17',
} as const

export type IconName = keyof typeof PATHS

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  )
}
