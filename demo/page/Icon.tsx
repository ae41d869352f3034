import type { ReactNode } from 'react'

/** 20 × 20, drawn with the text's colour. */
const paths: Record<string, ReactNode> = {
  person: <path d="M10 10a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4Zm-6 6.4c.6-3 3-4.6 6-4.6s5.4 1.6 6 4.6" />,
  paw: (
    <>
      <path d="M10 10.2c-2 0-4.2 2.4-4.2 4.4 0 1.3 1 1.9 2.1 1.9.8 0 1.3-.4 2.1-.4s1.3.4 2.1.4c1.1 0 2.1-.6 2.1-1.9 0-2-2.2-4.4-4.2-4.4Z" />
      <ellipse cx="4.6" cy="9.3" rx="1.3" ry="1.7" />
      <ellipse cx="7.9" cy="5.7" rx="1.3" ry="1.8" />
      <ellipse cx="12.1" cy="5.7" rx="1.3" ry="1.8" />
      <ellipse cx="15.4" cy="9.3" rx="1.3" ry="1.7" />
    </>
  ),
  calendar: <path d="M4 5.5h12v11H4zM4 9h12M7.2 3.3v3.4M12.8 3.3v3.4" />,
  note: <path d="M5 3.5h7l3 3v10H5zM12 3.5v3h3M7.5 10h5M7.5 13h5" />,
  desk: <path d="M3 4h14v9H3zM7.5 16.5h5M10 13v3.5" />,
  tablet: <path d="M5 2.8h10v14.4H5zM9 14.8h2" />,
  plus: <path d="M10 4.5v11M4.5 10h11" />,
  pencil: <path d="m4 16 .8-3.4L13 4.4l2.6 2.6-8.2 8.2zM11.4 6l2.6 2.6" />,
  bin: <path d="M4.5 6h11M8 6V4h4v2M6 6l.6 10.5h6.8L14 6" />,
  check: <path d="m4.5 10.5 3.7 3.7 7.3-8" />,
  clock: <path d="M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm0-11v4.2l2.8 1.7" />,
  up: <path d="M10 16V4.5M5 9.5l5-5 5 5" />,
  alert: <path d="M10 3.5 17.5 16h-15zM10 8v3.8M10 13.7v.3" />,
  stop: <path d="M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM7 7l6 6M13 7l-6 6" />,
  link: <path d="M4 6v5.5a2 2 0 0 0 2 2h9M12 10.5l3 3-3 3" />,
  play: <path d="m6 4 10 6-10 6z" fill="currentColor" />,
  square: <path d="M5.5 5.5h9v9h-9z" fill="currentColor" />,
  equal: <path d="M5 8h10M5 12h10" />,
  sun: (
    <path d="M10 13.2a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4ZM10 2.5v1.5M10 16v1.5M2.5 10H4M16 10h1.5M4.7 4.7l1 1M14.3 14.3l1 1M4.7 15.3l1-1M14.3 5.7l1-1" />
  ),
  moon: <path d="M15.8 12.2A6.5 6.5 0 0 1 7.8 4.2a6.5 6.5 0 1 0 8 8Z" />,
  undo: <path d="M7 5 3.5 8.5 7 12M4 8.5h7.5a4 4 0 0 1 0 8H9" />,
}

export const Icon = ({ name }: { name: string }): ReactNode => (
  <svg className="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
    {paths[name]}
  </svg>
)
