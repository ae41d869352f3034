import type { ReactNode } from 'react'
import { useMessages } from '../context.ts'
import type { Resolver } from '../hooks/useResolver.ts'
import type { PartGetter } from './parts.ts'

export interface ResolverFooterProps {
  resolver: Resolver
  onDismiss: (() => void) | undefined
  part: PartGetter<'footer' | 'later' | 'back' | 'apply'>
}

/** The ways on and out of each step. */
export const ResolverFooter = ({ resolver, onDismiss, part }: ResolverFooterProps): ReactNode => {
  const messages = useMessages()
  const { phase } = resolver.state
  // Not `disabled`: that would throw the focus to the page.
  const isBusy = phase === 'applying' ? true : undefined
  if (phase === 'choosing' || phase === 'resolved') {
    if (onDismiss === undefined) return null
    const isResolved = phase === 'resolved'
    return (
      <footer {...part('footer')}>
        <button
          type="button"
          {...part('later')}
          data-variant={isResolved ? 'primary' : 'quiet'}
          onClick={onDismiss}
        >
          {isResolved ? messages.close : messages.laterBtn}
        </button>
      </footer>
    )
  }
  const applyLabel = {
    previewing: messages.apply,
    applying: messages.applying,
    applyFailed: messages.tryAgain,
  }
  return (
    <footer {...part('footer')}>
      <button
        type="button"
        {...part('back')}
        data-variant="quiet"
        aria-disabled={isBusy}
        onClick={resolver.back}
      >
        {messages.back}
      </button>
      <button
        type="button"
        {...part('apply')}
        data-variant="primary"
        data-focus="apply"
        aria-disabled={isBusy}
        onClick={resolver.apply}
      >
        {applyLabel[phase]}
      </button>
    </footer>
  )
}
