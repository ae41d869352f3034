/** The story's own pointer: it goes where it presses, so that a reader sees what was pressed. */
export interface Hands {
  press(target: HTMLElement): Promise<void>
  leave(): void
}

const TRAVEL_MS = 520
const PRESS_MS = 260

export const createHands = (pause: (ms: number) => Promise<void>, signal: AbortSignal): Hands => {
  let pointer: HTMLElement | null = null

  const show = () => {
    if (pointer !== null) return pointer
    pointer = document.createElement('div')
    pointer.className = 'story-pointer'
    pointer.setAttribute('aria-hidden', 'true')
    document.body.append(pointer)
    return pointer
  }

  return {
    press: async (target) => {
      signal.throwIfAborted()
      target.scrollIntoView({ block: 'nearest', inline: 'nearest' })
      const { left, top, width, height } = target.getBoundingClientRect()
      const hand = show()
      delete hand.dataset.resting
      hand.style.translate = `${left + width / 2}px ${top + height / 2}px`
      await pause(TRAVEL_MS)
      hand.dataset.pressing = ''
      target.click()
      await pause(PRESS_MS)
      delete hand.dataset.pressing
      hand.dataset.resting = ''
    },
    leave: () => {
      pointer?.remove()
      pointer = null
    },
  }
}
