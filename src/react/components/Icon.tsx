import type { ReactNode } from 'react'

const paths = {
  device: 'M7 3h10a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2Zm4 15h2',
  server: 'M7 18.5a4.5 4.5 0 0 1-.6-8.96A6 6 0 0 1 18 10.5a4 4 0 0 1-.5 8H7Z',
  offline:
    'M3 3l18 18M9.4 5.1A6 6 0 0 1 18 10.5a4 4 0 0 1 2.3 6.6M17 18.5H7a4.5 4.5 0 0 1-.6-8.96 6 6 0 0 1 .5-1.6',
  result: 'M4 12h13m-5-5 5 5-5 5M20.5 5v14',
  check: 'M5 12.5 10 17.5 19.5 7',
  alert: 'M12 4 2.8 19.5h18.4L12 4Zm0 6v4.5m0 2.6v.2',
  clock: 'M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17Zm0 4V12l3 2',
  refresh: 'M20 5v5h-5M4 19v-5h5M5.5 9.5A7 7 0 0 1 18.6 8L20 10M18.5 14.5A7 7 0 0 1 5.4 16L4 14',
  pause: 'M8.5 5v14M15.5 5v14',
  lock: 'M6.5 11h11a1.5 1.5 0 0 1 1.5 1.5v6a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 5 18.5v-6A1.5 1.5 0 0 1 6.5 11Zm1.5 0V8a4 4 0 0 1 8 0v3',
  storage:
    'M4.5 6.5C4.5 4.8 7.9 3.5 12 3.5s7.5 1.3 7.5 3-3.4 3-7.5 3-7.5-1.3-7.5-3Zm0 0v11c0 1.7 3.4 3 7.5 3s7.5-1.3 7.5-3v-11M4.5 12c0 1.7 3.4 3 7.5 3s7.5-1.3 7.5-3',
  choice: 'M12 3.2 20.8 12 12 20.8 3.2 12 12 3.2Z',
  trash: 'M4.5 6.5h15M9.5 6.5v-2h5v2M6.5 6.5l1 13h9l1-13M10.2 10.5v5.5M13.8 10.5v5.5',
  up: 'M12 19V5.5m-5.5 5L12 5l5.5 5.5',
  down: 'M12 5v13.5m-5.5-5L12 19l5.5-5.5',
  chevron: 'M9.5 6 15.5 12l-6 6',
  close: 'M6 6l12 12M18 6 6 18',
  stop: 'M8.2 3.5h7.6l4.7 4.7v7.6l-4.7 4.7H8.2l-4.7-4.7V8.2l4.7-4.7ZM12 8v4.8m0 2.9v.2',
  busy: 'M12 3.5a8.5 8.5 0 1 1-8.5 8.5',
} as const

export type IconName = keyof typeof paths

/** Decoration only: words beside it say the same. */
export const Icon = ({ name }: { name: IconName }): ReactNode => (
  <svg
    data-sc-part="icon"
    data-icon={name}
    viewBox="0 0 24 24"
    width="16"
    height="16"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.9"
    strokeLinecap="round"
    strokeLinejoin="round"
    aria-hidden="true"
    focusable="false"
  >
    <path d={paths[name]} />
  </svg>
)
