import type { KeyboardEvent, ReactNode } from 'react'
import { useId, useRef, useState } from 'react'
import { useMessages } from '../context.ts'
import type { Side } from '../model/rows.ts'
import type { SideWords } from '../model/words.ts'
import { Icon } from './Icon.tsx'
import type { PartGetter } from './parts.ts'

export interface QuickActionsProps {
  words: Record<Side, SideWords>
  part: PartGetter<'quick-actions' | 'quick-action' | 'consequence'>
  onChoose(side: Side): void
}

const sides: readonly Side[] = ['local', 'server']

/** One tab stop; arrows move between the buttons in the direction of reading. */
export const QuickActions = ({ words, part, onChoose }: QuickActionsProps): ReactNode => {
  const messages = useMessages()
  const id = useId()
  const [active, setActive] = useState<Side>('local')
  const buttons = useRef<Partial<Record<Side, HTMLButtonElement | null>>>({})

  const move = (event: KeyboardEvent<HTMLDivElement>) => {
    const isRtl = getComputedStyle(event.currentTarget).direction === 'rtl'
    const forward = isRtl ? 'ArrowLeft' : 'ArrowRight'
    const backward = isRtl ? 'ArrowRight' : 'ArrowLeft'
    const target =
      event.key === forward || event.key === 'End'
        ? 'server'
        : event.key === backward || event.key === 'Home'
          ? 'local'
          : null
    if (target === null) return
    event.preventDefault()
    setActive(target)
    buttons.current[target]?.focus()
  }

  return (
    <div role="toolbar" aria-label={messages.quickActions} {...part('quick-actions')} onKeyDown={move}>
      {sides.map((side) => (
        <div key={side} data-sc-part="quick-card">
          <button
            type="button"
            ref={(element) => {
              buttons.current[side] = element
            }}
            {...part('quick-action')}
            data-side={side}
            data-focus={side}
            tabIndex={side === active ? 0 : -1}
            // Beside the button, not in it: the name stays what people see and say.
            aria-describedby={`${id}-${side}-hint`}
            onFocus={() => setActive(side)}
            onClick={() => onChoose(side)}
          >
            <Icon name={side === 'local' ? 'device' : 'server'} />
            {words[side].label}
          </button>
          <span {...part('consequence')} id={`${id}-${side}-hint`}>
            {words[side].hint}
          </span>
        </div>
      ))}
    </div>
  )
}
