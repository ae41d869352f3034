import { useLayoutEffect } from 'react'

/** Less than this of a device in view is no room for a dialog: it then gets the height of the screen. */
const LEAST_HEIGHT = 480

const place = (overlay: HTMLElement) => {
  const column = overlay.parentElement?.getBoundingClientRect()
  if (column === undefined) return
  const bottom = Math.min(innerHeight, column.bottom)
  const top = Math.max(0, column.top)
  const isCramped = bottom - top < LEAST_HEIGHT
  const bounds = {
    '--left': column.left,
    '--width': column.width,
    '--top': isCramped ? 0 : top,
    '--height': isCramped ? innerHeight : bottom - top,
  }
  for (const [name, value] of Object.entries(bounds)) overlay.style.setProperty(name, `${value}px`)
}

/** Lays the layer for dialogs over what is in view of its device. The page does not scroll while one is open. */
export const useOverlayBounds = (overlay: HTMLElement | null, isOpen: boolean): void => {
  useLayoutEffect(() => {
    if (overlay === null || !isOpen) return
    const update = () => place(overlay)
    update()
    window.addEventListener('resize', update)
    return () => window.removeEventListener('resize', update)
  }, [overlay, isOpen])
}
